/**
 * The type objects of an interpreter, told from anything else by what they are made of.
 *
 * ╒═ PyTypeObject, 32 bits, 3.14 ═══════════════════════════════════════════════════════════════╕
 * │  +0 ob_refcnt   +4 ob_type   +8 ob_size   +12 tp_name   +16 tp_basicsize   +20 tp_itemsize   │
 * │ +84 tp_flags                                                                                 │
 * └─────────────────────────────────────────────────────────────────────────────────────────────┘
 */
import type { Interpreter } from "./interpreter.js";

export interface PyType {
  readonly address: number;
  /** `tp_name`: with the module where the type is static, without where a class statement made it. */
  readonly name: string;
  readonly basicsize: number;
  readonly isGc: boolean;
  /** Bytes before each of its objects, in the same block: two words for managed dict and weakrefs, two for the collector. */
  readonly headerBytes: number;
  /** Whether its objects may be shorter than `basicsize`: compact strings. */
  readonly isCompact: boolean;
  /** Whether its objects are values alone, in which a word that equals an address is none. */
  readonly isValue: boolean;
}

export const OB_TYPE = 4;
const TP_NAME = 12;
const TP_BASICSIZE = 16;
const TP_FLAGS = 84;
export const TYPE_OBJECT_BYTES = 208;

/** Bits of `tp_flags` (object.h): managed weakrefs or dict, ready, collected, a subclass of int, bytes, str, type. */
const PREHEADER = (1 << 3) | (1 << 4);
const READY = 1 << 12;
const HAVE_GC = 1 << 14;
const LONG_SUBCLASS = 1 << 24;
const BYTES_SUBCLASS = 1 << 27;
const UNICODE_SUBCLASS = 1 << 28;
const TYPE_SUBCLASS = 1 << 31;

/** Good for one look at the heap: types come and go. */
export class PyTypes {
  readonly #interpreter: Interpreter;
  readonly #words: Uint32Array;
  readonly #isLive: (address: number) => boolean;
  readonly #known = new Map<number, PyType | null>();

  /** `isLive` says of an address whether it is no free block of the heap. */
  constructor(interpreter: Interpreter, isLive: (address: number) => boolean) {
    this.#interpreter = interpreter;
    this.#words = interpreter.words;
    this.#isLive = isLive;
  }

  /** The type object at `address`, or `null` when none is there. Any word may be asked for, and only what looks like one is remembered. */
  at(address: number): PyType | null {
    if (!this.#looksLikeType(address)) return null;
    let type = this.#known.get(address);
    if (type === undefined) {
      type = this.#read(address);
      this.#known.set(address, type);
    }
    return type;
  }

  /** Those seen so far. */
  *seen(): Generator<PyType> {
    for (const type of this.#known.values()) if (type) yield type;
  }

  /** Whether a type's flags are there, and its own type is `type` or a subclass of it that `type` is the type of. */
  #looksLikeType(address: number): boolean {
    if (!this.#isReady(address)) return false;
    const { _PyType_Type: typeType } = this.#interpreter.module;
    const meta = this.#words[(address + OB_TYPE) / 4];
    if (meta === typeType) return true;
    const isMetaclass = this.#isReady(meta) && this.#words[(meta + OB_TYPE) / 4] === typeType;
    return isMetaclass && (this.#words[(meta + TP_FLAGS) / 4] & TYPE_SUBCLASS) !== 0;
  }

  #isReady(address: number): boolean {
    if ((address & 3) !== 0 || address < LOWEST || address + TYPE_OBJECT_BYTES > this.#words.byteLength) return false;
    return (this.#words[(address + TP_FLAGS) / 4] & READY) !== 0;
  }

  #read(address: number): PyType | null {
    if (!this.#isLive(address)) return null;
    const flags = this.#words[(address + TP_FLAGS) / 4];
    const name = this.#words[(address + TP_NAME) / 4];
    if (name < LOWEST || name >= this.#words.byteLength) return null;
    const isGc = (flags & HAVE_GC) !== 0;
    const typeName = this.#interpreter.string(name);
    const isBuiltinValue = (flags & (LONG_SUBCLASS | BYTES_SUBCLASS | UNICODE_SUBCLASS)) !== 0 || VALUES.has(typeName);
    return {
      address,
      name: typeName,
      basicsize: this.#words[(address + TP_BASICSIZE) / 4],
      isGc,
      headerBytes: (isGc ? 8 : 0) + ((flags & PREHEADER) !== 0 ? 8 : 0),
      isCompact: (flags & UNICODE_SUBCLASS) !== 0,
      isValue: !isGc && isBuiltinValue,
    };
  }
}

const LOWEST = 1024;
const VALUES: ReadonlySet<string> = new Set(["float", "complex"]);
