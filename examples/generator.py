"""A generator has one number at a time, a list has all of them: the same sum takes no new arena, or more than ten.

Afterwards nothing of either is left. What differs is how much there was on the way.
"""

import pymalloc


def squares(count):
    for number in range(count):
        yield number * number


pymalloc.mark("before")

total = sum(squares(200_000))
pymalloc.mark("sum of a generator")

numbers = list(squares(200_000))
assert sum(numbers) == total
pymalloc.mark("sum of a list")

del numbers
pymalloc.mark("del numbers")
