"""Modules written in C with memory of their own: sqlite3, ctypes, array, zlib, io, heapq, threading's locks, xml."""
import array
import bisect
import collections
import ctypes
import heapq
import io
import sqlite3
import threading
import xml.etree.ElementTree as tree
import zlib

database = sqlite3.connect(":memory:")
database.execute("create table t (id integer primary key, name text, value real)")
database.executemany("insert into t (name, value) values (?, ?)", ((f"n{i % 100}", i / 3) for i in range(5000)))
print(database.execute("select name, count(*), sum(value) from t group by name order by 3 desc limit 3").fetchall())
database.create_function("half", 1, lambda x: x / 2)
print(database.execute("select sum(half(value)) from t where name like 'n1%'").fetchone())
database.close()


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]


pairs = (Pair * 300)(*[Pair(i, i / 2) for i in range(300)])
print(sum(p.b for p in pairs), ctypes.sizeof(pairs))
Compare = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int)
print([Compare(lambda x, k=k: x * k)(5) for k in range(3)])
text = ctypes.create_string_buffer(b"abc", 1000)
ctypes.memset(text, 65, 10)
print(text.value, ctypes.cast(text, ctypes.c_char_p).value[:4])

numbers = array.array("d", (i / 7 for i in range(9000)))
numbers.extend(numbers[:1000])
del numbers[::3]
print(len(numbers), sum(numbers))
heap = []
for i in range(3000):
    heapq.heappush(heap, (i * 7919 % 3001, str(i)))
print([heapq.heappop(heap) for _ in range(3)], bisect.bisect(sorted(heap), (1500, "")))
print(zlib.crc32(zlib.decompress(zlib.compress(bytes(range(256)) * 200, 9))))
stream = io.BytesIO()
for i in range(2000):
    stream.write(b"%d," % i)
print(len(stream.getvalue()), stream.getbuffer()[100:104].tobytes())
root = tree.Element("root")
for i in range(500):
    tree.SubElement(root, "item", id=str(i)).text = "t" * (i % 30)
print(len(tree.tostring(root)), len(tree.fromstring(tree.tostring(root)).findall("item")))
lock = threading.RLock()
with lock:
    print(collections.Counter("abracadabra").most_common(2), collections.ChainMap({1: 2}, {3: 4})[3])
