"""A `with` block is no scope: what it binds lives on after it, unless the context manager lets go in `__exit__`.

After both blocks there is a `document`. The second has no lines any more.
"""

import pymalloc


class Document:
    def __enter__(self):
        self.lines = [f"line {number}" for number in range(50_000)]
        return self

    def __exit__(self, *exception):
        pass


class LettingGo(Document):
    def __exit__(self, *exception):
        self.lines.clear()


with Document() as document:
    pymalloc.mark("in with Document()")
pymalloc.mark("after it")

del document
pymalloc.mark("del document")

with LettingGo() as document:
    pymalloc.mark("in with LettingGo()")
pymalloc.mark("after that")
