"""Big dicts, lists and sets: growing, shrinking, sorting, deleting in the middle."""
import itertools
import random

rng = random.Random(1)
table = {}
for i in range(30_000):
    table[f"key {i}"] = [i, i * 0.5]
for key in rng.sample(sorted(table), 20_000):
    del table[key]
print(len(table), sum(v[0] for v in table.values()))
for i in range(10_000):
    table[i] = (i, str(i))
print(sum(map(hash, map(str, table.values()))))

numbers = [rng.random() for _ in range(20_000)]
numbers.sort(key=lambda x: -x)
print(numbers[0], numbers[-1], sum(numbers))
words = ["".join(rng.choices("abcdef", k=rng.randrange(1, 40))) for _ in range(5000)]
print(sorted(words, key=lambda w: (len(w), w))[:3], max(words))

shrinking = list(range(50_000))
while len(shrinking) > 10:
    del shrinking[:: rng.randrange(2, 4)]
    shrinking.insert(len(shrinking) // 2, -1)
print(shrinking)

evens, odds = set(range(0, 5000, 2)), frozenset(range(1, 5000, 2))
print(len(evens | odds), len(evens & odds), sum(evens ^ set(range(100))))
queue = __import__("collections").deque(maxlen=1000)
for i in range(5000):
    queue.append(str(i))
    if i % 7 == 0:
        queue.rotate(3)
print(queue[0], queue[-1], len(queue))
groups = {k: len(list(g)) for k, g in itertools.groupby(sorted(words, key=len), len)}
print(groups)
print(list(itertools.islice(itertools.permutations("abcde", 3), 57, 60)), sum(1 for _ in itertools.product(range(20), repeat=3)))
