"""Paths against the interpreter: expressions by evaluation, other steps by what the collector or memory says."""

import _ctypes
import ctypes
import gc
import json
import sys


def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def of_frames(text):
    """`rows in load() at app.py:12`: the values of the variable, one for each frame that is there."""
    name, _, place = text.partition(" in ")
    function, _, position = place.partition("() at ")
    file, _, line = position.rpartition(":")
    for frame in frames():
        code = frame.f_code
        if (code.co_qualname, code.co_filename.rpartition("/")[2], frame.f_lineno) == (function, file, int(line)):
            yield frame.f_locals[name]


def start_of(text, address):
    found = list(of_frames(text)) if " in " in text else [sys.modules[text]]
    for value in found:
        if id(value) == address:
            return value
    raise ValueError(f"{text} is {found!r}"[:200])


def is_in_memory(start, size, address):
    return address in memoryview(ctypes.string_at(start, size - size % 4)).cast("I")


def refers(of, to):
    """`of`: an object's address; then address and bytes of each piece of memory that is its own. Without an object's address, 0."""
    it, *pieces = of
    if it and any(id(found) == to for found in gc.get_referents(_ctypes.PyObj_FromPtr(it))):
        return True
    return any(is_in_memory(address, size, to) for address, size in pieces)


def check(paths):
    """`paths`: [start, its address, steps] as JSON, a step [text, from, to]. Returns how many of each kind were right, and what was not."""
    right, wrong = {}, []

    def count(kind):
        right[kind] = right.get(kind, 0) + 1

    for start, address, steps in json.loads(paths):
        path = start + "".join(text for text, _, _ in steps)
        try:
            is_named = not start.startswith("<")
            if is_named:
                first = start_of(start, address)
                count("in a frame" if " in " in start else "module")
            for text, of, to in steps:
                if "<" not in text:
                    value = eval("it" + text, {"it": _ctypes.PyObj_FromPtr(of[0])})
                    if id(value) != to:
                        raise ValueError(f"{text} is {value!r}"[:200])
                    count(".name" if text[0] == "." else "[17]" if text[1:-1].isdigit() else "[key]")
                    continue
                if not refers(of, to):
                    raise ValueError(f"{text} refers to nothing at {to:#x}")
                count(kind_of(text))
            if is_named and "<" not in path:
                value = eval("first" + path[len(start) :], {"first": first})
                if steps and id(value) != steps[-1][2]:
                    raise ValueError(f"the path is {value!r}"[:200])
        except Exception as error:
            wrong.append(f"{path}: {type(error).__name__}: {error}")
    return json.dumps({"right": right, "wrong": wrong})


def kind_of(text):
    """`<local x>` and `<cell x>` have a name of the program's; so have keys that are no expressions."""
    if text[0] in "[.":
        return "[<key>]"
    for kind in "<local ", "<cell ", "<in data of ", "<data of ", "<in ":
        if text.startswith(kind):
            return kind + "…>"
    return text
