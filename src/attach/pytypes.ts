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
}

export const OB_TYPE = 4;
const TP_NAME = 12;
const TP_BASICSIZE = 16;
const TP_FLAGS = 84;
export const TYPE_OBJECT_BYTES = 208;

/** Bits of `tp_flags` (object.h): managed weakrefs or dict, ready, collected, a subclass of str, a subclass of type. */
const PREHEADER = (1 << 3) | (1 << 4);
const READY = 1 << 12;
const HAVE_GC = 1 << 14;
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

  /** The type object at `address`, or `null` when none is there. */
  at(address: number): PyType | null {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    this.#known.set(address, null); // a type that would be its own proof is none
    const type = this.#read(address);
    this.#known.set(address, type);
    return type;
  }

  /** Those seen so far. */
  *seen(): Generator<PyType> {
    for (const type of this.#known.values()) if (type) yield type;
  }

  #read(address: number): PyType | null {
    if ((address & 3) !== 0 || address < LOWEST || address + TYPE_OBJECT_BYTES > this.#words.byteLength) return null;
    const meta = this.#words[(address + OB_TYPE) / 4];
    const { _PyType_Type: typeType } = this.#interpreter.module;
    const flags = this.#words[(address + TP_FLAGS) / 4];
    if ((flags & READY) === 0 || !this.#isMeta(meta, typeType)) return null;
    if (!this.#isLive(address)) return null;
    const name = this.#words[(address + TP_NAME) / 4];
    if (name < LOWEST || name >= this.#words.byteLength) return null;
    const isGc = (flags & HAVE_GC) !== 0;
    return {
      address,
      name: this.#interpreter.string(name),
      basicsize: this.#words[(address + TP_BASICSIZE) / 4],
      isGc,
      headerBytes: (isGc ? 8 : 0) + ((flags & PREHEADER) !== 0 ? 8 : 0),
      isCompact: (flags & UNICODE_SUBCLASS) !== 0,
    };
  }

  #isMeta(meta: number, typeType: number): boolean {
    if (meta === typeType) return true;
    return this.at(meta) !== null && (this.#words[(meta + TP_FLAGS) / 4] & TYPE_SUBCLASS) !== 0;
  }
}

const LOWEST = 1024;
