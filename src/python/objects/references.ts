/** The references of each node, and with them the objects and data outside of pools, which references lead to. */
import {
  ownTable,
  readBuffer,
  readDatetime,
  readDeque,
  readDict,
  readKeys,
  readList,
  readSet,
  readStr,
  readTuple,
} from "./containers.js";
import { type Decoder, GC_FLAGS } from "./decode.js";
import { EdgeRows, LEVEL, type References } from "./edges.js";
import { readFrame, readFrameObject, readGenerator } from "./executions.js";
import { instanceDict, instanceValues } from "./instancedict.js";
import { addLeading } from "./leadingobjects.js";
import { KIND, type Nodes } from "./nodes.js";
import { AddressBits, olderHolders } from "./olderholders.js";
import type { PythonMemory } from "./pythonmemory.js";
import { type PyType, SHAPE } from "./pytype.js";
import type { PyTypes } from "./pytypes.js";
import { ReferenceReader } from "./referencereader.js";
import type { RunningFrame } from "./runningframes.js";
import { headerSizes, objectBytes } from "./sizes.js";
import { readModule, readType } from "./typereferences.js";

/** What lies in the states of interpreters and threads, and is no object. */
export interface States {
  /** Address and bytes of each. */
  readonly states: readonly (readonly [address: number, bytes: number])[];
  readonly frames: readonly RunningFrame[];
  /** The dicts of static types, by address of the type. */
  readonly staticTypeDicts: ReadonlyMap<number, number>;
  /** Addresses of the dicts of interned strings. */
  readonly interned: ReadonlySet<number>;
}

/**
 * Which objects are read: `all`; those that are asked about and those that lead to them, `leading`; or those that are asked about and whatever
 * owns a block of them, `asked`, with no references between objects. The last two are the same as `all` where everything is asked about.
 */
export type Scope = "all" | "leading" | "asked";

export class ReferencePass {
  readonly #memory: PythonMemory;
  readonly #nodes: Nodes;
  readonly #types: PyTypes;
  readonly #decoder: Decoder;
  readonly #states: States;
  readonly #rows: EdgeRows;
  readonly #reader: ReferenceReader;
  #outside: readonly number[] | null = null;

  constructor(memory: PythonMemory, nodes: Nodes, types: PyTypes, decoder: Decoder, states: States) {
    this.#memory = memory;
    this.#nodes = nodes;
    this.#types = types;
    this.#decoder = decoder;
    this.#states = states;
    this.#rows = new EdgeRows(nodes.addresses.length);
    this.#reader = new ReferenceReader(memory, nodes, types, decoder, this.#rows);
  }

  run(scope: Scope): References {
    this.#decoder.skipsOlder = scope !== "all";
    const nodes = this.#nodes;
    const reader = this.#reader;
    reader.findsDataOnly = scope === "asked";
    let next = 0;
    const readObjects = (): void => {
      for (; next < nodes.count; next++) if (nodes.kinds[next] === KIND.OBJECT) this.#readObject(next);
    };
    const readAll = (): void => {
      let before: number;
      do {
        before = nodes.count;
        readObjects();
        for (const { address } of this.#types.list) reader.objectAt(address);
        this.#readKeyTables();
        if (nodes.count === before) reader.readOpaque();
      } while (nodes.count > before || reader.opaque.length > 0 || reader.keyTables.length > 0);
    };
    const states = this.#states.states.map(([address, bytes]) => nodes.add(address, bytes, KIND.STATE));
    if (scope !== "all") for (const block of this.#askedOutside()) this.#reader.objectIn(block);
    if (scope === "leading") addLeading(this.#memory, reader, this.#askedOutside());
    this.#addFrames(); // what they hold is a node by now, if it counts
    readAll();
    // After the objects, so that data that objects own is theirs.
    for (const state of states) this.#readState(state);
    readAll();
    if (scope === "asked") {
      this.#readOlderHolders();
      readAll();
    }
    this.#readUnknown(nodes.blocks.count);
    readAll();
    return this.#rows.references(nodes.count);
  }

  /** Blocks outside of pools that are asked about: no reference need lead to the objects in them. */
  #askedOutside(): readonly number[] {
    if (this.#outside === null) {
      const outside: number[] = [];
      this.#memory.asked?.forEach((block) => {
        if (!this.#nodes.blocks.isInPool(block)) outside.push(block);
      });
      this.#outside = outside;
    }
    return this.#outside;
  }

  #readKeyTables(): void {
    const { keyTables, nodes } = this.#reader;
    for (let node = keyTables.pop(); node !== undefined; node = keyTables.pop()) {
      this.#reader.begin(node);
      readKeys(this.#reader, nodes.addresses[node]);
    }
  }

  #addFrames(): void {
    for (const { address, isInObject } of this.#states.frames) {
      if (isInObject) continue; // the object has the references of its frame
      this.#reader.begin(this.#nodes.add(address, 0, KIND.STATE));
      readFrame(this.#reader, address);
    }
  }

  #readState(state: number): void {
    const start = this.#nodes.addresses[state];
    this.#reader.begin(state);
    this.#reader.scan(start, start + this.#nodes.sizes[state], LEVEL.DATA);
  }

  /** Older objects that hold blocks whose owner is not certain so far. */
  #readOlderHolders(): void {
    for (const block of olderHolders(this.#memory, this.#uncertainBlocks())) {
      const node = this.#reader.objectIn(block);
      if (node >= 0) this.#readObject(node);
    }
  }

  /** Addresses of blocks that are asked about and whose owner is not certain: a word that looks like a pointer may be none. */
  #uncertainBlocks(): AddressBits {
    const nodes = this.#nodes;
    const { blocks, kinds, addresses, count } = nodes;
    const { layout, raw } = this.#memory;
    const isUncertain = (node: number): boolean =>
      kinds[node] === KIND.UNKNOWN || (kinds[node] === KIND.DATA && !nodes.isExplained(node));
    const uncertain = new AddressBits(raw.end);
    for (let node = 0; node < blocks.count; node++) if (isUncertain(node)) uncertain.add(addresses[node]);
    const certain = new Set<number>();
    for (let node = blocks.count; node < count; node++) if (!isUncertain(node)) certain.add(addresses[node]);
    const headers = headerSizes(layout);
    for (const block of this.#askedOutside())
      if (!headers.some((header) => certain.has(block + header))) uncertain.add(block);
    return uncertain;
  }

  /** Blocks of pools that nothing that is known leads to may hold objects all the same. */
  #readUnknown(count: number): void {
    const { kinds, addresses, sizes } = this.#nodes;
    for (let node = 0; node < count; node++) {
      if (kinds[node] !== KIND.UNKNOWN) continue;
      this.#reader.begin(node, -1);
      this.#reader.scan(addresses[node], addresses[node] + sizes[node], LEVEL.DATA);
    }
  }

  #readObject(node: number): void {
    const reader = this.#reader;
    const { space, layout } = this.#memory;
    const address = this.#nodes.addresses[node];
    const type = this.#types.list[this.#nodes.types[node]];
    reader.begin(node);
    if (type.isHeapType) reader.refer(type.address);
    if (type.isGc && !reader.findsDataOnly) this.#readNeighbours(address);
    if (type.hasDict) {
      reader.refer(instanceDict(space, layout, type, address));
      this.#readValues(address, type);
    }
    const { exact, words } = type.body;
    for (let i = 0; i < exact.length; i++) reader.refer(space.word(address + exact[i]));
    if (words.length > 0) {
      const end = address + Math.min(type.basicsize, this.#available(node, type));
      for (let i = 0; i < words.length; i++)
        if (address + words[i] < end) reader.scanWord(space.word(address + words[i]), LEVEL.BODY);
    }
    this.#readShape(node, address, type);
  }

  #readShape(node: number, address: number, type: PyType): void {
    const reader = this.#reader;
    switch (type.body.shape) {
      case SHAPE.OTHER:
        if (type.itemsize > 0) this.#readItems(node, address, type);
        break;
      case SHAPE.STR:
        readStr(reader, address);
        break;
      case SHAPE.LIST:
        readList(reader, address);
        break;
      case SHAPE.TUPLE:
        readTuple(reader, address);
        break;
      case SHAPE.DICT:
        if (this.#states.interned.has(address)) ownTable(reader, address);
        else readDict(reader, address);
        break;
      case SHAPE.SET:
        readSet(reader, address);
        break;
      case SHAPE.BYTEARRAY:
        readBuffer(reader, address, this.#memory.layout.bytearray.ob_bytes);
        break;
      case SHAPE.ARRAY:
        readBuffer(reader, address, 3 * this.#memory.layout.wordBytes);
        break;
      case SHAPE.DEQUE:
        readDeque(reader, address, type.basicsize);
        break;
      case SHAPE.DATETIME:
        readDatetime(reader, address, type.basicsize);
        break;
      case SHAPE.GENERATOR:
        readGenerator(reader, address);
        break;
      case SHAPE.FRAME:
        readFrameObject(reader, address);
        break;
      case SHAPE.MODULE:
        readModule(reader, address);
        break;
      case SHAPE.TYPE:
        readType(reader, node, address);
        reader.refer(this.#states.staticTypeDicts.get(address) ?? 0);
        break;
    }
  }

  /** The collector's ring leads to tracked objects outside of pools. */
  #readNeighbours(address: number): void {
    const { space, layout } = this.#memory;
    const head = address - layout.gcHead.size;
    for (const link of [space.word(head), space.word(head + layout.wordBytes)]) {
      const neighbour = link - (link & GC_FLAGS);
      if (neighbour !== 0 && !this.#nodes.blocks.isInPool(neighbour))
        this.#reader.objectAt(neighbour + layout.gcHead.size);
    }
  }

  #readValues(address: number, type: PyType): void {
    const { space, layout } = this.#memory;
    const values = instanceValues(space, layout, type, address);
    if (values === null) return;
    const { first, length, block } = values;
    if (block !== 0) this.#reader.own(block, first - block + length * layout.wordBytes);
    this.#reader.referAll(first, length);
  }

  /** Items of a structure that is not known. */
  #readItems(node: number, address: number, type: PyType): void {
    const { space, layout } = this.#memory;
    const bytes = Math.min(objectBytes(space, layout, address, type), this.#available(node, type));
    this.#reader.scan(address + type.basicsize, address + bytes, LEVEL.BODY);
  }

  /** Bytes from the object's address to the end of its block. */
  #available(node: number, type: PyType): number {
    const header = type.body.shape === SHAPE.TYPE ? 0 : type.headerBytes;
    return Math.max(this.#nodes.sizes[node] - header, 0);
  }
}
