"""Strings, bytes and what parses them: json, re, csv, struct, base64, string building of every width."""
import base64
import csv
import io
import json
import random
import re
import struct
import textwrap
import zlib

rng = random.Random(2)
rows = [{"id": i, "name": f"n{i}" * (i % 9), "tags": ["α", "b", None, True][: i % 5], "x": i / 7} for i in range(3000)]
text = json.dumps(rows, indent=1, ensure_ascii=False)
print(len(text), json.loads(text) == rows, zlib.crc32(text.encode()))

buffer = io.StringIO()
writer = csv.DictWriter(buffer, ["id", "name", "x"], extrasaction="ignore")
writer.writeheader()
writer.writerows(rows)
buffer.seek(0)
back = list(csv.DictReader(buffer))
print(len(back), back[17], sum(float(row["x"]) for row in back))

pattern = re.compile(r"(?P<word>[a-z]+)(\d+)?(?=\s|$)", re.I)
prose = " ".join("".join(rng.choices("abcXYZ", k=rng.randrange(1, 9))) + str(i) * (i % 2) for i in range(4000))
print(len(pattern.findall(prose)), pattern.sub(lambda m: m["word"][::-1], prose)[:60])

grown = ""
for i in range(3000):
    grown += chr(97 + i % 26) if i < 2000 else chr(0x400 + i % 50) if i < 2900 else chr(0x1F600 + i % 40)
print(len(grown), zlib.crc32(grown.encode()), grown[1998:2002], grown.upper()[:5])
pieces = [bytes(rng.randrange(256) for _ in range(rng.randrange(600))) for _ in range(500)]
joined = b"|".join(pieces)
array = bytearray()
for piece in pieces:
    array += piece
    del array[: len(array) // 3]
print(zlib.crc32(joined), len(array), zlib.crc32(bytes(array)), base64.b64encode(joined[:30]))
print(struct.unpack("<IHb", struct.pack("<IHb", 70000, 700, -7)), textwrap.wrap(prose, 50)[:2])
print("{:>10}|{!r:<12}|{:.3e}".format("é", "ü", 12345.678), f"{10**40:,}", "%08.3f" % 3.14159)
