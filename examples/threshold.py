"""`gc.set_threshold` trades memory for time: the same 200,000 cycles pile up, or are collected on the way.

Its first number says by how many the objects that can be in cycles may grow until the collector runs by itself: 2,000 from CPython
3.13 on, 700 before. More can lie around than that: the collector of 3.14 before 3.14.5 works in increments and leaves some garbage to
the next.
"""

import gc

import pymalloc


def drop_cycles(count):
    for _ in range(count):
        cycle = []
        cycle.append(cycle)


def collections():
    return sum(generation["collections"] for generation in gc.get_stats())


for threshold in 2_000, 1_000_000:
    gc.set_threshold(threshold)
    before = collections()
    drop_cycles(200_000)
    print(f"threshold {threshold:,}: {collections() - before} collections")
    pymalloc.mark(f"threshold {threshold:,}")
    gc.collect()
    pymalloc.mark("gc.collect()")
