"""zoo.py TRUTH: one of every kind of object. Writes to TRUTH what it knows of them, prints "ready", and waits for a line."""

import array
import collections
import datetime
import decimal
import enum
import functools
import gc
import io
import itertools
import json
import re
import sys
import threading
import types
import weakref


class Slots:
    __slots__ = ("left", "right", "__weakref__")

    def __init__(self, left, right):
        self.left = left
        self.right = right


class Plain:
    def __init__(self, number):
        self.name = "plain-%d" % number
        self.value = number + 0.5


class WithDict(Plain):
    pass


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    def __init__(self):
        self.payload = bytearray(b"xyz" * 30)


class ListChild(list):
    pass


class DictChild(dict):
    pass


class IntChild(int):
    pass


class StrChild(str):
    pass


class TupleChild(tuple):
    pass


class Colour(enum.Enum):
    RED = 1


class Wide:
    def __init__(self):
        for number in range(40):
            setattr(self, "attr%d" % number, "wide-%d" % number)


Point = collections.namedtuple("Point", "x y")


@functools.lru_cache(None)
def cached(number):
    return "cached-%d" % number


def closure(number):
    def inner():
        return number, text

    text = "closed-%d" % number
    return inner


def generator(number):
    kept = ["kept-%d" % number]
    yield 1
    yield kept


async def coroutine(number):
    return [number]


def started(number):
    made = generator(number)
    next(made)
    return made


def error(number):
    try:
        raise ValueError("error-%d" % number)
    except ValueError as caught:
        return caught


def children(number):
    made = [ListChild([number + 7000]), DictChild(a=number + 8000), IntChild(10**20), StrChild("child-%d" % number)]
    made.append(TupleChild((number + 9000, "t")))
    for child in made:
        child.mark = "mark-%d" % number
    return made


def many(make, count):
    return [make(number) for number in range(count)]


zoo = {
    "ints": [10**power for power in range(3, 60)],
    "negative": many(lambda n: -(10**6) - n, 50),
    "floats": many(lambda n: n * 1.25, 300),
    "complex": many(lambda n: complex(n, 1.5), 30),
    "strs": many(lambda n: "s%d" % (n * 7919), 300),
    "wide strs": many(lambda n: "\u20ac%d" % n, 50) + many(lambda n: "\U0001f600%d" % n, 50) + many(lambda n: "\xe9%d" % n, 50),
    "bytes": many(lambda n: b"b" * (n % 90 + 2), 200),
    "tuples": many(lambda n: (n + 1000, "t%d" % n), 200),
    "lists": many(lambda n: [n + 2000] * (n % 9), 200),
    "dicts": many(lambda n: {"k%d" % k: k + 5000 for k in range(n % 12)}, 100),
    "int dicts": many(lambda n: {k + 9000: str(k + 9000) for k in range(n % 12)}, 100),
    "sets": many(lambda n: set(range(70000, 70000 + n % 30)), 60),
    "frozen": many(lambda n: frozenset("f%d" % k for k in range(n % 9)), 60),
    "slots": many(lambda n: Slots(n + 3000, "slot%d" % n), 100),
    "plain": many(Plain, 100),
    "with dict": many(WithDict, 50),
    "meta": many(lambda n: WithMeta(), 30),
    "points": many(lambda n: Point(n + 6000, float(n)), 50),
    "children": many(children, 30),
    "closures": many(closure, 30),
    "generators": many(started, 20),
    "finished": many(lambda n: collections.deque([generator(n)]), 5),
    "coroutines": many(coroutine, 5),
    "errors": many(error, 20),
    "deques": many(lambda n: collections.deque(str(k + 20000) for k in range(n * 25)), 12),
    "ordered": collections.OrderedDict(("o%d" % n, n + 30000) for n in range(100)),
    "default": collections.defaultdict(list, a=["default"]),
    "counter": collections.Counter("abracadabra"),
    "arrays": many(lambda n: array.array("d", range(n)), 20),
    "views": many(lambda n: memoryview(bytearray(60)), 10),
    "dates": many(lambda n: datetime.datetime(2020, 1, 1) + datetime.timedelta(n), 30),
    "zoned": many(lambda n: datetime.datetime(2020, 1, 1, n, tzinfo=datetime.timezone.utc), 20),
    "decimals": many(lambda n: decimal.Decimal(10**n), 60),
    "patterns": many(lambda n: re.compile("a%d" % n), 10),
    "bound": many(lambda n: [n].append, 20),
    "partials": many(lambda n: functools.partial(int, str(n)), 20),
    "iterators": [iter([1, 2]), itertools.chain([1], [2]), enumerate("ab"), zip("a", "b"), reversed([1]), map(str, [1])],
    "files": [io.StringIO("text" * 50), io.BytesIO(b"bytes" * 50)],
    "locks": [threading.Lock(), threading.RLock(), threading.Event()],
    "proxies": [types.MappingProxyType({"p": 1}), types.SimpleNamespace(a="namespace"), slice(10**6, 2), range(10**6, 10**7)],
    "wide": Wide(),
    "enum": Colour.RED,
    "module": types.ModuleType("made"),
    "cycle": [],
}
zoo["cycle"].append(zoo["cycle"])
zoo["weak"] = [weakref.ref(one) for one in zoo["slots"]] + [weakref.WeakValueDictionary({"w": zoo["slots"][0]})]
for number in range(50):
    cached(number)
    zoo["with dict"][number].__dict__

# What only the search itself makes.
PASSING = ("frame", "list_iterator", "dict_itemiterator")


def reached(before):
    """The type's name of every object that gc leads to, by id. Not what this search makes."""
    seen = {}
    todo = gc.get_objects()
    while todo:
        one = todo.pop()
        if id(one) in seen or one is seen or one is todo or one is before:
            continue
        seen[id(one)] = type(one).__name__
        todo.extend(gc.get_referents(one))
        if isinstance(one, types.CodeType):
            todo.extend(one.co_consts + one.co_names)
    return seen


def measure(ones):
    rows = []
    for one in ones:
        rows.append([id(one), sys.getsizeof(one), sys.getrefcount(one)])
    return rows


def sizes():
    """[id, size, references] of objects that have no data beside themselves."""
    measured = measure([object()])[0][2] - 1  # what measuring adds
    rows = []
    for name in ("strs", "bytes", "tuples", "floats", "complex"):
        for at, size, references in measure(zoo[name]):
            rows.append([at, size, references - measured])
    return rows


def expected():
    z = zoo
    return [
        [id(z["floats"][77]), '__main__.zoo["floats"][77]'],
        [id(z["slots"][5].right), '__main__.zoo["slots"][5].right'],
        [id(z["plain"][9].name), '__main__.zoo["plain"][9].name'],
        [id(z["dicts"][11]["k3"]), '__main__.zoo["dicts"][11]["k3"]'],
        [id(z["int dicts"][11][9003]), '__main__.zoo["int dicts"][11][9003]'],
        [id(z["with dict"][3].value), '__main__.zoo["with dict"][3].value'],
        [id(z["points"][7].y), '__main__.zoo["points"][7][1]'],
        [id(z["closures"][4].__closure__[1].cell_contents), '__main__.zoo["closures"][4].__closure__[1].cell_contents'],
        [id(z["deques"][3][70]), '__main__.zoo["deques"][3][70]'],
        [id(z["ordered"]["o9"]), '__main__.zoo["ordered"]["o9"]'],
        [id(z["meta"][2].payload), '__main__.zoo["meta"][2].payload'],
        [id(z["children"][3][0].mark), '__main__.zoo["children"][3][0].mark'],
        [id(z["children"][3][4].mark), '__main__.zoo["children"][3][4].mark'],
        [id(z["wide"].attr33), '__main__.zoo["wide"].attr33'],
        [id(z["errors"][2].args), '__main__.zoo["errors"][2].args'],
        [id(z["zoned"][3]), '__main__.zoo["zoned"][3]'],
    ]


def truth():
    before = reached(None)
    gc.collect()
    after = reached(before)
    objects = []
    for at, name in before.items():
        if after.get(at) == name and name not in PASSING:
            objects.append([at, name])
    return json.dumps({"objects": objects, "sizes": sizes(), "paths": expected()})


def wait():
    only_here = ["only-in-a-frame-%d" % number for number in range(5)]
    print("ready", flush=True)
    sys.stdin.readline()
    return only_here


def write(path):
    text = truth()
    with open(path, "w") as file:
        file.write(text)


write(sys.argv[1])
gc.collect()
wait()
