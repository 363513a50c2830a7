"""You delete everything, and the process stays big: why, in seven marks. `npm start` runs it."""

import gc

import pymalloc


class Order:
    def __init__(self, number):
        self.number = number
        self.customer = f"customer {number % 1000}"


class Node:
    """Half of a reference cycle."""

    def __init__(self):
        self.partner = None


def make_cycles(count):
    for _ in range(count):
        a, b = Node(), Node()
        a.partner, b.partner = b, a


gc.disable()  # so that it is the program that says when

orders = [Order(number) for number in range(40_000)]
pymalloc.mark("40,000 orders")

# Most are deleted, but one in 400 survives, and there is one in every arena.
survivors = orders[::400]
del orders
pymalloc.mark("del all but 100")

# The holes that the others left are not lost: what comes next moves into them, and no arena is obtained.
make_cycles(20_000)
pymalloc.mark("20,000 cycles dropped")

# Reference counts never reach 0 in a cycle; only the collector finds them.
gc.collect()
pymalloc.mark("gc.collect()")

# Copied into new objects, the survivors lie together, in the fullest arenas that there are; the old ones go …
survivors = [(order.number + 1_000_000, order.customer + "!") for order in survivors]
pymalloc.mark("survivors copied")

# … and yet their arenas stay: int keeps its last 100 dead objects for the next numbers, and these are spread over all arenas.
del survivors
pymalloc.mark("nothing kept")

# A full collection empties the free lists, too. Now the arenas go back.
gc.collect()
pymalloc.mark("gc.collect() again")
