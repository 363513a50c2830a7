"""`disagreements(layout)`: what the interpreter that runs this says of its own objects, against a layout. Reads memory by ctypes."""

import ctypes
import json
import sys
import types
import weakref


class Slots:
    __slots__ = ("left", "right", "__weakref__")


class Plain:
    """A class with a doc string."""


def outer(held):
    def inner(a, b=("a default",), *, c="a keyword's"):
        """A function with a doc string."""
        return held, a, b, c, 12345.5

    return inner


def generating():
    yield 1


def disagreements(layout):
    found = []

    def check(name, value, expected):
        if value != expected:
            found.append("%s: %r is there, expected %r" % (name, value, expected))

    def word(address):
        return ctypes.c_void_p.from_address(address).value or 0

    def uint32(address):
        return ctypes.c_uint32.from_address(address).value

    def at(one, group, field):
        return id(one) + layout[group][field]

    def refers(one, group, field, other):
        check(group + "." + field, word(at(one, group, field)), id(other))

    minor = sys.version_info[1]
    check("minor", layout["minor"], minor)
    check("wordBytes", layout["wordBytes"], ctypes.sizeof(ctypes.c_void_p))

    refers([], "object", "ob_type", list)
    check("object.ob_size", word(at((1, 2, 3), "object", "ob_size")), 3)
    for type_ in (int, list, dict, types.FunctionType, Plain, Slots, OSError):
        check("type.tp_name", ctypes.string_at(word(at(type_, "type", "tp_name"))), type_.__name__.encode())
        check("type.tp_basicsize", word(at(type_, "type", "tp_basicsize")), type_.__basicsize__)
        check("type.tp_itemsize", word(at(type_, "type", "tp_itemsize")), type_.__itemsize__)
        check("type.tp_flags", uint32(at(type_, "type", "tp_flags")), type_.__flags__ & 0xFFFFFFFF)
        for name, value in (("tp_dictoffset", type_.__dictoffset__), ("tp_weaklistoffset", type_.__weakrefoffset__)):
            check("type." + name, ctypes.c_ssize_t.from_address(at(type_, "type", name)).value, value)
        refers(type_, "type", "tp_base", type_.__base__)
        refers(type_, "type", "tp_bases", type_.__bases__)
        refers(type_, "type", "tp_mro", type_.__mro__)
    refers(Plain, "heapType", "ht_name", Plain.__name__)
    refers(Plain, "heapType", "ht_qualname", Plain.__qualname__)
    check("heapType.size", layout["heapType"]["size"], type.__basicsize__)
    member = word(at(Slots.right, "memberDescr", "d_member"))
    refers(Slots.right, "descr", "d_type", Slots)
    check("type.tp_members", member - word(at(Slots, "type", "tp_members")), layout["memberDef"]["size"])
    check("memberDef.name", ctypes.string_at(word(member + layout["memberDef"]["name"])), b"right")
    check("memberDef.type", uint32(member + layout["memberDef"]["type"]), 16)
    slots = Slots()
    slots.right = member
    check("memberDef.offset", word(id(slots) + word(member + layout["memberDef"]["offset"])), id(slots.right))

    for type_, name in ((list, "list"), (dict, "dict"), (set, "set"), (bytearray, "bytearray"), (str, "str")):
        check(name + ".size", layout[name]["size"], type_.__basicsize__)
    check("weakref.size", layout["weakref"]["size"], weakref.ref.__basicsize__)
    items = [Plain(), Plain()]
    check("list.ob_item", word(word(at(items, "list", "ob_item"))), id(items[0]))
    refers((items, 1), "tuple", "ob_item", items)
    numbers = {1: 2, "b": 3}
    check("dict.ma_used", word(at(numbers, "dict", "ma_used")), 2)
    if minor >= 11:
        keys = word(at(numbers, "dict", "ma_keys"))
        check("keys.dk_nentries", word(keys + layout["keys"]["dk_nentries"]), 2)
        check("keys.dk_log2_size", ctypes.c_uint8.from_address(keys + layout["keys"]["dk_log2_size"]).value, 3)
        indices = keys + layout["keys"]["dk_indices"]
        check("keys.dk_indices", ctypes.string_at(indices, 8).count(b"\xff"), 6)
        bytes_ = 2 ** ctypes.c_uint8.from_address(keys + layout["keys"]["dk_log2_index_bytes"]).value
        check("keys.dk_log2_index_bytes", word(indices + bytes_ + 2 * layout["wordBytes"]), id(numbers[1]))
    few = {100, 200}
    check("set.fill", word(at(few, "set", "fill")), 2)
    check("set.used", word(at(few, "set", "used")), 2)
    check("set.mask", word(at(few, "set", "mask")), 7)
    check("set.table", word(at(few, "set", "table")), at(few, "set", "smalltable"))
    check("bytes.ob_sval", ctypes.string_at(at(b"text", "bytes", "ob_sval"), 5), b"text\0")
    buffer = bytearray(b"a buffer")
    check("bytearray.ob_bytes", ctypes.string_at(word(at(buffer, "bytearray", "ob_bytes")), 8), b"a buffer")
    check("str.length", word(at("text", "str", "length")), 4)
    check("str.asciiSize", ctypes.string_at(at("text", "str", "asciiSize"), 4), b"text")
    check("str.compactSize", ctypes.string_at(at("\xe9\xe8", "str", "compactSize"), 2), b"\xe9\xe8")
    check("str.state", uint32(at("\u20ac", "str", "state")) >> 2 & 7, 2)
    check("int.ob_digit", uint32(at(123456, "int", "ob_digit")), 123456)
    check("float.ob_fval", ctypes.c_double.from_address(at(1.5, "float", "ob_fval")).value, 1.5)

    function = outer(items)
    function.attribute = 1
    function.__annotations__ = {"a": int}
    for field, value in (
        ("func_globals", function.__globals__),
        ("func_name", function.__name__),
        ("func_qualname", function.__qualname__),
        ("func_code", function.__code__),
        ("func_defaults", function.__defaults__),
        ("func_kwdefaults", function.__kwdefaults__),
        ("func_closure", function.__closure__),
        ("func_doc", function.__doc__),
        ("func_dict", function.__dict__),
        ("func_module", function.__module__),
        ("func_annotations", function.__annotations__),
    ):
        refers(function, "function", field, value)
    refers(function.__closure__[0], "cell", "ob_ref", items)
    method = types.MethodType(function, items)
    refers(method, "method", "im_func", function)
    refers(method, "method", "im_self", items)
    refers(items.append, "cfunction", "m_self", items)
    refers(len, "cfunction", "m_module", len.__module__)
    reference = weakref.ref(items[0], function)
    refers(reference, "weakref", "wr_callback", function)
    if minor >= 10:
        module = types.ModuleType("made")
        refers(module, "module", "md_dict", module.__dict__)
        refers(module, "module", "md_name", module.__name__)
        check("moduleDef.m_size", layout["moduleDef"]["m_size"] > 0, True)

    code = function.__code__
    check("code.co_firstlineno", uint32(at(code, "code", "co_firstlineno")), code.co_firstlineno)
    for field in ("co_consts", "co_names", "co_filename", "co_name"):
        refers(code, "code", field, getattr(code, field))
    if minor >= 11:
        for field in ("co_qualname", "co_linetable", "co_exceptiontable"):
            refers(code, "code", field, getattr(code, field))
        names = word(at(code, "code", "co_localsplusnames"))
        check("code.co_localsplusnames", word(names + layout["tuple"]["ob_item"]), id(code.co_varnames[0]))
        check("code.co_nlocalsplus", uint32(at(code, "code", "co_nlocalsplus")), 4)
    generator = generating()
    refers(generator, "generator", "gi_name", generator.__name__)
    refers(generator, "generator", "gi_qualname", generator.__qualname__)
    if minor >= 11:
        frame = at(generator, "generator", "gi_iframe")
        executable = word(frame + layout["iframe"]["f_executable"])
        check("generator.gi_iframe", executable - executable % layout["wordBytes"], id(generator.gi_code))
        check("iframe.f_globals", word(frame + layout["iframe"]["f_globals"]), id(globals()))
    return found


if __name__ == "__main__":
    print(json.dumps(disagreements(json.load(sys.stdin))))
