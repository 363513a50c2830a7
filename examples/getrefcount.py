"""`sys.getrefcount` and `id` show what is shared: 10,000 references to one object are no memory but their own.

Equal small integers are one object, and so are equal strings that are interned; other integers and strings are not. What Python itself
keeps for ever, such as small integers, is immortal from 3.12 on: its count is a great number that no reference changes.
"""

import sys

import pymalloc


def text(*parts):
    return "".join(parts)


def compare(what, first, second):
    same = "one object" if id(first) == id(second) else "two objects"
    crowd = [first] * 10_000
    pymalloc.mark(what)
    count = sys.getrefcount(first)
    del crowd
    print(f"{what}: {same}, 10,000 more references count as {count - sys.getrefcount(first):,}")


pymalloc.mark("before")
compare("256", int("256"), int("256"))
compare("2,000", int("2000"), int("2000"))
compare("text", text("hues ", "!"), text("hues ", "!"))
compare("text interned", sys.intern(text("hues ", "!")), sys.intern(text("hues ", "!")))
pymalloc.mark("after")
