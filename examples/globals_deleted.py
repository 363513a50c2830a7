"""Deleting all globals frees the data at once; classes wait for `gc.collect()`; imported modules stay.

A class refers to itself (it is the first in its own `__mro__`), so it is a cycle. A module is held by `sys.modules`, whatever names it
has elsewhere.
"""

import fractions
import gc

from pymalloc import mark

mark("fractions imported")


def new_class():
    class Kind:
        pass

    return Kind


shares = [fractions.Fraction(number, 1_001) for number in range(2_000, 12_000)]
classes = [new_class() for _ in range(100)]
mark("10,000 shares")

collect = gc.collect
for name in list(globals()):
    if name not in ("mark", "collect") and not name.startswith("__"):
        del globals()[name]
mark("all globals deleted")

collect()
mark("gc.collect()")
