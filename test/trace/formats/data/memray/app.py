"""A small program for a real recording: it makes lists, strings, bytes and objects, grows them, and frees a part. SQLite calls malloc itself."""
import sqlite3
import threading


class Widget:
    def __init__(self, number):
        self.name = f"widget {number}"
        self.parts = [bytes(17 * part) for part in range(number % 9)]


def grow():
    buffer = bytearray()
    for number in range(200):
        buffer += b"0123456789" * (number % 5)
    del buffer[100:]
    return buffer


def squares(count):
    table = []
    for number in range(count):
        table.append(number * number + 1000)
    return table


def work():
    kept.append([squares(60) for _ in range(3)])
    kept.append(bytearray(3000))


kept = [Widget(number) for number in range(150)]
del kept[::3]
kept.append(grow())
kept.append("".join(chr(65 + number % 26) for number in range(700)))
kept.append(squares(300))
database = sqlite3.connect(":memory:")
database.execute("create table widget (number integer, name text)")
database.executemany("insert into widget values (?, ?)", [(number, "x" * number) for number in range(40)])
database.close()
thread = threading.Thread(target=work)
thread.start()
thread.join()
try:
    bytes(1 << 60)
except MemoryError:
    pass
del kept[:40]
