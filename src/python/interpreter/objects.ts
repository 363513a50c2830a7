/**
 * What the live blocks of an attached heap are to Python.
 *
 *     a block     ┌─ managed dict, weakrefs ─┬─ PyGC_Head ─┬─ ob_refcnt ─ ob_type ─ … ┐
 *     an object   │   where the type has them │  likewise   │                          │
 *                 └───────────────────────────┴─────────────┴──────────────────────────┘
 *
 * A block is called an object only if the word at `ob_type` is a type object and the type's objects start where this one does. A block
 * that starts where a pointer in an object points, and is none itself, is data of that object: list items, dict tables, buffers;
 * and so on from data to data. What is left is unknown: it is held by the interpreter's own state, or by other memory outside the arenas.
 */
import { BlockSlots } from "../../inspect/blockslots.js";
import type { SourceLine } from "../../trace/recordedrun.js";
import type { AttachedHeap } from "./attach.js";
import { freeLists } from "./freelists.js";
import { type Generation, generations } from "./generations.js";
import { OB_TYPE, type PyType, PyTypes, TYPE_OBJECT_BYTES } from "./pytypes.js";
import type { Request } from "./recording.js";
import { tracedLine } from "./tracedline.js";

/** `free-list`: an object that its type keeps for the next one, or a dict's table likewise. */
export type BlockKind = "object" | "data" | "free-list" | "unknown";

export interface TypedBlock {
  readonly address: number;
  /** Bytes; the size of its class. */
  readonly size: number;
  readonly kind: BlockKind;
  /** The object's type, or that of the object whose data it is; `null` when unknown. */
  readonly type: string | null;
  /** Of an object: `ob_refcnt`; else `null`. */
  readonly refcount: number | null;
  /** Of an object of a type that the collector knows: whether it is tracked; else `null`. */
  readonly isTracked: boolean | null;
  /** Of a tracked object, where that can be read. */
  readonly generation: Generation | null;
  /** What was asked for, where that was recorded. */
  readonly request: Request | null;
  /** The line that asked for it, where that was recorded, or `tracemalloc` traces. */
  readonly line: SourceLine | null;
}

const KINDS: readonly BlockKind[] = ["unknown", "object", "data", "free-list"];
const [UNKNOWN, OBJECT, DATA, FREE_LIST] = [0, 1, 2, 3];
const HEADER_BYTES = [0, 8, 16];
const GC_HEAD_BYTES = 8;
/** A compact ASCII string without its text: the least of a string. */
const ASCII_OBJECT_BYTES = 20;

/** One look at all live blocks, with what was recorded up to now. Good until the interpreter runs again. */
export class PythonObjects {
  readonly slots: BlockSlots;
  readonly #heap: AttachedHeap;
  readonly #types: PyTypes;
  readonly #typeList: PyType[] = [];
  readonly #typeNumbers = new Map<PyType, number>();
  readonly #kinds: Uint8Array;
  /** Of an object or data: one more than the number of its type. */
  readonly #typeOf: Uint16Array;
  #generations: Map<number, Generation> | null = null;

  constructor(heap: AttachedHeap) {
    heap.flush();
    this.#heap = heap;
    this.slots = new BlockSlots(heap.snapshot(), heap.core);
    this.#types = new PyTypes(heap.interpreter, (address) => this.#mayBeLive(address));
    this.#kinds = new Uint8Array(this.slots.count);
    this.#typeOf = new Uint16Array(this.slots.count);
    this.#findObjects();
    this.#findData();
  }

  /** Name of the type of a block, or of its owner; `null` when unknown. */
  typeName(slot: number): string | null {
    return this.#typeOf[slot] === 0 ? null : this.#typeList[this.#typeOf[slot] - 1].name;
  }

  kind(slot: number): BlockKind {
    return KINDS[this.#kinds[slot]];
  }

  /** A number that blocks have in common that are of one kind and of one type. */
  group(slot: number): number {
    return (this.#typeOf[slot] << 2) | this.#kinds[slot];
  }

  /** What a group's blocks have in common. `object`: their type, where they are objects. */
  groupOf(group: number): { readonly kind: BlockKind; readonly type: string | null; readonly object: PyType | null } {
    const type = group < 4 ? null : this.#typeList[(group >>> 2) - 1];
    return { kind: KINDS[group & 3], type: type?.name ?? null, object: (group & 3) === OBJECT ? type : null };
  }

  /** What the object in the live block of `slot`, at `address`, is to the interpreter; `null` for what is none. */
  state(slot: number, address: number): Pick<TypedBlock, "refcount" | "isTracked" | "generation"> | null {
    const type = this.#objectAt(slot);
    if (type === null) return null;
    const head = type.isGc ? address + type.headerBytes - GC_HEAD_BYTES : 0;
    return {
      refcount: this.#heap.core.read(address + type.headerBytes),
      isTracked: head === 0 ? null : this.#heap.core.read(head) !== 0,
      generation: head === 0 ? null : (this.#tracked.get(head) ?? null),
    };
  }

  /**
   * All that is known of the live block at `address`, which is where the block starts or where the object in it does: what Python's `id`
   * gives. `null` when there is none.
   */
  block(address: number): TypedBlock | null {
    for (const headerBytes of HEADER_BYTES) {
      const slot = this.slots.slotAt(address - headerBytes);
      if (slot < 0 || !this.slots.isLive(slot)) continue;
      if (headerBytes === 0 || this.#objectAt(slot)?.headerBytes === headerBytes)
        return this.#block(slot, address - headerBytes);
    }
    return null;
  }

  #block(slot: number, address: number): TypedBlock {
    const { recording, sites, interpreter, core } = this.#heap;
    const request = recording?.request(address) ?? null;
    const traced = request === null && core.offsets !== null ? tracedLine(interpreter, address) : null;
    const size = this.slots.sizeOf(slot);
    const type = this.#typeOf[slot] === 0 ? null : this.#typeList[this.#typeOf[slot] - 1];
    const state = this.state(slot, address);
    return {
      address,
      size,
      kind: this.kind(slot),
      type: type?.name ?? null,
      refcount: state?.refcount ?? null,
      isTracked: state?.isTracked ?? null,
      generation: state?.generation ?? null,
      request,
      line: request && sites ? sites.line(request.site) : traced,
    };
  }

  /** Every live block, by arena and address. */
  *blocks(): Generator<TypedBlock> {
    const live: [slot: number, address: number][] = [];
    this.slots.forEachLive((slot, address) => live.push([slot, address]));
    for (const [slot, address] of live) yield this.#block(slot, address);
  }

  /** Type of the object in the block of `slot`; `null` where there is none. */
  #objectAt(slot: number): PyType | null {
    return this.#kinds[slot] === OBJECT ? (this.#typeList[this.#typeOf[slot] - 1] ?? null) : null;
  }

  /** The generation of each tracked object, by its `PyGC_Head`; those outside the arenas too. */
  get #tracked(): ReadonlyMap<number, Generation> {
    const { offsets } = this.#heap.core;
    this.#generations ??= offsets === null ? new Map() : generations(this.#heap.interpreter, offsets);
    return this.#generations;
  }

  /** A type object may be one that nobody allocated; if it lies in a pool, the block must be in use. */
  #mayBeLive(address: number): boolean {
    const slot = this.slots.slotAt(address - 8); // behind its PyGC_Head
    return slot >= 0 ? this.slots.isLive(slot) : !this.slots.isInPool(address);
  }

  #findObjects(): void {
    const { words, offsets } = this.#heap.core;
    const kept = offsets === null ? new Set<number>() : freeLists(this.#heap.interpreter, offsets);
    this.slots.forEachLive((slot, address, size) => {
      for (const header of HEADER_BYTES) {
        if (header + 8 > size) return;
        const at = (address + header) / 4;
        const isKept = kept.has(address + header);
        if (isKept) this.#kinds[slot] = FREE_LIST;
        const type = this.#types.at(words[at + OB_TYPE / 4]);
        if (type === null || type.headerBytes !== header) continue;
        if (header + (type.isCompact ? ASCII_OBJECT_BYTES : type.basicsize) > size) continue;
        if (!isKept && !this.#isCount(words[at], words)) continue;
        this.#kinds[slot] = isKept ? FREE_LIST : OBJECT;
        this.#typeOf[slot] = this.#numberOf(type);
        return;
      }
    });
  }

  /**
   * Whether `word` may be the reference count of a live object. A row of pointers, such as the items of a list, has an address there; the
   * word after it may be a type all the same, one in the list or one that an object left behind.
   */
  #isCount(word: number, words: Uint32Array): boolean {
    if (word === 0 || this.slots.isInPool(word)) return false;
    return (
      (word & 3) !== 0 || word + OB_TYPE >= words.byteLength || this.#types.at(words[(word + OB_TYPE) / 4]) === null
    );
  }

  #numberOf(type: PyType): number {
    const known = this.#typeNumbers.get(type);
    if (known !== undefined) return known;
    this.#typeList.push(type);
    this.#typeNumbers.set(type, this.#typeList.length);
    return this.#typeList.length;
  }

  /** Follows pointers out of objects to blocks that are none. Tracked objects and type objects are asked wherever they lie. */
  #findData(): void {
    const words = this.#heap.core.words;
    const found: [address: number, size: number, type: number][] = [];
    const scan = (from: number, to: number, type: number): void => {
      for (let at = from / 4; at < to / 4; at++) {
        const slot = this.slots.slotAt(words[at]);
        if (slot < 0 || this.#kinds[slot] !== UNKNOWN || !this.slots.isLive(slot)) continue;
        this.#kinds[slot] = DATA;
        this.#typeOf[slot] = type;
        found.push([words[at], this.slots.sizeOf(slot), type]);
      }
    };
    this.slots.forEachLive((slot, address, size) => {
      const type = this.#typeOf[slot];
      if (this.#kinds[slot] === OBJECT && !this.#typeList[type - 1].isValue) scan(address, address + size, type);
    });
    for (const head of this.#tracked.keys()) {
      const object = head + GC_HEAD_BYTES;
      const type = this.slots.isInPool(object) ? null : this.#types.at(words[(object + OB_TYPE) / 4]);
      if (type) scan(object, object + type.basicsize, this.#numberOf(type));
    }
    for (const { address } of [...this.#types.seen()]) {
      const meta = this.#types.at(words[(address + OB_TYPE) / 4]);
      if (meta) scan(address, address + Math.min(meta.basicsize, TYPE_OBJECT_BYTES * 4), this.#numberOf(meta));
    }
    for (let next = found.pop(); next; next = found.pop()) scan(next[0], next[0] + next[1], next[2]);
  }
}
