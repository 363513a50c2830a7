"""A reference cycle outlives its last name: its reference counts never reach 0, and only `gc.collect()` finds it.

With a weak reference back there is no cycle, and `del` is enough; but a weak reference is an object, too.
"""

import gc
import weakref

import pymalloc

gc.disable()  # so that no automatic collection comes between


class Child:
    __slots__ = ("parent",)


class Parent:
    __slots__ = ("child", "__weakref__")


def families(count, reference):
    parents = []
    for _ in range(count):
        parent = Parent()
        parent.child = Child()
        parent.child.parent = reference(parent)
        parents.append(parent)
    return parents


parents = families(10_000, lambda parent: parent)
pymalloc.mark("10,000 cycles")

del parents
pymalloc.mark("del of the cycles")

gc.collect()
pymalloc.mark("gc.collect()")

parents = families(10_000, weakref.ref)
pymalloc.mark("10,000 weakly referred")

del parents
pymalloc.mark("del of the others")
