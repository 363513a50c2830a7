"""Building a text with `+` asks for memory for all of it again with each piece; `"".join` asks once.

Look at what was allocated, not at what is live: the text is the same. CPython hides the cost where it can: a local variable that has the
only reference to a text enlarges it in place. A global (from 3.11 on), an attribute or an item is copied each time.
"""

import pymalloc

COUNT = 2_000


def piece(number):
    return f"{number:019} "


def plus():
    text = ""
    for number in range(COUNT):
        text += piece(number)
    return text


pymalloc.mark("before")

text = ""
for number in range(COUNT):
    text += piece(number)
pymalloc.mark("+ on a global")

text = plus()
pymalloc.mark("+ on a local")

text = "".join([piece(number) for number in range(COUNT)])
pymalloc.mark("join")
