"""One survivor in ten thousand keeps every arena: 40 floats of 16 bytes hold 6.5 MB.

An arena goes back when its last block does. One of 256 KiB has room for 16,256 floats, so in each there is a survivor or two, and
`gc.collect()` cannot help: CPython never moves an object.
"""

import gc

import pymalloc

COUNT = 400_000

values = [number / 7 for number in range(COUNT)]
pymalloc.mark("400,000 floats")

survivors = values[::10_000]
del values
pymalloc.mark("one in 10,000 survives")

gc.collect()
pymalloc.mark("gc.collect()")

del survivors
gc.collect()  # empties the free list of float, on which they are now
pymalloc.mark("none survives")
