"""Weak references, finalizers, cycles and the collector; resurrection, the order of deaths."""
import gc
import weakref


class Node:
    def __init__(self, value):
        self.value, self.next = value, None


gc.collect()
gc.disable()
died = []
for i in range(3000):
    a, b = Node(i), Node(-i)
    a.next, b.next = b, a
    if i % 500 == 0:
        weakref.finalize(a, died.append, i)
del a, b
print(len(died), gc.collect() >= 6000, sorted(died))
gc.enable()

alive = weakref.WeakValueDictionary((i, Node(i)) for i in range(100))
print(len(alive))
kept = [Node(i) for i in range(100)]
alive.update(enumerate(kept))
del kept[10:]
print(len(alive), sorted(alive)[:3], len(weakref.WeakSet(kept)))


class Back:
    saved = []

    def __del__(self):
        Back.saved.append(self)


for _ in range(10):
    Back()
print(len(Back.saved), gc.get_referrers(Back.saved[0])[0] is Back.saved)
Back.saved.clear()

for round in range(3):
    ring = [Node(i) for i in range(5000)]
    for one, other in zip(ring, ring[1:] + ring[:1]):
        one.next = other
        one.self = one
    del ring, one, other
    print(gc.collect() >= 5000)
lists = []
for _ in range(200):
    lists = [lists, {"x": lists}, (lists,)]
print(gc.is_tracked(lists), gc.is_tracked((1, 2)), gc.is_tracked(3), gc.get_count()[0] >= 0)
threshold = gc.get_threshold()
gc.set_threshold(50)
cyclic = 0
for i in range(5000):
    node = Node(i)
    node.next = node
gc.set_threshold(*threshold)
gc.collect()
print(len(gc.garbage), sum(isinstance(o, Node) for o in gc.get_objects()) <= 11)
gc.freeze()
gc.unfreeze()
