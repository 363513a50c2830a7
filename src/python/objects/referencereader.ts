/** From words in memory to edges between nodes: whether a word refers to an object, owns data, or is neither. */
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";
import type { Decoder } from "./decode.js";
import { type EdgeRows, LEVEL, type Level } from "./edges.js";
import { FLAG, KIND, type Nodes } from "./nodes.js";
import type { PythonMemory } from "./pythonmemory.js";
import type { PyType } from "./pytype.js";
import type { PyTypes } from "./pytypes.js";
import { headerSizes } from "./sizes.js";

export class ReferenceReader {
  readonly space: Space;
  readonly layout: Layout;
  /** Data that no layout explains, found in objects: its words are read last. */
  readonly opaque: number[] = [];
  /** Tables of keys whose keys are not read yet. */
  readonly keyTables: number[] = [];
  readonly nodes: Nodes;
  readonly #types: PyTypes;
  readonly #memory: PythonMemory;
  readonly #decoder: Decoder;
  readonly #rows: EdgeRows;
  /** Whether references between objects are passed over, and only data is found that objects own. */
  findsDataOnly = false;
  /** The object that owns what is found. */
  #owner = 0;

  constructor(memory: PythonMemory, nodes: Nodes, types: PyTypes, decoder: Decoder, rows: EdgeRows) {
    this.space = memory.space;
    this.layout = memory.layout;
    this.nodes = nodes;
    this.#types = types;
    this.#memory = memory;
    this.#decoder = decoder;
    this.#rows = rows;
  }

  /** What is found from here on goes out of `node`, and data found belongs to `owner`. */
  begin(node: number, owner = node): void {
    this.#rows.begin(node);
    this.#owner = owner;
  }

  /** The node of the object at `address`, which may be any word; −1 if none is there. */
  objectAt(address: number): number {
    if (address === 0) return -1;
    const node = this.nodes.at(address);
    if (node >= 0) return this.nodes.kinds[node] === KIND.OBJECT ? node : -1;
    return this.#decoder.addOutside(address);
  }

  /** The node of the object that lies in the block at `block`, older or not; −1 if none does. */
  objectIn(block: number): number {
    let node = -1;
    for (const header of headerSizes(this.layout)) if (node < 0) node = this.olderObjectAt(block + header);
    return node;
  }

  /** As `objectAt`, whether the object is older or not. */
  olderObjectAt(address: number): number {
    const { skipsOlder } = this.#decoder;
    this.#decoder.skipsOlder = false;
    const node = this.objectAt(address);
    this.#decoder.skipsOlder = skipsOlder;
    return node;
  }

  /** The type of the object `node`. */
  typeOf(node: number): PyType | null {
    return this.#types.list[this.nodes.types[node]] ?? null;
  }

  /** A reference, or 0. */
  refer(address: number, level: Level = LEVEL.LAYOUT): void {
    if (this.findsDataOnly) return;
    const node = this.objectAt(address);
    if (node >= 0) this.#rows.add(node, level);
  }

  /** `length` references, one after the other. */
  referAll(start: number, length: number): void {
    if (this.findsDataOnly) return;
    const { wordBytes } = this.layout;
    for (let i = 0, at = start; i < length; i++, at += wordBytes) this.refer(this.space.word(at));
  }

  /**
   * The block at `address` is data of the owner, as a layout says: `bytes` are used of it. Returns its node; −1 if nobody allocated
   * anything there.
   */
  own(address: number, bytes: number): number {
    const node = this.#dataAt(address, bytes);
    if (node < 0) return -1;
    if (!this.nodes.isExplained(node)) {
      this.nodes.flags[node] |= FLAG.EXPLAINED;
      this.nodes.owners[node] = this.#owner;
      this.#rows.clear(node); // what its words seemed to refer to
    }
    this.#rows.add(node, LEVEL.LAYOUT);
    return node;
  }

  /** The words from `start` up to `end`: objects, and blocks that are no objects, which thereby belong to the owner. */
  scan(start: number, end: number, level: Level): void {
    const { wordBytes } = this.layout;
    for (let at = start; at + wordBytes <= end; at += wordBytes) this.scanWord(this.space.word(at), level);
  }

  scanWord(word: number, level: Level): void {
    if (word < LOWEST || (word & 3) !== 0) return;
    const { nodes } = this;
    let node = nodes.at(word);
    if (node < 0) {
      if (nodes.blocks.isInPool(word)) return;
      node = this.#decoder.addOutside(word);
      if (node < 0) node = this.#addOpaque(word);
      if (node < 0) return;
    }
    const kind = nodes.kinds[node];
    if (kind === KIND.FREE_LIST || kind === KIND.STATE) return;
    if (kind === KIND.UNKNOWN && this.#owner >= 0) this.#take(node);
    this.#rows.add(node, level);
  }

  /** Reads what refers out of data that no layout explains, and out of what that leads to. */
  readOpaque(): void {
    for (let node = this.opaque.pop(); node !== undefined; node = this.opaque.pop()) {
      if (this.nodes.isExplained(node)) continue; // what refers to it was read before its owner was
      this.begin(node, this.nodes.owners[node]);
      const start = this.nodes.addresses[node];
      this.scan(start, start + this.nodes.sizes[node], LEVEL.DATA);
    }
  }

  /** A block of the raw allocator that is no object. A link of the collector leads to the start of an object's block. */
  #addOpaque(address: number): number {
    const bytes = this.#memory.raw.sizeAt(address);
    if (bytes === 0 || this.#decoder.skips(address)) return -1;
    for (const header of headerSizes(this.layout)) {
      if (header === 0) continue;
      const node = this.objectAt(address + header);
      if (node >= 0 && this.#types.list[this.nodes.types[node]].headerBytes === header) return -1;
    }
    const node = this.nodes.add(address, bytes, KIND.UNKNOWN);
    if (this.#owner >= 0) this.#take(node);
    return node;
  }

  #take(node: number): void {
    this.nodes.kinds[node] = KIND.DATA;
    this.nodes.owners[node] = this.#owner;
    this.opaque.push(node);
  }

  /** The node of data at `address`, made one if need be. */
  #dataAt(address: number, bytes: number): number {
    if (address === 0) return -1;
    const { nodes } = this;
    const block = nodes.blocks.at(address);
    if (block >= 0) {
      const isGuess = nodes.kinds[block] === KIND.FREE_LIST && this.layout.minor < 14 && nodes.types[block] >= 0;
      if (nodes.kinds[block] === KIND.OBJECT || isGuess) return this.#undoObject(block, address);
      if (nodes.addresses[block] !== address) return -1;
      if (nodes.kinds[block] === KIND.FREE_LIST && this.layout.minor >= 14) return -1;
      nodes.kinds[block] = KIND.DATA;
      return block;
    }
    if (nodes.blocks.isInPool(address)) return -1;
    const known = nodes.at(address);
    if (known >= 0) {
      if (nodes.kinds[known] === KIND.UNKNOWN) nodes.kinds[known] = KIND.DATA;
      return nodes.kinds[known] === KIND.DATA ? known : -1;
    }
    const allocated = this.#memory.raw.sizeAt(address);
    return allocated < bytes ? -1 : nodes.add(address, allocated, KIND.DATA);
  }

  /** An owner knows better what its block is: by chance, the block looked like an object. */
  #undoObject(block: number, address: number): number {
    const { nodes } = this;
    const type = this.#types.list[nodes.types[block]];
    if (nodes.addresses[block] - type.headerBytes !== address) return -1;
    nodes.addresses[block] = address;
    nodes.kinds[block] = KIND.DATA;
    nodes.types[block] = -1;
    nodes.refcounts[block] = 0;
    nodes.flags[block] &= ~FLAG.IMMORTAL;
    this.#rows.clear(block);
    return block;
  }
}

/** Nothing that is allocated lies below. */
const LOWEST = 1024;
