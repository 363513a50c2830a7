"""`del` of a large list gives all of it back: its 100,000 floats, its items and the arenas that they were in.

100 of the floats stay for a while: `float` has a free list of that length, for the next floats, and they hold one arena. A full
collection empties it. The arena that is left holds the program itself, and one is kept empty for what comes next.
"""

import gc

import pymalloc

COUNT = 100_000

values = [number / 7 for number in range(COUNT)]
pymalloc.mark("100,000 floats")

del values
pymalloc.mark("del values")

gc.collect()
pymalloc.mark("gc.collect()")
