"""Deep recursion, exceptions, generators, coroutines, context managers, closures."""
import contextlib
import functools
import sys
import traceback


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(700))
sys.setrecursionlimit(600)
try:
    depth(10**6)
except RecursionError as error:
    print(type(error).__name__, len(traceback.extract_tb(error.__traceback__)) > 100)
sys.setrecursionlimit(1000)


@functools.lru_cache(maxsize=500)
def ways(n, k=5):
    return 1 if n == 0 else 0 if n < 0 or k == 0 else ways(n - k, k) + ways(n, k - 1)


print(sum(ways(n) for n in range(150)), ways.cache_info())


def chain(n):
    try:
        if n == 0:
            raise KeyError("bottom")
        chain(n - 1)
    except KeyError as error:
        if n % 2:
            raise
        raise KeyError(n) from error
    finally:
        trail.append(n)


trail = []
try:
    chain(40)
except KeyError as error:
    print(len(traceback.format_exception(error)), trail[:3], error.__cause__)
try:
    raise ExceptionGroup("many", [ValueError(i) for i in range(3)] + [TypeError("t")])
except* ValueError as group:
    print(group.exceptions)
except* TypeError as group:
    print(len(group.exceptions))


def tree(n):
    if n:
        yield from tree(n - 1)
        sent = yield n
        yield from tree((n - 1) if sent is None else 0)


walk = tree(12)
print(sum(walk), sum(x * x for x in tree(8) if x % 2))
suspended = [tree(9) for _ in range(300)]
print(sum(next(g) for g in suspended), [g.close() for g in suspended[:2]])
del suspended


@contextlib.contextmanager
def scope(name):
    events.append(f"+{name}")
    try:
        yield name
    except ValueError:
        events.append(f"!{name}")
    finally:
        events.append(f"-{name}")


events = []
with contextlib.ExitStack() as stack:
    for i in range(50):
        stack.enter_context(scope(i))
    raise ValueError
print("".join(events)[-60:], len(events))


async def work(n):
    return n if n < 2 else await work(n - 1) + await work(n - 2)


coroutine = work(14)
try:
    coroutine.send(None)
except StopIteration as stop:
    print(stop.value)
counters = [(lambda i: (lambda: i * i))(i) for i in range(1000)]
print(sum(c() for c in counters))
