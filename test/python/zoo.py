"""Some of every kind of object, held by `zoo` under the name of the kind."""

import array
import asyncio
import collections
import contextvars
import csv
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
import json
import operator
import random
import re
import struct
import threading
import types
import typing
import uuid
import weakref
import xml.etree.ElementTree
import zlib


class Slots:
    __slots__ = ("left", "right", "__weakref__")

    def __init__(self, left, right):
        self.left, self.right = left, right


class MoreSlots(Slots):
    __slots__ = ("third",)


class Plain:
    def __init__(self, number):
        self.text = f"text {number}"
        self.number = number + 0.5


class SlotsAndDict(Plain):
    __slots__ = ("slot",)


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    shared = ["an attribute of the class"]

    @property
    def half(self):
        return self.shared[0]

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def nothing():
        return None


class Colour(enum.Enum):
    RED = 10_001
    BLUE = 10_002


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class ListOf(list):
    pass


class TupleOf(tuple):
    pass


class DictOf(dict):
    pass


class SetOf(set):
    pass


class IntOf(int):
    pass


class StrOf(str):
    pass


class BytesOf(bytes):
    pass


class FloatOf(float):
    pass


class Moment(datetime.datetime):
    pass


class Stacked(BaseException):
    pass


Point = collections.namedtuple("Point", "x y")
Typed = typing.NamedTuple("Typed", [("one", int)])
T = typing.TypeVar("T")


class Box[U]:
    content: U


def closing(value):
    def inner():
        return value

    return inner


def counting(n):
    held = f"held by a generator {n}"
    for i in range(n):
        yield held, i


async def waiting(n):
    held = f"held by a coroutine {n}"
    await asyncio.sleep(n)
    return held


async def streaming(n):
    held = f"held by an async generator {n}"
    for i in range(n):
        yield held


def raised(error, *arguments):
    here = [f"a local of {error.__name__}"]
    try:
        raise error(*arguments, here)
    except BaseException as caught:
        return caught


def grouped():
    return ExceptionGroup("group", [raised(ValueError, 1), raised(KeyError, "k")])


def nested(depth):
    link = None
    for i in range(depth):
        link = [link, i + 11_000]
    return link


def wide():
    one = Plain(1)
    for i in range(60):
        setattr(one, f"attribute{i}", i + 12_000)
    return one


def materialized(number):
    one = Plain(number)
    one.__dict__["by dict"] = number + 13_000
    return one


def replaced(number):
    one = Plain(number)
    one.__dict__ = {"other": number + 14_000}
    return one


def cached():
    @functools.lru_cache(maxsize=None)
    def of(n):
        return [n]

    for i in range(20):
        of(i + 15_000)
    return of


def started(generators):
    for generator in generators:
        next(generator)
    return generators


def scoped():
    variable = contextvars.ContextVar("variable", default=["default"])
    context = contextvars.copy_context()
    for i in range(40):
        context.run(contextvars.ContextVar(f"variable{i}").set, [i + 16_000])
    return variable, context


def parsed():
    root = xml.etree.ElementTree.Element("root", {"name": "a long value of an attribute"})
    for i in range(200):
        xml.etree.ElementTree.SubElement(root, f"child{i % 7}", number=str(i + 17_000)).text = f"text of {i}"
    return root


plain = [Plain(i + 4_000) for i in range(100)]
slots = [Slots(i + 3_000, f"slot {i}") for i in range(100)]
local = threading.local()
local.value = ["of this thread"]

zoo = {
    "none": [None, True, Ellipsis, NotImplemented],
    "ints": [10**k for k in range(3, 60)] + [-(10**k) for k in range(3, 30)],
    "big int": [10**2_000],
    "floats": [i * 1.25 for i in range(300)],
    "complex": [complex(i, -i) for i in range(1, 20)],
    "ascii": [f"s{i * 7_919}" for i in range(300)],
    "latin1": [f"\xe9\xe8{i}" for i in range(50)],
    "ucs2": [f"\u20ac{i}" for i in range(50)],
    "ucs4": [f"\U0001f600{i}" for i in range(50)],
    "utf8": [f"'\u20ac{i}'" for i in range(50)],
    "bytes": [b"b%d" % (i * 31) for i in range(200)],
    "bytearrays": [bytearray(i * 3) for i in range(40)] + [bytearray(5_000)],
    "memoryviews": [memoryview(b"memory"), memoryview(bytearray(90))[3:]],
    "tuples": [(i + 1_000, f"t{i}") for i in range(200)] + [()],
    "lists": [[i + 2_000] * (i % 9) for i in range(200)],
    "grown list": [[]],
    "dicts": [{f"k{j}": j + 5_000 for j in range(i % 12)} for i in range(100)],
    "dicts of ints": [{j + 9_000: str(j + 9_000) for j in range(i % 12)} for i in range(100)],
    "dict of keys": [{(1, "a"): [1], None: [2], True: [3], 2.5: [4], b"\x00": [5], -70_000: [6], (7,): [7]}],
    "dict of objects": [{plain[0]: ["by object"], Colour.RED: ["by member"]}],
    "sets": [set(range(70_000, 70_000 + i % 30)) for i in range(60)],
    "frozensets": [frozenset(f"f{j}" for j in range(i % 9)) for i in range(60)],
    "slots": slots,
    "more slots": [MoreSlots(i, [i]) for i in range(20)],
    "plain": plain,
    "materialized": [materialized(i) for i in range(40)],
    "replaced": [replaced(i) for i in range(40)],
    "slots and dict": [SlotsAndDict(i) for i in range(30)],
    "wide": [wide()],
    "metaclass": [WithMeta() for _ in range(30)] + [WithMeta, Meta],
    "classes": [type(f"Made{i}", (Plain,), {"__slots__": (), "content": [i + 18_000]}) for i in range(20)],
    "generic": [Box, Box[int], list[int], int | str, T, typing.Optional[int]],
    "enums": [*Colour, *Rights, Rights.READ | Rights.WRITE],
    "named tuples": [Point(i + 6_000, float(i)) for i in range(50)] + [Typed(1)],
    "subclasses": [
        ListOf([1_001]),
        TupleOf((1_002, "two")),
        DictOf(a=1_003),
        SetOf([1_004]),
        IntOf(10**6),
        StrOf("a str of its own"),
        BytesOf(b"bytes"),
        FloatOf(1.5),
    ],
    "naive datetimes": [datetime.datetime(2020, 1, 1 + i % 28) for i in range(40)],
    "aware datetimes": [datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=i))) for i in range(9)],
    "other dates": [datetime.date(2020, 2, 2), datetime.time(3, 4), datetime.timedelta(5), Moment(2021, 1, 1)],
    "decimals": [decimal.Decimal(i) / 7 for i in range(20)] + [decimal.Decimal("1." + "3" * 200)],
    "fractions": [fractions.Fraction(i, 7) for i in range(20)],
    "deques": [collections.deque(range(80_000, 80_000 + i * 40)) for i in range(8)],
    "bounded deque": [collections.deque(range(81_000, 81_300), maxlen=100)],
    "ordered dict": [collections.OrderedDict((f"o{i}", i + 7_000) for i in range(20))],
    "default dict": [collections.defaultdict(list, {1: [2]})],
    "counter": [collections.Counter("mississippi")],
    "chain map": [collections.ChainMap({"a": [1]}, {"b": [2]})],
    "arrays": [array.array("d", range(i)) for i in range(20)] + [array.array("u", "text")],
    "functions": [closing, counting, waiting],
    "lambdas": [(lambda i=i: i) for i in range(20)],
    "keyword defaults": [lambda *, key=["a default"]: key],
    "closures": [closing(f"closed {i}") for i in range(20)],
    "annotated": [Box.__init__, closing.__code__],
    "methods": [plain[0].__init__, [].append, len, "text".join, WithMeta.make, WithMeta.nothing, int.from_bytes],
    "descriptors": [WithMeta.__dict__["half"], Slots.left, int.real, str.join, object.__init__, WithMeta.__dict__["make"]],
    "partials": [functools.partial(max, i + 8_000, key=abs) for i in range(10)],
    "lru cache": [cached()],
    "operators": [operator.itemgetter(1, "a"), operator.attrgetter("a.b"), operator.methodcaller("f", [1])],
    "generators": [counting(i + 5) for i in range(5)] + started([counting(i + 5) for i in range(5)]),
    "spent generators": [],
    "expression generator": [(item for item in [[19_000]])],
    "coroutines": [waiting(i) for i in range(3)],
    "async generators": [streaming(i) for i in range(3)],
    "weakrefs": [weakref.ref(one) for one in slots[:10]] + [weakref.ref(plain[1], print), weakref.proxy(plain[2])],
    "weak dicts": [weakref.WeakValueDictionary(enumerate(slots[:5])), weakref.WeakKeyDictionary({plain[3]: [1]})],
    "exceptions": [raised(ZeroDivisionError, 1), raised(OSError, 2, "two"), raised(Stacked), raised(StopIteration, 5)],
    "exception group": [grouped()],
    "streams": [io.StringIO("text" * 10), io.BytesIO(b"bytes" * 10), io.TextIOWrapper(io.BytesIO(b"line\n"))],
    "big streams": [io.BytesIO(b"bytes" * 2_000)],
    "csv": [csv.reader(["a,b"]), csv.writer(io.StringIO())],
    "patterns": [re.compile(f"a+b{i}(?P<name>c)") for i in range(5)] + [re.match("(a)(b)?", "ab")],
    "iterators": [iter([1]), iter((1,)), iter({"a": 1}), iter({2}), iter("text"), iter(range(9)), reversed([3]), iter(int, 1)],
    "itertools": [
        itertools.count(10**5),
        itertools.cycle([[1], [2]]),
        itertools.chain([[1]], [[2]]),
        itertools.islice([1, 2], 1),
        itertools.product([1], [2]),
        *itertools.tee([[3], [4]]),
        itertools.groupby([1, 2]),
    ],
    "adaptors": [zip([1], [2]), enumerate([1]), map(abs, [1]), filter(None, [1])],
    "ranges": [range(10**5), range(10**20, 10**20 + 5), slice(1, [2])],
    "views": [{"a": [1]}.keys(), {"a": [1]}.values(), types.MappingProxyType({"a": [1]}), types.SimpleNamespace(a=[1])],
    "contexts": [*scoped()],
    "elements": [parsed()],
    "random": [random.Random(i) for i in range(3)],
    "structs": [struct.Struct("<id")],
    "compressors": [zlib.compressobj(), zlib.decompressobj()],
    "locks": [threading.Lock(), threading.RLock(), threading.Condition(), threading.Event(), local],
    "json": [json.loads('{"a": [1, {"b": null}], "c": 1e5}'), json.JSONEncoder(), json.JSONDecoder()],
    "uuids": [uuid.UUID(int=i) for i in range(5)],
    "modules": [types.ModuleType("made"), json, zlib],
    "code": [compile(f"x = [{i}, 'text {i}', (1, 2, {i})]", f"<made {i}>", "exec") for i in range(10)],
    "deep": [nested(200)],
    "large": [
        "x" * 5_000,
        "\u20ac" * 5_000,
        b"y" * 5_000,
        list(range(20_000, 21_000)),
        tuple(range(30_000, 30_500)),
        {i + 40_000: [i] for i in range(500)},
        {f"key {i}": [i] for i in range(500)},
        set(range(50_000, 50_500)),
        frozenset(range(51_000, 51_500)),
        array.array("q", range(1_000)),
    ],
}
for i in range(2_000):
    zoo["grown list"][0].append([i])
zoo["spent generators"].extend(counting(1) for _ in range(3))
for generator in zoo["spent generators"]:
    list(generator)
for text in zoo["utf8"]:
    eval(text)  # the parser reads UTF-8, which the str keeps
zoo["cycle"] = [zoo, [zoo]]
