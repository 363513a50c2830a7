/**
 * Which blocks are objects.
 *
 *     a block     ┌─ managed dict, weakrefs ─┬─ PyGC_Head ─┬─ ob_refcnt ─ ob_type ─ … ┐
 *     an object   │   if the type has them   │  likewise   │                          │
 *                 └──────────────────────────┴─────────────┴──────────────────────────┘
 *
 * A block is an object if the word at `ob_type` is a type object whose instances start where this one does, its reference count is one, the
 * links of the collector agree, and it is long enough.
 */
import { AddressTable } from "./addresstable.js";
import { FLAG, KIND, type Nodes } from "./nodes.js";
import type { PythonMemory } from "./pythonmemory.js";
import { type PyType, SHAPE } from "./pytype.js";
import type { PyTypes } from "./pytypes.js";
import { Refcounts } from "./refcounts.js";
import { headerSizes, isAllocatedType, objectBytes } from "./sizes.js";

/** The two low bits of `_gc_next` and `_gc_prev` are flags; the second of `_gc_prev` says that a collection keeps a count there. */
export const GC_FLAGS = 3;
const GC_COLLECTING = 2;
/** `gc_refs` of 3.7, shifted by the bit that says whether a finalizer was called: `_PyGC_REFS_UNTRACKED`, with that bit. */
const UNTRACKED_37 = 0xffff_fffd;
/** On 64 bits, a float takes three words, and a block is a multiple of two. */
const FLOAT_BLOCK_BYTES = 32;
/** More references than anything has that is being collected. */
const MAX_GC_COUNT = 2 ** 40;

export class Decoder {
  readonly refcounts: Refcounts;
  readonly #memory: PythonMemory;
  readonly #nodes: Nodes;
  readonly #types: PyTypes;
  readonly #freeListed = new AddressTable();
  readonly #headers: readonly number[];
  /** Whether objects are passed over that are older than what is asked about. */
  skipsOlder = false;

  constructor(memory: PythonMemory, nodes: Nodes, types: PyTypes, freeListed: readonly number[]) {
    this.refcounts = new Refcounts(memory.space, memory.layout);
    this.#memory = memory;
    this.#headers = headerSizes(memory.layout);
    this.#nodes = nodes;
    this.#types = types;
    for (const address of freeListed) this.#freeListed.set(address, 1);
  }

  /** Gives every block of the pools its kind: object, on a free list, or unknown so far. */
  decodeBlocks(): void {
    const { space, layout } = this.#memory;
    const { wordBytes, object, minor } = layout;
    const headers = this.#headers;
    const floats: number[] = [];
    const types = this.#types;
    this.#nodes.blocks.forEach((node, block, size) => {
      for (const header of headers) {
        if (header + 2 * wordBytes > size) break;
        const address = block + header;
        const isFree = this.#freeListed.get(address) >= 0;
        if (isFree) this.#nodes.kinds[node] = KIND.FREE_LIST;
        const type = types.at(space.word(address + object.ob_type));
        if (type === null || type.headerBytes !== header) continue;
        if (isFree || (minor < 14 && this.#isFreed(address, type, size - header))) {
          this.#nodes.kinds[node] = KIND.FREE_LIST;
          this.#nodes.addresses[node] = address;
          this.#nodes.types[node] = type.index;
          if (isFree) return;
          continue; // what was here before may look like that
        }
        // Until 3.10 a code keeps a freed frame for its next call: it refers to where the object was.
        if (minor < 11 && type.body.shape === SHAPE.FRAME && space.word(address) === 0)
          this.#nodes.addresses[node] = address;
        if (!this.#fits(address, type, size - header) || !this.#isObject(address, type)) continue;
        this.become(node, address, type);
        return;
      }
      if (minor < 14 && this.#nodes.kinds[node] === KIND.UNKNOWN && this.#isFreedFloat(block, size)) floats.push(node);
    });
    const float = types.list.find(({ name, isHeapType }) => name === "float" && !isHeapType);
    for (const node of floats) {
      this.#nodes.kinds[node] = KIND.FREE_LIST;
      this.#nodes.types[node] = float?.index ?? -1;
    }
  }

  /** Until 3.13: whether a freed object lies at `address`. A frame that is freed may belong to its code. */
  #isFreed(address: number, type: PyType, available: number): boolean {
    return (
      this.#memory.space.word(address) === 0 &&
      type.basicsize - this.#memory.layout.wordBytes <= available &&
      type.body.shape !== SHAPE.FRAME
    );
  }

  /** Until 3.13 a freed float has the address of the next in place of its type. */
  #isFreedFloat(block: number, size: number): boolean {
    const { space, layout } = this.#memory;
    if (size !== FLOAT_BLOCK_BYTES || space.word(block) !== 0) return false;
    const next = space.word(block + layout.object.ob_type);
    const node = next === 0 ? -1 : this.#nodes.blocks.at(next);
    return next === 0 || (node >= 0 && this.#nodes.sizes[node] === size && this.#nodes.addresses[node] === next);
  }

  /** Makes `node` the object of `type` at `address`. */
  become(node: number, address: number, type: PyType): void {
    const nodes = this.#nodes;
    const count = this.refcounts.at(address);
    nodes.addresses[node] = address;
    nodes.kinds[node] = KIND.OBJECT;
    nodes.types[node] = type.index;
    nodes.refcounts[node] = count;
    nodes.owners[node] = -1;
    if (this.refcounts.isImmortal(count)) nodes.flags[node] |= FLAG.IMMORTAL;
  }

  /** Adds the object at an address outside of pools that has no node; −1 if none is there. */
  addOutside(address: number): number {
    const { space, layout, raw } = this.#memory;
    if ((address & 3) !== 0 || this.#nodes.blocks.isInPool(address)) return -1;
    if (this.skipsOlder && this.#headers.every((header) => this.skips(address - header))) return -1;
    const type = this.#types.at(space.word(address + layout.object.ob_type));
    if (type === null || this.#freeListed.get(address) >= 0) return -1;
    const isType = type.body.shape === SHAPE.TYPE;
    const bytes = objectBytes(space, layout, address, type);
    const header = isType && !isAllocatedType(space, layout, address) ? 0 : type.headerBytes;
    if (this.skips(address - header)) return -1;
    const allocated = raw.sizeAt(address - header);
    const isAllocated = allocated >= header + bytes - layout.wordBytes;
    // A type that is no part of an allocated block is static data of a library that was loaded later.
    const isStatic = !isAllocated && (this.#isStatic(address) || (isType && header === 0));
    if (isStatic ? !this.#isCount(address) : !isAllocated || !this.#isObject(address, type)) return -1;
    const node = this.#nodes.add(address, isAllocated ? allocated : bytes, KIND.OBJECT);
    this.become(node, address, type);
    if (isStatic) this.#nodes.flags[node] |= FLAG.STATIC;
    return node;
  }

  /** Whether the block at an address outside of pools is passed over. */
  skips(block: number): boolean {
    return this.skipsOlder && this.#memory.asked?.has(block) === false;
  }

  #isStatic(address: number): boolean {
    return this.#memory.statics.some(({ start, end }) => address >= start && address < end);
  }

  /** Whether the object of `type` at `address`, which fits its block, is one and alive. */
  #isObject(address: number, type: PyType): boolean {
    if (this.refcounts.at(address) === 0) return false;
    if (type.isGc) {
      const isLinked = this.#isLinked(address, type);
      if (isLinked !== null) return isLinked;
    }
    // A row of pointers has no length that fits.
    return (!type.isGc && hasLength(type)) || this.#isCount(address);
  }

  /** Whether an object of `type` may lie in `available` bytes. */
  #fits(address: number, type: PyType, available: number): boolean {
    const { space, layout } = this.#memory;
    // A naive datetime lacks the word for its time zone.
    const least = type.body.shape === SHAPE.STR ? layout.str.asciiSize : type.basicsize - layout.wordBytes;
    if (least > available) return false;
    return type.isGc || !hasLength(type) || objectBytes(space, layout, address, type) <= available;
  }

  /**
   * Whether the word at `ob_refcnt` is a count. In a row of pointers, such as the items of a list, it is the address of an object; the word
   * after it may be a type all the same. A freed object has 0 there, or a link to another of its type.
   */
  #isCount(address: number): boolean {
    if (this.refcounts.at(address) === 0) return false;
    const { space, layout } = this.#memory;
    const word = space.word(address);
    return (word & 3) !== 0 || this.#types.at(space.word(word + layout.object.ob_type)) === null;
  }

  /** Whether the collector's links of an object lead back to it; `null` if it has none, or the collector does not track it. */
  #isLinked(address: number, type: PyType): boolean | null {
    const { space, layout } = this.#memory;
    const head = address - layout.gcHead.size;
    // In 3.7 the links of what is not tracked are old ones.
    if (layout.minor === 7 && (space.uint32(head + 2 * layout.wordBytes) | 1) >>> 0 === UNTRACKED_37) return null;
    const next = space.word(head);
    if (next - (next & GC_FLAGS) === 0) return null;
    // Static types have no head: nothing before them belongs to them.
    if (type.body.shape === SHAPE.TYPE && !isAllocatedType(space, layout, address)) return null;
    const back = space.word(next - (next & GC_FLAGS) + layout.wordBytes);
    return back - (back & GC_FLAGS) === head || ((back & GC_COLLECTING) !== 0 && back < MAX_GC_COUNT);
  }
}

/** Whether each object of the type has a length of its own, which says how many bytes it takes. */
const hasLength = (type: PyType): boolean => type.itemsize > 0 || type.body.shape === SHAPE.STR;
