"""`.clear()` gives back a dict's table, too, which deleting its keys one by one does not.

It empties the object itself, so that all who refer to it see it empty; `index = None` would drop one reference, and here free nothing.
"""

import pymalloc

COUNT = 50_000


def load():
    return {f"page {number}": True for number in range(COUNT)}


index = load()
pymalloc.mark("50,000 keys")

for key in list(index):
    del index[key]
del key  # the last one, which the loop has left behind
pymalloc.mark("each key deleted")

index = reader = load()
pymalloc.mark("50,000 keys again")

index.clear()
assert reader == {}
pymalloc.mark("index.clear()")
