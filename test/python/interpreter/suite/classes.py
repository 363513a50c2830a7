"""Classes of every make: slots, dicts, dataclasses, enums, metaclasses, properties, descriptors, copies and pickles."""
import copy
import dataclasses
import enum
import functools
import pickle
import types


class Slots:
    __slots__ = ("x", "y", "__weakref__")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Plain:
    def __init__(self, n):
        for i in range(n):
            setattr(self, f"attribute{i}", i * n)


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: float
    tags: list = dataclasses.field(default_factory=list)


class Colour(enum.Flag):
    RED = enum.auto()
    GREEN = enum.auto()


class Meta(type):
    def __new__(mcls, name, bases, namespace):
        namespace["tag"] = name.lower()
        return super().__new__(mcls, name, bases, namespace)


class Made(dict, metaclass=Meta):
    @functools.cached_property
    def size(self):
        return len(self)


slots = [Slots(i, str(i)) for i in range(5000)]
print(sum(s.x for s in slots), slots[-1].y)
many = [Plain(n % 40) for n in range(2000)]
print(sum(len(vars(p)) for p in many), many[39].attribute38)
for p in many[::2]:
    del p.__dict__
    p.again = 1
print(sum(sum(vars(p).values()) for p in many))
points = sorted(Point(i % 50, i / 3, [i]) for i in range(1000))
print(points[0], points[-1], dataclasses.asdict(points[7]))
print(Colour.RED | Colour.GREEN, Made(a=1).size, Made.tag)
classes = [type(f"C{i}", (Plain,), {"f": lambda self, i=i: i}) for i in range(200)]
print(sum(c(3).f() for c in classes), classes[9].__mro__[1].__name__)
del classes
data = {"points": points[:100], "nested": [[(1, 2.5, "x", b"y", None)] * 3], "set": {1, 2}}
again = pickle.loads(pickle.dumps({**data, "points": [dataclasses.astuple(p) for p in data["points"]]}))
print(len(pickle.dumps(again, 4)), again["nested"], copy.deepcopy(data) == data)
namespace = types.SimpleNamespace(**{f"k{i}": i for i in range(50)})
print(namespace.k49, len(repr(namespace)))
for i in range(2000):
    exec(f"def made{i % 3}(a, b={i}):\n    c = lambda: a + b\n    return [c() for _ in range({i % 5})]\nr = made{i % 3}(1)")
print(r)
