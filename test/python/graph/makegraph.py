"""A random graph of objects of many kinds, which refer to each other."""

import collections
import dataclasses
import enum
import functools
import random
import types
import weakref


class Plain:
    pass


class Slots:
    __slots__ = ("left", "right", "__weakref__")


class Both(Slots):
    pass


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: object
    y: object


Pair = collections.namedtuple("Pair", "first second")


def closure(held):
    return lambda: held


def generator(held):
    kept = [held]
    yield kept
    yield held


def cell_of(held):
    return (lambda: held).__closure__[0]


def failed(held):
    try:
        raise ValueError(held)
    except ValueError as error:
        return error


def make(seed, count=300):
    choice = random.Random(seed)
    made = [object(), 10_000.5 + seed, f"text {seed}", bytearray(700), b"bytes" * 40, [None] * 300]

    def one():
        return choice.choice(made)

    def key():
        return choice.choice(
            [choice.randrange(1000), f"key {choice.randrange(100)}", 1.5, None, (1, "a"), b"b", Colour.RED, Point(1, 2), f"k\n\u00e9 {choice.random()}"]
        )

    def with_attributes(it):
        for name in choice.sample(["left", "right"] if type(it) is Slots else ["left", "right", "one", "two", "three"], 2):
            setattr(it, name, one())
        return it

    def started(it):
        next(it)
        return it

    makers = [
        lambda: [one() for _ in range(choice.randrange(1, 9))],
        lambda: tuple(one() for _ in range(choice.randrange(1, 9))),
        lambda: {key(): one() for _ in range(choice.randrange(1, 9))},
        lambda: collections.OrderedDict((key(), one()) for _ in range(4)),
        lambda: collections.defaultdict(list, {key(): [one()]}),
        lambda: {Point(choice.random(), 1), object(), Colour.BLUE},
        lambda: frozenset([f"element {choice.random()}", Pair(choice.random(), 2)]),
        lambda: collections.deque([one() for _ in range(choice.randrange(1, 150))]),
        lambda: with_attributes(Plain()),
        lambda: with_attributes(Slots()),
        lambda: with_attributes(Both()),
        lambda: Point(one(), one()),
        lambda: Pair(one(), one()),
        lambda: closure(one()),
        lambda: cell_of(one()),
        lambda: started(generator(one())),
        lambda: failed(one()),
        lambda: functools.partial(print, one(), sep=one()),
        lambda: types.MethodType(closure, one()),
        lambda: types.SimpleNamespace(held=one()),
        lambda: iter([one()]),
        lambda: zip([one()], (one(),)),
        lambda: map(str, [one()]),
        lambda: property(closure(one())),
        lambda: types.MappingProxyType({"held": one()}),
        lambda: type("Made", (Plain,), {"held": one(), "method": closure(one())}),
        lambda: weakref.ref(with_attributes(Plain()), closure(one())),
        lambda: memoryview(bytearray(600)),
        lambda: slice(one(), one(), one()),
        lambda: f"text {choice.random()}" * choice.randrange(1, 60),
        lambda: choice.getrandbits(9000),
    ]
    for _ in range(count):
        made.append(choice.choice(makers)())
    for held in [it for it in made if type(it) is list and len(it) < 200][::7]:
        held.append(one())  # cycles
    return choice.sample(made, count // 2)
