"""Orders are read from JSON, summed up and dropped: first but for one in a thousand, then wholly.

`pymalloc record claims/programs/orders.py -o claims/data/orders.pytrace.gz --python python3.12` made the trace beside it.
"""

import gc
import json

import pymalloc

ORDER = (
    '{"number": %d, "customer": "customer %d", "note": "%s", "lines": ['
    '{"article": "a%d", "pieces": %d, "price": %d.25}, {"article": "b%d", "pieces": %d, "price": %d.5}]}'
)


def order(n):
    note = "x" * (n * 7919 % 480) if n % 4 == 0 else ""
    return ORDER % (n + 1000, n * 31 % 97, note, n * 17, n % 350, n * 3, n * 13, n * 11 % 400, n * 7)


def totals(orders):
    by_customer = {}
    for order in orders:
        for line in order["lines"]:
            customer = order["customer"]
            by_customer[customer] = by_customer.get(customer, 0.0) + line["pieces"] * line["price"]
    return by_customer


some = ", ".join([order(n) for n in range(500)])
source = "[" + ", ".join([some] * 32) + "]"
del some
pymalloc.mark("before")
orders = json.loads(source)
pymalloc.mark("loaded")
summary = totals(orders)
pymalloc.mark("summed up")
kept = orders[::1000]
del orders, summary
pymalloc.mark("del but 16")
gc.collect()
pymalloc.mark("gc.collect() but 16")
del kept
pymalloc.mark("del")
gc.collect()
pymalloc.mark("gc.collect()")
