"""A cache with `maxsize=100` keeps the last 100 answers, one with `maxsize=None` every answer that there ever was.

Both are `functools.lru_cache`, and both are asked 20,000 different things. `cache_clear()` empties a cache.
"""

from functools import lru_cache

import pymalloc


@lru_cache(maxsize=100)
def bounded(number):
    return f"answer {number}"


@lru_cache(maxsize=None)
def unbounded(number):
    return f"answer {number}"


def ask(cache):
    for number in range(20_000):
        cache(number)


ask(bounded)
pymalloc.mark("maxsize=100")

ask(unbounded)
pymalloc.mark("maxsize=None")

unbounded.cache_clear()
pymalloc.mark("cache_clear()")
