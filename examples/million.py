"""A list comprehension of a million integers takes 16 bytes for each integer and 4 for each place in the list, and some places more.

The integers are blocks of arenas. The places are one large block; the list enlarges it by an eighth whenever it is full. An `array` has
no integers, only their values in one block, and `range` none of either.
(These are the sizes of a 32-bit Python; on 64 bits they are 32 and 8.)
"""

import array

import pymalloc

numbers = range(1_000_000)
pymalloc.mark("range")

numbers = [number for number in range(1_000_000)]
pymalloc.mark("list comprehension")

numbers = array.array("i", range(1_000_000))
pymalloc.mark("array")
