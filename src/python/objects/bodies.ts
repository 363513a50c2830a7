/**
 * Where the instances of a type keep references, as far as that does not depend on the instance.
 *
 *     0      ob_size or fields …            tp_basicsize
 *     │ head │ exact, exact, word, exact … │ items, inline values: `shape` says
 *
 * `exact` offsets hold a reference or 0: fields of a known C structure, members of `__slots__`, a dict pointer. The other `words` may hold
 * anything, such as a reference of a C structure that is not known.
 */

import { ABSENT } from "../layouts/offsets.js";
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";
import { type BodyPlan, isNative, type PyType, SHAPE, type Shape } from "./pytype.js";

type TypeHead = Omit<PyType, "index" | "body">;

/** A C structure that is known: all of its references, or those that do not depend on the instance. */
interface Structure {
  readonly shape: Shape;
  readonly fields: readonly number[];
  /** Offsets of words that may be references. */
  readonly words?: readonly number[];
  /** Bytes from the start on that `fields` and `shape` say all of. */
  readonly size: number;
}

/** `PyMemberDef.type` of a member that is a reference (structmember.h): `_Py_T_OBJECT`, `Py_T_OBJECT_EX`. */
const MEMBER_TYPES = [6, 16];
const MAX_MEMBERS = 10_000;

export function bodyPlan(space: Space, layout: Layout, type: TypeHead): BodyPlan {
  const { wordBytes } = layout;
  const structure = structureOf(layout, type);
  const known = structure?.size ?? (type.itemsize > 0 ? 3 : 2) * wordBytes;
  const exact = new Set(structure?.fields.filter((offset) => offset !== ABSENT));
  for (const { offset } of membersOf(space, layout, type)) if (offset >= known) exact.add(offset);
  if (type.dictoffset >= known) exact.add(type.dictoffset);
  const words = [...(structure?.words ?? [])];
  for (const offset of wordsBetween(known, type.basicsize, wordBytes))
    if (!exact.has(offset) && offset !== type.weaklistoffset) words.push(offset);
  return {
    shape: structure?.shape ?? SHAPE.OTHER,
    exact: Int32Array.from(exact),
    words: Int32Array.from(words),
  };
}

/** The known structure that instances begin with, their type's or that of the nearest base that has one. */
function structureOf(layout: Layout, type: TypeHead): Structure | null {
  for (let at: TypeHead | null = type; at !== null; at = at.base) {
    if (!isNative(at)) continue;
    const make = STRUCTURES[at.name];
    if (make !== undefined) return { size: at.basicsize, ...make(layout) };
  }
  return null;
}

/** A reference that a type publishes: a slot of `__slots__`, or a field of a C structure. */
export interface Member {
  readonly offset: number;
  /** Address of its name, a C string. */
  readonly name: number;
}

/** The references that a type and its bases have as members. */
export function membersOf(space: Space, layout: Layout, type: TypeHead): Member[] {
  const { memberDef, wordBytes } = layout;
  const members: Member[] = [];
  for (let at: TypeHead | null = type; at !== null; at = at.base) {
    let member = space.word(at.address + layout.type.tp_members);
    if (member === 0) continue;
    for (let i = 0; i < MAX_MEMBERS; i++, member += memberDef.size) {
      const name = space.word(member + memberDef.name);
      if (name === 0) break;
      const offset = space.word(member + memberDef.offset);
      const isReference = MEMBER_TYPES.includes(space.uint32(member + memberDef.type));
      if (isReference && offset % wordBytes === 0 && offset + wordBytes <= type.basicsize)
        members.push({ offset, name });
    }
  }
  return members;
}

/** By `tp_name`. A structure's size is the type's `tp_basicsize` if it is not given. */
const STRUCTURES: Readonly<Record<string, (layout: Layout) => Partial<Structure> & Omit<Structure, "size">>> = {
  int: () => VALUE,
  float: () => VALUE,
  complex: () => VALUE,
  bytes: () => VALUE,
  str: () => ({ shape: SHAPE.STR, fields: [] }),
  list: () => ({ shape: SHAPE.LIST, fields: [] }),
  tuple: () => ({ shape: SHAPE.TUPLE, fields: [] }),
  dict: () => ({ shape: SHAPE.DICT, fields: [] }),
  set: () => ({ shape: SHAPE.SET, fields: [] }),
  frozenset: () => ({ shape: SHAPE.SET, fields: [] }),
  bytearray: () => ({ shape: SHAPE.BYTEARRAY, fields: [] }),
  "array.array": () => ({ shape: SHAPE.ARRAY, fields: [] }),
  "collections.deque": () => ({ shape: SHAPE.DEQUE, fields: [] }),
  "datetime.datetime": () => ({ shape: SHAPE.DATETIME, fields: [] }),
  "datetime.time": () => ({ shape: SHAPE.DATETIME, fields: [] }),
  weakref,
  weakproxy: weakref,
  weakcallableproxy: weakref,
  "weakref.ReferenceType": weakref,
  "weakref.ProxyType": weakref,
  "weakref.CallableProxyType": weakref,
  BaseException: (layout) => ({ shape: SHAPE.OTHER, fields: Object.values(exceptionFields(layout)) }),
  cell: ({ cell }) => ({ shape: SHAPE.OTHER, fields: [cell.ob_ref] }),
  method: ({ method }) => ({ shape: SHAPE.OTHER, fields: [method.im_func, method.im_self] }),
  function: ({ function: { func_weakreflist, ...fields } }) => ({ shape: SHAPE.OTHER, fields: Object.values(fields) }),
  module: ({ module }) => ({ shape: SHAPE.MODULE, fields: [module.md_dict, module.md_name] }),
  code: ({ code, minor, wordBytes }) => ({
    shape: SHAPE.VALUE, // the caches in its instructions do not own what they refer to
    fields: [
      code.co_consts,
      code.co_names,
      code.co_filename,
      code.co_name,
      code.co_linetable,
      ...(minor >= 11
        ? [code.co_qualname, code.co_exceptiontable, code.co_localsplusnames, code.co_localspluskinds]
        : [code.co_varnames, code.co_freevars, code.co_cellvars, code.co_code]),
    ],
    // Behind the list of weakrefs: cached attributes, monitoring, extra data, executors. Before: a table of cells, and the frame that is kept
    // for the next call.
    words:
      minor >= 11
        ? wordsBetween(code.co_weakreflist + wordBytes, code.co_code_adaptive, wordBytes)
        : [code.co_cellvars + wordBytes, code.co_weakreflist - wordBytes, code.co_extra],
  }),
  generator,
  coroutine,
  async_generator: coroutine,
  frame: ({ frame }) => ({
    shape: SHAPE.FRAME,
    fields: [
      frame.f_back,
      frame.f_trace,
      ...[frame.f_code, frame.f_globals, frame.f_builtins, frame.f_locals],
      ...[frame.f_extra_locals, frame.f_locals_cache, frame.f_overwritten_fast_locals],
    ],
  }),
  type: ({ heapType }) => ({ shape: SHAPE.TYPE, fields: [], size: heapType.size }),
};

const VALUE = { shape: SHAPE.VALUE, fields: [] };

function weakref({ weakref: { wr_callback } }: Layout): Omit<Structure, "size"> {
  return { shape: SHAPE.OTHER, fields: [wr_callback] };
}

/** `PyBaseExceptionObject`: words from the head on. Notes are there from 3.11 on. */
export function exceptionFields({ wordBytes, minor }: Layout): Record<ExceptionField, number> {
  const published = EXCEPTION_FIELDS.filter((field) => minor >= 11 || field !== "notes");
  const offsets = published.map((field, index) => [field, (2 + index) * wordBytes]);
  return { notes: ABSENT, ...Object.fromEntries(offsets) } as Record<ExceptionField, number>;
}
const EXCEPTION_FIELDS = ["dict", "args", "notes", "traceback", "context", "cause"] as const;
type ExceptionField = (typeof EXCEPTION_FIELDS)[number];

/** Name, qualified name, the exception being handled; the frame is in `shape`. Until 3.10 frame and code are fields, and an exception is three. */
function generator({ generator: { gi_name, gi_qualname }, wordBytes, minor }: Layout): Omit<Structure, "size"> {
  const exception = gi_qualname + wordBytes;
  if (minor >= 11) return { shape: SHAPE.GENERATOR, fields: [gi_name, gi_qualname, exception] };
  const [frame, code] = [2 * wordBytes, gi_name - 2 * wordBytes];
  const exceptions = [exception, exception + wordBytes, exception + 2 * wordBytes];
  return { shape: SHAPE.OTHER, fields: [frame, code, gi_name, gi_qualname, ...exceptions] };
}

/** And where it was made, or its finalizer: of a plain generator the word is not set. The exception being handled ends with a link. */
function coroutine(layout: Layout): Omit<Structure, "size"> {
  const { shape, fields } = generator(layout);
  return { shape, fields: [...fields, Math.max(...fields) + 2 * layout.wordBytes] };
}

function wordsBetween(start: number, end: number, wordBytes: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((end - start) / wordBytes)) }, (_, i) => start + i * wordBytes);
}
