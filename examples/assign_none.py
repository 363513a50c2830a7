"""`x = None` frees what `x` referred to exactly as `del x` does: at once, if that was the last reference to it.

What another name, a list or a closure refers to stays whole. Only the last assignment here frees anything.
"""

import pymalloc

COUNT = 50_000


def load():
    return [f"row {number}" for number in range(COUNT)]


rows = load()
shown = rows  # a second reference to the list: no row is copied
pymalloc.mark("50,000 rows, two names")

rows = None
pymalloc.mark("rows = None")

shown = None
pymalloc.mark("shown = None")
