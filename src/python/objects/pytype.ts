/** A type object, and what it says of its instances. */
import * as flag from "../layouts/typeflags.js";

export interface PyType {
  /** Position in `PyTypes.list`. */
  readonly index: number;
  readonly address: number;
  /** `tp_name`: with the module if C code made the type, without if a class statement did. */
  readonly name: string;
  readonly flags: number;
  readonly basicsize: number;
  readonly itemsize: number;
  readonly weaklistoffset: number;
  readonly dictoffset: number;
  /** The base whose C structure its instances begin with; `null` for `object`, or if that is no type. */
  readonly base: PyType | null;
  /** Its instances may have a dict, or values in its place; see instancedict.ts. */
  readonly hasDict: boolean;
  readonly isGc: boolean;
  /** The type object was allocated: its instances own a reference to it. */
  readonly isHeapType: boolean;
  /** Its instances are types. */
  readonly isMetatype: boolean;
  /** Bytes before an instance, in the same block: `PyGC_Head`, and two words for managed dict and weakrefs. */
  readonly headerBytes: number;
  /** Bytes of those two words; 0 if instances have none. */
  readonly preHeaderBytes: number;
  readonly body: BodyPlan;
}

/** What an instance has beside its body. */
export const SHAPE = {
  /** Nothing, or items that may be references, of a structure that is not known. */
  OTHER: 0,
  /** Nothing that refers, such as the digits of an int. */
  VALUE: 1,
  STR: 2,
  LIST: 3,
  TUPLE: 4,
  DICT: 5,
  SET: 6,
  BYTEARRAY: 7,
  ARRAY: 8,
  DEQUE: 9,
  DATETIME: 10,
  GENERATOR: 11,
  FRAME: 12,
  MODULE: 13,
  TYPE: 14,
} as const;
export type Shape = (typeof SHAPE)[keyof typeof SHAPE];

export interface BodyPlan {
  readonly shape: Shape;
  /** Offsets of references. */
  readonly exact: Int32Array;
  /** Offsets of words that may be references. */
  readonly words: Int32Array;
}

/** Whether it is `module` or a subclass. */
export function isModuleType(type: PyType | null): boolean {
  for (let at = type; at !== null; at = at.base) if (at.name === "module") return true;
  return false;
}

/** Whether C code made the type: `class` statements make types whose attributes can be set. */
export const isNative = ({ flags }: Pick<PyType, "flags">): boolean =>
  (flags & flag.HEAPTYPE) === 0 || (flags & flag.IMMUTABLETYPE) !== 0;
