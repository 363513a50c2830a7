"""owners.py CASE: makes a fragmented heap whose pins have known owners. Prints "ready", then executes each line that it reads."""

import gc
import re
import sys


class Widget:
    __slots__ = ("a", "b", "c")

    def __init__(self, number):
        self.a = "name-%d" % number
        self.b = number * 1.5
        self.c = number + 10**6


class Plain:
    def __init__(self, number):
        self.name = "name-%d" % number
        self.value = number * 1.5


class Registry:
    held = []


cache, other, index, shared, shared2 = {}, {}, [], [], []


def one_dict():
    made = [Widget(number) for number in range(60000)]
    cache.update((number, made[number]) for number in range(0, len(made), 2000))


def two_owners():
    made = [Widget(number) for number in range(60000)]
    for number in range(0, len(made), 1000):
        cache[number] = made[number]
        index.append(made[number + 1])


def two_halves():
    made = [Widget(number) for number in range(60000)]
    cache.update((number, made[number]) for number in range(0, 30000, 1000))
    index.extend(made[30000::1000])


def held_twice():
    made = [Plain(number) for number in range(30000)]
    shared.extend(made[::750])
    shared2.extend(shared)


def class_attribute():
    made = [Plain(number) for number in range(30000)]
    Registry.held.extend(made[::750])


def closure():
    global callback
    made = [(number + 10**6, "tuple-%d" % number) for number in range(60000)]
    kept = made[::2000]

    def callback():
        return kept


def generator():
    global worker

    def work():
        made = [[number + 10**6] for number in range(60000)]
        kept = made[::2000]
        del made
        yield 1
        yield kept

    worker = work()
    next(worker)


def interned():
    made = ["intern-%d" % number for number in range(120000)]
    cache.update((number, sys.intern(made[number])) for number in range(0, len(made), 2000))


def held_by_c():
    import ctypes

    made = [Widget(number) for number in range(60000)]
    cache.update((number, made[number]) for number in range(0, len(made), 2000))
    for number in range(0, len(made) // 4, 4000):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(made[number].b))


def garbage():
    gc.collect()
    gc.disable()
    made = [Plain(number) for number in range(30000)]
    for one in made[::750]:
        one.me = one


def families():
    made = [Plain(number) for number in range(40000)]
    for number in range(0, len(made), 2000):
        parent, child = made[number], made[number + 1]
        parent.child, child.parent = child, parent
        cache[number], other[number] = parent, child


def two_modules():
    import types

    made = [Plain(number) for number in range(30000)]
    types.mine = globals()["mine"] = made[::750]


def in_a_loop():
    """Is ready once in the middle of a loop, and then, as all others, behind it."""

    def walk(items):
        for _ in items:
            print("ready", flush=True)
            sys.stdin.readline()
            break

    made = [Widget(number) for number in range(60000)]
    cache.update((number, made[number]) for number in range(0, len(made), 2000))
    del made
    walk(cache)


globals()[sys.argv[1]]()
re.purge()
if gc.isenabled():
    gc.collect()
print("ready", flush=True)
for line in iter(sys.stdin.readline, ""):
    exec(line, globals())
    print("done", flush=True)
