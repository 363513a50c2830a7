/**
 * A snapshot: the tables of a heap at one moment, copied, and read as records: arenas, their pools, their blocks.
 *
 *     snapshot ── arenas ── pools ── blocks
 *                usable     used      allocated
 *                or not     full      free
 *                           empty     untouched
 *                           untouched
 *
 * Arenas and pools come from the copy and stay as they were. Blocks are read from the heap's own memory.
 */

import { blockSize, blocksPerPool, type Geometry } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";
import * as layout from "../memory/layout.js";
import { type Memory, stateWord } from "../memory/memory.js";
import { type BlockRecord, readBlocks } from "./blocks.js";

/** `untouched`: never carved from its arena. `empty`: no block in use. `full`: no block free. */
export type PoolState = "untouched" | "empty" | "used" | "full";

const POOL_WORDS = layout.POOL_HEADER_SIZE / 4;
const ARENA_WORDS = layout.ARENA_OBJECT_SIZE / 4;

/** A pool: its header as it was. Addresses are of linear memory; links between pools are pool addresses, 0 for none. */
export class PoolRecord {
  readonly #snapshot: Snapshot;
  readonly #at: number;
  readonly arena: ArenaRecord;
  /** Counts from the first pool boundary of the arena. */
  readonly index: number;
  readonly address: number;

  /** @internal */
  constructor(snapshot: Snapshot, arena: ArenaRecord, index: number) {
    const { poolSize } = snapshot.profile.geometry;
    this.#snapshot = snapshot;
    this.arena = arena;
    this.index = index;
    this.address = arena.firstPoolAddress + index * poolSize;
    this.#at = (this.address / poolSize - snapshot.firstPoolUnit) * POOL_WORDS;
  }

  #field(offset: number): number {
    return this.#snapshot.poolWords[this.#at + offset / 4];
  }

  get state(): PoolState {
    if (this.address >= this.arena.poolAddress) return "untouched";
    if (this.count === 0) return "empty";
    return this.freeblock === 0 ? "full" : "used";
  }

  /** Blocks in use. */
  get count(): number {
    return this.#field(layout.POOL_COUNT);
  }

  /** Address of the first free block, 0 for none. */
  get freeblock(): number {
    return this.#field(layout.POOL_FREEBLOCK);
  }

  /** The size class of its present or last life; `null` when it has had none. */
  get szidx(): number | null {
    return this.#field(layout.POOL_MAXNEXTOFFSET) === 0 ? null : this.#field(layout.POOL_SZIDX);
  }

  /** Bytes of a block of its class; 0 when it has none. */
  get blockSize(): number {
    return this.szidx === null ? 0 : blockSize(this.#snapshot.profile.geometry, this.szidx);
  }

  /** Blocks that fit into it; 0 when it has no class. */
  get capacity(): number {
    return this.szidx === null ? 0 : blocksPerPool(this.#snapshot.profile.geometry, this.szidx);
  }

  /** Offset of the first block that was never handed out. */
  get nextoffset(): number {
    return this.#field(layout.POOL_NEXTOFFSET);
  }

  /** The largest offset at which a block still fits. */
  get maxnextoffset(): number {
    return this.#field(layout.POOL_MAXNEXTOFFSET);
  }

  /** The next pool of its class when used, the next empty pool when empty; 0 for none or for the head of the ring. */
  get nextpool(): number {
    return this.#link(layout.POOL_NEXTPOOL);
  }

  /** The previous pool of its class when used. */
  get prevpool(): number {
    return this.state === "used" ? this.#link(layout.POOL_PREVPOOL) : 0;
  }

  #link(offset: number): number {
    const header = this.#field(offset);
    const { poolTable } = this.#snapshot;
    if (header < poolTable || this.state === "untouched" || this.state === "full") return 0;
    return ((header - poolTable) / layout.POOL_HEADER_SIZE) * this.#snapshot.profile.geometry.poolSize;
  }

  /**
   * Its blocks in order of address, read from the heap now. Throws `StaleSnapshotError` when the heap has changed since the
   * snapshot was taken.
   */
  blocks(): BlockRecord[] {
    return readBlocks(this.#snapshot.liveMemory(this), this);
  }
}

/** An arena: its descriptor as it was. */
export class ArenaRecord {
  readonly #snapshot: Snapshot;
  /** Index of its descriptor, which a later arena may have again. */
  readonly index: number;
  readonly address: number;
  /** The next pool to carve. */
  readonly poolAddress: number;
  /** Empty pools and pools never carved; all pools. */
  readonly nfreepools: number;
  readonly ntotalpools: number;
  /** Which arena it is, counted from the first. */
  readonly ordinal: number;

  /** @internal */
  constructor(snapshot: Snapshot, words: Uint32Array, index: number) {
    const field = (offset: number): number => words[index * ARENA_WORDS + offset / 4];
    this.#snapshot = snapshot;
    this.index = index;
    this.address = field(layout.ARENA_ADDRESS);
    this.poolAddress = field(layout.ARENA_POOL_ADDRESS);
    this.nfreepools = field(layout.ARENA_NFREEPOOLS);
    this.ntotalpools = field(layout.ARENA_NTOTALPOOLS);
    this.ordinal = field(layout.ARENA_ORDINAL);
  }

  get geometry(): Geometry {
    return this.#snapshot.profile.geometry;
  }

  get firstPoolAddress(): number {
    const { poolSize } = this.geometry;
    return Math.ceil(this.address / poolSize) * poolSize;
  }

  /** Whether its base is no multiple of the pool size. */
  get isMisaligned(): boolean {
    return this.firstPoolAddress !== this.address;
  }

  pool(index: number): PoolRecord {
    if (!(Number.isInteger(index) && index >= 0 && index < this.ntotalpools))
      throw new RangeError(`arena has pools 0 to ${this.ntotalpools - 1}`);
    return new PoolRecord(this.#snapshot, this, index);
  }

  get pools(): PoolRecord[] {
    return Array.from({ length: this.ntotalpools }, (_, index) => new PoolRecord(this.#snapshot, this, index));
  }

  /** Blocks in use. */
  get blockCount(): number {
    return this.pools.reduce((count, pool) => count + pool.count, 0);
  }

  /** Bytes of its blocks in use, at the size of their classes. */
  get blockBytes(): number {
    return this.pools.reduce((bytes, pool) => bytes + pool.count * pool.blockSize, 0);
  }
}

export class Snapshot {
  readonly profile: Profile;
  /** Pool headers, eight words each, of consecutive pool-sized units from `firstPoolUnit` × pool size on. */
  readonly poolWords: Uint32Array;
  readonly firstPoolUnit: number;
  readonly #arenaWords: Uint32Array;
  readonly #usableHead: number;
  readonly #arenaTable: number;
  /** @internal Address of the pool table, which links between pools are into. */
  readonly poolTable: number;
  readonly #memory: (pool: PoolRecord) => Memory;

  /**
   * @internal Copies the tables out of `memory`, into those of `reuse` where they fit; `liveMemory` answers, or throws, when blocks are
   * to be read later.
   */
  constructor(profile: Profile, memory: Memory, liveMemory: (pool: PoolRecord) => Memory, reuse?: Snapshot) {
    const { poolSize } = profile.geometry;
    const base = stateWord(memory, layout.OS + layout.OS_BASE);
    const top = stateWord(memory, layout.OS + layout.OS_TOP);
    this.profile = profile;
    this.poolTable = memory.poolTable;
    this.firstPoolUnit = Math.floor(base / poolSize);
    const lastUnit = Math.ceil(top / poolSize);
    this.poolWords = memory.copy(
      memory.poolTable + this.firstPoolUnit * layout.POOL_HEADER_SIZE,
      memory.poolTable + lastUnit * layout.POOL_HEADER_SIZE,
      reuse?.poolWords,
    );
    this.#arenaTable = stateWord(memory, layout.ARENAS + layout.ARENAS_TABLE);
    const maxarenas = stateWord(memory, layout.ARENAS + layout.ARENAS_MAXARENAS);
    this.#arenaWords = memory.copy(this.#arenaTable, this.#arenaTable + maxarenas * layout.ARENA_OBJECT_SIZE);
    this.#usableHead = stateWord(memory, layout.ARENAS + layout.ARENAS_USABLE_ARENAS);
    this.#memory = liveMemory;
  }

  get geometry(): Geometry {
    return this.profile.geometry;
  }

  /** Live arenas in the order in which they were obtained. */
  get arenas(): ArenaRecord[] {
    const records: ArenaRecord[] = [];
    for (let index = 0; index * ARENA_WORDS < this.#arenaWords.length; index++) {
      const record = new ArenaRecord(this, this.#arenaWords, index);
      if (record.address !== 0) records.push(record);
    }
    return records.sort((a, b) => a.ordinal - b.ordinal);
  }

  /** The live arena that `address` lies in, or `null`. */
  arenaAt(address: number): ArenaRecord | null {
    const { arenaSize } = this.geometry;
    return this.arenas.find((a) => address >= a.address && address < a.address + arenaSize) ?? null;
  }

  /** usable_arenas: those with a free pool, the next to serve first. None in 2.3 and 2.4. */
  get usableArenas(): ArenaRecord[] {
    const records: ArenaRecord[] = [];
    const count = this.#arenaWords.length / ARENA_WORDS; // ends a cycle in a damaged image
    for (let at = this.#usableHead; at !== 0 && records.length < count; ) {
      const index = (at - this.#arenaTable) / layout.ARENA_OBJECT_SIZE;
      records.push(new ArenaRecord(this, this.#arenaWords, index));
      at = this.#arenaWords[index * ARENA_WORDS + layout.ARENA_NEXTARENA / 4];
    }
    return records;
  }

  /** @internal The memory that the blocks of `pool` are read from. */
  liveMemory(pool: PoolRecord): Memory {
    return this.#memory(pool);
  }
}
