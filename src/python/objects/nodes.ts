/**
 * Everything that lies in memory, numbered: live blocks of pools first, in order of address within each pool, then objects and data outside of
 * pools as they are found. A column for each property, a few bytes a node.
 */
import { AddressTable } from "./addresstable.js";
import { grown } from "./columns.js";
import type { LiveBlocks } from "./pools.js";

/** What a node is: the values of `Nodes.kinds`. */
export const KIND = {
  /** A block that no layout explains and nothing that is known leads to. */
  UNKNOWN: 0,
  OBJECT: 1,
  /** What an object owns beside itself: items, tables, buffers. */
  DATA: 2,
  /** A freed object that its type keeps for the next one, or a dict's table likewise. */
  FREE_LIST: 3,
  /** A running frame, or the state of a thread or an interpreter: they hold objects and are none. */
  STATE: 4,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Bits of `Nodes.flags`. */
export const FLAG = {
  /** Never freed: its reference count is not counted. */
  IMMORTAL: 1,
  /** Part of the program's data: nobody allocated it. */
  STATIC: 2,
  /** A module, its dict, or `sys.modules`. */
  NAMESPACE: 4,
  /** Outside of pools. */
  OUTSIDE: 8,
  /** Data whose owner's layout says what it is. */
  EXPLAINED: 16,
} as const;

const NONE = -1;

export class Nodes {
  /** Nodes there are; the columns may be longer. */
  count: number;
  /** Of an object, of its `ob_refcnt`, which is what `id` returns; otherwise of the first byte. */
  addresses: Float64Array;
  /** Bytes of the block; of what is static, those of the object itself. */
  sizes: Float64Array;
  kinds: Uint8Array;
  /** Position in the list of types of an object's type; −1 if it is no object. */
  types: Int32Array;
  /** `ob_refcnt`, at most 2^32 − 1; 0 if it is no object. */
  refcounts: Uint32Array;
  /** The node that owns data; −1 if nobody is known. */
  owners: Int32Array;
  flags: Uint8Array;
  readonly blocks: LiveBlocks;
  readonly #outside = new AddressTable();

  constructor(blocks: LiveBlocks) {
    const capacity = blocks.count + (1 << 16);
    this.blocks = blocks;
    this.count = blocks.count;
    this.addresses = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.kinds = new Uint8Array(capacity);
    this.types = new Int32Array(capacity).fill(NONE);
    this.refcounts = new Uint32Array(capacity);
    this.owners = new Int32Array(capacity).fill(NONE);
    this.flags = new Uint8Array(capacity);
    blocks.forEach((block, address, size) => {
      this.addresses[block] = address;
      this.sizes[block] = size;
    });
  }

  /** The node whose address this is; −1 if there is none. */
  at(address: number): number {
    const block = this.blocks.at(address);
    if (block >= 0) return this.addresses[block] === address ? block : NONE;
    return this.#outside.get(address);
  }

  /** Whether the layout of an owner says what the data of `node` is. */
  isExplained(node: number): boolean {
    return (this.flags[node] & FLAG.EXPLAINED) !== 0;
  }

  /** Adds a node outside of pools at an address that has none. */
  add(address: number, size: number, kind: Kind): number {
    const node = this.count++;
    if (node === this.addresses.length) this.#grow();
    this.addresses[node] = address;
    this.sizes[node] = size;
    this.kinds[node] = kind;
    this.flags[node] = FLAG.OUTSIDE;
    this.#outside.set(address, node);
    return node;
  }

  #grow(): void {
    const capacity = Math.ceil(this.addresses.length * 1.5);
    this.addresses = grown(this.addresses, new Float64Array(capacity));
    this.sizes = grown(this.sizes, new Float64Array(capacity));
    this.kinds = grown(this.kinds, new Uint8Array(capacity));
    this.types = grown(this.types, new Int32Array(capacity).fill(NONE));
    this.refcounts = grown(this.refcounts, new Uint32Array(capacity));
    this.owners = grown(this.owners, new Int32Array(capacity).fill(NONE));
    this.flags = grown(this.flags, new Uint8Array(capacity));
  }
}
