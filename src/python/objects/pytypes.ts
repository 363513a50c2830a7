/** Type objects, recognised by what they are made of, and what each says of its instances. */
import * as flag from "../layouts/typeflags.js";
import { cString, type Space } from "../space/space.js";
import { AddressTable } from "./addresstable.js";
import { bodyPlan } from "./bodies.js";
import type { PythonMemory } from "./pythonmemory.js";
import type { PyType } from "./pytype.js";

/** No type object lies below: null pointers and small numbers. */
const LOWEST = 1024;
const MAX_BASICSIZE = 1 << 20;
const MAX_ITEMSIZE = 1 << 16;
const MAX_METATYPES = 4;

/** What types are read from. */
export type TypeMemory = Pick<PythonMemory, "space" | "layout" | "typeType" | "typeNames">;

/** The types of one look at memory. They are found as their instances are. */
export class PyTypes {
  readonly list: PyType[] = [];
  readonly #memory: TypeMemory;
  readonly #space: Space;
  readonly #isLive: (address: number) => boolean;
  readonly #indices = new AddressTable();
  readonly #obType: number;
  readonly #tpFlags: number;

  /** `isLive`: whether the object at an address may be alive, which it is not in a free block. */
  constructor(memory: TypeMemory, isLive: (address: number) => boolean) {
    this.#memory = memory;
    this.#space = memory.space;
    this.#isLive = isLive;
    this.#obType = memory.layout.object.ob_type;
    this.#tpFlags = memory.layout.type.tp_flags;
  }

  /** The type object at `address`, which may be any word; `null` if none is there. */
  at(address: number): PyType | null {
    if (address < LOWEST || (address & 3) !== 0) return null;
    const index = this.#indices.get(address);
    if (index >= 0) return this.list[index];
    return this.#isType(address, MAX_METATYPES) ? this.#read(address) : null;
  }

  /** A type's own type is `type`, or a type whose instances are types. */
  #isType(address: number, depth: number): boolean {
    const space = this.#space;
    const { typeType, typeNames } = this.#memory;
    if ((space.uint32(address + this.#tpFlags) & flag.READY) === 0) return false;
    if (address === typeType) return true;
    const meta = space.word(address + this.#obType);
    if (meta !== typeType) {
      if (depth === 0 || meta < LOWEST || (meta & 3) !== 0 || meta === address) return false;
      if ((space.uint32(meta + this.#tpFlags) & flag.TYPE_SUBCLASS) === 0 || !this.#isType(meta, depth - 1))
        return false;
    }
    const { type, wordBytes } = this.#memory.layout;
    const basicsize = space.word(address + type.tp_basicsize);
    const isPlausible =
      basicsize >= 2 * wordBytes &&
      basicsize < MAX_BASICSIZE &&
      space.word(address + type.tp_itemsize) < MAX_ITEMSIZE &&
      (typeNames !== null || space.has(space.word(address + type.tp_name), 1));
    return isPlausible && this.#isLive(address);
  }

  #read(address: number): PyType {
    const space = this.#space;
    const { layout, typeNames } = this.#memory;
    const { type, minor, wordBytes, gcHead } = layout;
    const flags = space.uint32(address + type.tp_flags);
    const isGc = (flags & flag.HAVE_GC) !== 0;
    const preHeader = minor >= 12 ? flag.MANAGED_DICT | flag.MANAGED_WEAKREF : minor === 11 ? flag.MANAGED_DICT : 0;
    const preHeaderBytes = (flags & preHeader) !== 0 ? 2 * wordBytes : 0;
    const base = space.word(address + type.tp_base);
    const signed = (offset: number): number => space.uint32(address + offset) | 0;
    const read = {
      address,
      name: cString(space, space.word(address + type.tp_name)) || (typeNames?.get(address) ?? ""),
      flags,
      basicsize: space.word(address + type.tp_basicsize),
      itemsize: space.word(address + type.tp_itemsize),
      weaklistoffset: signed(type.tp_weaklistoffset),
      dictoffset: signed(type.tp_dictoffset),
      base: base === address ? null : this.at(base),
      hasDict: (flags & flag.MANAGED_DICT) !== 0 || signed(type.tp_dictoffset) < 0,
      isGc,
      isHeapType: (flags & flag.HEAPTYPE) !== 0,
      isMetatype: (flags & flag.TYPE_SUBCLASS) !== 0,
      headerBytes: (isGc ? gcHead.size : 0) + preHeaderBytes,
      preHeaderBytes,
    };
    // After the base, which may have given itself a number.
    const found: PyType = { ...read, index: this.list.length, body: bodyPlan(space, layout, read) };
    this.list.push(found);
    this.#indices.set(address, found.index);
    return found;
  }
}
