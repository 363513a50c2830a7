"""Small integers and interned strings cost nothing: a list of 100,000 of them is one block of references.

Of each integer from -5 to 256 (3.15: to 1,024) there is one, from the start. Literals that look like names are interned by the compiler:
one object a text. Other integers, and strings that are made at run time, are new objects each time, equal or not; `sys.intern` gives the
one that there is already.
"""

import sys

import pymalloc

COUNT = 100_000

small = [number % 257 for number in range(COUNT)]
pymalloc.mark("integers up to 256")

large = [2_000 + number % 257 for number in range(COUNT)]
pymalloc.mark("integers from 2,000")

words = ["even" if number % 2 == 0 else "odd" for number in range(COUNT)]
pymalloc.mark("literals")

made = [f"colour_{number % 10}" for number in range(COUNT)]
pymalloc.mark("strings made")

interned = [sys.intern(f"colour_{number % 10}") for number in range(COUNT)]
pymalloc.mark("strings interned")
