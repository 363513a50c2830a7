"""Marks moments of a program for `pymalloc run` and `pymalloc record`; does nothing elsewhere.

    import pymalloc

    data = load()
    pymalloc.mark("after load")

Under pymalloc this module is not read: the program gets a built-in one of the same name.
"""

__all__ = ["mark"]


def mark(name=""):
    """Names this moment in the report of `pymalloc run` and in the trace of `pymalloc record`."""
