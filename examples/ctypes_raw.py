"""Memory from the RAW domain is in no pool, however small, and nobody but who took it gives it back.

1,000 blocks of 64 bytes, taken and given back through `ctypes`: first of the RAW domain, which goes to the C library's `malloc`, then of
the MEM domain, which shares the pools with Python's objects. To Python both are numbers, and deleting a number frees no block.
"""

import ctypes

import pymalloc

COUNT, SIZE = 1_000, 64

python = ctypes.pythonapi
for malloc in python.PyMem_RawMalloc, python.PyMem_Malloc:
    malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
for free in python.PyMem_RawFree, python.PyMem_Free:
    free.argtypes, free.restype = [ctypes.c_void_p], None

addresses = (ctypes.c_void_p * COUNT)()
pymalloc.mark("ctypes imported")

for index in range(COUNT):
    addresses[index] = python.PyMem_RawMalloc(SIZE)
pymalloc.mark("PyMem_RawMalloc")

for index in range(COUNT):
    python.PyMem_RawFree(addresses[index])
pymalloc.mark("PyMem_RawFree")

for index in range(COUNT):
    addresses[index] = python.PyMem_Malloc(SIZE)
pymalloc.mark("PyMem_Malloc")

for index in range(COUNT):
    python.PyMem_Free(addresses[index])
pymalloc.mark("PyMem_Free")
