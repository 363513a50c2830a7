"""A buffer of 100 MB bypasses the small-object allocator and goes straight back: no arena comes or goes, nothing is kept.

What is larger than 512 bytes is handed on to the C library's `malloc`. Only the bytearray object itself, 28 bytes with the address of
the buffer, is in a pool. What `malloc` does when the buffer is freed is its own affair: on Linux it unmaps a block of this size at once.
"""

import pymalloc

pymalloc.mark("before")

buffer = bytearray(100_000_000)
pymalloc.mark("bytearray of 100 MB")

del buffer
pymalloc.mark("del buffer")
