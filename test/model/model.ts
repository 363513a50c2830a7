/**
 * A second opinion on where blocks go: pymalloc in arrays and objects, as plain as it gets, for any geometry.
 *
 * It knows places, not addresses, and no memory: a block is an arena by ordinal, a pool counted from the first pool boundary in
 * it, and a byte offset in that pool. It shares nothing with the core but the type of a geometry, so that a mistake would have
 * to be made twice. The order of the usable arenas is the same by slide and by fingers; here a changed arena is put in afresh.
 *
 * Sources: obmalloc.c, `pymalloc_alloc`, `allocate_from_new_pool`, `new_arena`, `pymalloc_free`, `insert_to_freepool`,
 * `pymalloc_realloc`; for release `never` the same file of 2.3 and 2.4.
 */
import type { Geometry } from "../../src/geometry/geometry.js";

/** Where a small block is. Ordinals of arenas count up from 0 and are never used again. */
export interface Place {
  readonly arena: number;
  /** Counted from the first pool boundary in the arena. */
  readonly pool: number;
  /** Bytes from the start of the pool. */
  readonly offset: number;
}

/** A block of the raw allocator. The model does not say where it is. */
export const RAW = "raw";
export type Block = Place | typeof RAW;

export interface ModelOptions {
  /**
   * How far past a multiple of the pool size each arena starts, in bytes: a list, gone through again and again, or a function
   * of the arena's ordinal. All are aligned unless given.
   */
  readonly bases?: readonly number[] | ((ordinal: number) => number);
  /** Whether to refuse the n-th request for an arena, from 0, refused ones counted. The small request then goes to RAW. */
  readonly failArena?: (request: number) => boolean;
  /** Whether the raw allocator cannot serve the request that reaches it. The call then throws `MemoryError` and changes nothing. */
  readonly failRaw?: () => boolean;
  /** Called as an arena is obtained (`A+`) or released (`A-`). */
  readonly onArena?: (event: "A+" | "A-", ordinal: number) => void;
  /** 2.3: realloc of a raw block to at most the threshold moves it into a pool. */
  readonly takesOverRaw?: boolean;
}

/** The raw allocator had no memory: a call of C would return NULL. */
export class MemoryError extends Error {}

/** What CPython keeps in a pool's header. `arenaindex` is the descriptor's index, which is used again, not the ordinal. */
export interface PoolHeader {
  readonly count: number;
  /** Offset of the first free block, or -1. */
  readonly freeblock: number;
  readonly arenaindex: number;
  readonly szidx: number;
  readonly nextoffset: number;
  readonly maxnextoffset: number;
}

export interface ClassCounts {
  readonly szidx: number;
  readonly blockSize: number;
  /** Pools with at least one block in use. */
  readonly pools: number;
  /** Blocks in use. */
  readonly blocks: number;
  /** Blocks of those pools that are not in use, carved or not. */
  readonly available: number;
}

/** Where the bytes of the live arenas are. The first six add up to `total`, which is counted for itself: arenas × size. */
export interface ModelLedger {
  readonly allocated: number;
  readonly available: number;
  readonly unusedPools: number;
  readonly headers: number;
  readonly quantization: number;
  readonly arenaAlignment: number;
  readonly total: number;
}

interface Arena {
  readonly ordinal: number;
  readonly arenaindex: number;
  readonly ntotalpools: number;
  readonly isMisaligned: boolean;
  /** Carved pools, in order of address. */
  readonly pools: Pool[];
  /** Empty pools; the last is taken first. With release `never` they are on the model's one stack instead. */
  readonly freepools: Pool[];
  nfreepools: number;
}

interface Pool {
  readonly arena: Arena;
  readonly index: number;
  szidx: number;
  count: number;
  /** Offsets of free carved blocks; the last is taken first. */
  free: number[];
  nextoffset: number;
  maxnextoffset: number;
}

const DUMMY_SIZE_IDX = 0xffff;
const INITIAL_ARENA_OBJECTS = 16;

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

export class Model {
  /** Blocks of the raw allocator that pymalloc passed on and that live. */
  rawBlocks = 0;
  arenasObtained = 0;
  arenasReleased = 0;
  /** The most arenas that lived at one time. */
  arenasHigh = 0;
  /**
   * The highest ordinal whose stretch of addresses the arena map has marked, -1 for none: arenas lie side by side, and one
   * whose base is off a multiple of the arena size ends in the stretch of the next.
   */
  highestMarked = -1;

  readonly #geometry: Geometry;
  readonly #options: ModelOptions;
  /** Live arenas by ordinal. */
  readonly #arenas = new Map<number, Arena>();
  /** By class: the pools that are neither empty nor full. The first serves. */
  readonly #usedpools: Pool[][];
  /** Arenas with a pool to give, fewest first. The first serves. */
  readonly #usableArenas: Arena[] = [];
  /** Indices of descriptors without an arena; the last is taken first. */
  readonly #unusedArenaObjects: number[] = [];
  #arenaObjectCount = 0;
  #arenaRequests = 0;
  /** Release `never` only: every empty pool there is, and the arena that pools are carved from. */
  readonly #emptyPools: Pool[] = [];
  #currentArena: Arena | null = null;

  constructor(geometry: Geometry, options: ModelOptions = {}) {
    this.#geometry = geometry;
    this.#options = options;
    this.#usedpools = Array.from({ length: geometry.threshold / geometry.alignment }, () => []);
  }

  get arenasLive(): number {
    return this.#arenas.size;
  }

  malloc(nbytes: number): Block {
    const { alignment, threshold } = this.#geometry;
    if (nbytes === 0 || nbytes > threshold) return this.#raw();
    const szidx = Math.floor((nbytes - 1) / alignment);
    const used = this.#usedpools[szidx];
    if (used.length === 0) {
      const pool = this.#takePool();
      if (pool === null) return this.#raw();
      if (pool.szidx !== szidx) this.#initialise(pool, szidx);
      used.push(pool);
    }
    const pool = used[0];
    pool.count++;
    const offset = pool.free.pop() as number;
    if (pool.free.length === 0) {
      if (pool.nextoffset <= pool.maxnextoffset) this.#carve(pool);
      else used.shift();
    }
    return { arena: pool.arena.ordinal, pool: pool.index, offset };
  }

  calloc(count: number, nbytes: number): Block {
    return this.malloc(count * nbytes);
  }

  /** Where the block is after it was resized to `nbytes`. The new block is taken before the old one is given up. */
  realloc(block: Block | null, nbytes: number): Block {
    if (block === null) return this.malloc(nbytes);
    if (block === RAW) {
      if (!this.#options.takesOverRaw || nbytes > this.#geometry.threshold) {
        this.#askRaw();
        return RAW;
      }
      const moved = this.malloc(Math.max(nbytes, 1));
      this.free(RAW);
      return moved;
    }
    const size = this.#blockSize(this.#poolOf(block).szidx);
    if (nbytes <= size && 4 * nbytes > 3 * size) return block;
    const moved = this.malloc(nbytes);
    this.free(block);
    return moved;
  }

  /** Frees a block, which must be live: that is not checked. Null does nothing. */
  free(block: Block | null): void {
    if (block === null) return;
    if (block === RAW) {
      this.rawBlocks--;
      return;
    }
    const pool = this.#poolOf(block);
    const used = this.#usedpools[pool.szidx];
    const wasFull = pool.free.length === 0;
    pool.free.push(block.offset);
    pool.count--;
    if (wasFull) {
      used.unshift(pool);
    } else if (pool.count === 0) {
      used.splice(used.indexOf(pool), 1);
      this.#poolCameBack(pool);
    }
  }

  /** The header of the pool that a small block is in. */
  header(place: Place): PoolHeader {
    const { arena, count, free, szidx, nextoffset, maxnextoffset } = this.#poolOf(place);
    return { count, freeblock: free.at(-1) ?? -1, arenaindex: arena.arenaindex, szidx, nextoffset, maxnextoffset };
  }

  /** Ordinals and free pools of the usable arenas, in the order of the list; empty with release `never`. */
  usableArenas(): readonly { readonly arena: number; readonly nfreepools: number }[] {
    return this.#usableArenas.map(({ ordinal, nfreepools }) => ({ arena: ordinal, nfreepools }));
  }

  /** One row for each size class, used or not. */
  classes(): readonly ClassCounts[] {
    const inUse = [...this.#arenas.values()].flatMap((arena) => arena.pools).filter((pool) => pool.count > 0);
    return this.#usedpools.map((_, szidx) => {
      const pools = inUse.filter((pool) => pool.szidx === szidx);
      const blocks = sum(pools, (pool) => pool.count);
      const available = pools.length * this.#blocksPerPool(szidx) - blocks;
      return { szidx, blockSize: this.#blockSize(szidx), pools: pools.length, blocks, available };
    });
  }

  /** Pools of live arenas that are empty or not yet carved. */
  get unusedPools(): number {
    return sum([...this.#arenas.values()], (arena) => arena.nfreepools) + this.#emptyPools.length;
  }

  /** Live arenas whose base is no multiple of the pool size. */
  get misalignedArenas(): number {
    return [...this.#arenas.values()].filter((arena) => arena.isMisaligned).length;
  }

  ledger(): ModelLedger {
    const { arenaSize, poolSize, poolOverhead } = this.#geometry;
    const classes = this.classes();
    return {
      allocated: sum(classes, ({ blocks, blockSize }) => blocks * blockSize),
      available: sum(classes, ({ available, blockSize }) => available * blockSize),
      unusedPools: this.unusedPools * poolSize,
      headers: sum(classes, ({ pools }) => pools * poolOverhead),
      quantization: sum(classes, ({ pools, blockSize }) => pools * ((poolSize - poolOverhead) % blockSize)),
      arenaAlignment: this.misalignedArenas * poolSize,
      total: this.arenasLive * arenaSize,
    };
  }

  #blockSize(szidx: number): number {
    return (szidx + 1) * this.#geometry.alignment;
  }

  #blocksPerPool(szidx: number): number {
    return Math.floor((this.#geometry.poolSize - this.#geometry.poolOverhead) / this.#blockSize(szidx));
  }

  #poolOf(place: Place): Pool {
    const pool = this.#arenas.get(place.arena)?.pools[place.pool];
    if (pool === undefined) throw new Error(`no pool ${place.pool} in arena ${place.arena}`);
    return pool;
  }

  #askRaw(): void {
    if (this.#options.failRaw?.()) throw new MemoryError();
  }

  #raw(): Block {
    this.#askRaw();
    this.rawBlocks++;
    return RAW;
  }

  /** An initialised pool always has one block carved ahead of the one that it hands out next. */
  #initialise(pool: Pool, szidx: number): void {
    const { poolSize, poolOverhead } = this.#geometry;
    pool.szidx = szidx;
    pool.nextoffset = poolOverhead;
    pool.maxnextoffset = poolSize - this.#blockSize(szidx);
    pool.free = [];
    this.#carve(pool);
    this.#carve(pool);
    pool.free.reverse();
  }

  #carve(pool: Pool): void {
    pool.free.push(pool.nextoffset);
    pool.nextoffset += this.#blockSize(pool.szidx);
  }

  /** A pool without a block in use, or null where a new arena was refused. */
  #takePool(): Pool | null {
    if (this.#geometry.release === "never") return this.#takePoolOfOldTimes();
    if (this.#usableArenas.length === 0) {
      const opened = this.#openArena();
      if (opened === null) return null;
      this.#usableArenas.push(opened);
    }
    const arena = this.#usableArenas[0];
    arena.nfreepools--;
    if (arena.nfreepools === 0) this.#usableArenas.shift();
    return arena.freepools.pop() ?? this.#carvePool(arena);
  }

  /** 2.3 and 2.4: any empty pool, the last emptied first; else the next of the newest arena, whose free pools are uncarved. */
  #takePoolOfOldTimes(): Pool | null {
    const empty = this.#emptyPools.pop();
    if (empty !== undefined) return empty;
    if (this.#currentArena === null || this.#currentArena.nfreepools === 0) {
      const opened = this.#openArena();
      if (opened === null) return null;
      this.#currentArena = opened;
    }
    this.#currentArena.nfreepools--;
    return this.#carvePool(this.#currentArena);
  }

  #carvePool(arena: Arena): Pool {
    const pool: Pool = {
      arena,
      index: arena.pools.length,
      szidx: DUMMY_SIZE_IDX,
      count: 0,
      free: [],
      nextoffset: 0,
      maxnextoffset: 0,
    };
    arena.pools.push(pool);
    return pool;
  }

  #openArena(): Arena | null {
    if (this.#options.failArena?.(this.#arenaRequests++)) return null;
    if (this.#unusedArenaObjects.length === 0) this.#growArenaObjects();
    const { arenaSize, poolSize } = this.#geometry;
    const ordinal = this.arenasObtained++;
    const base = this.#base(ordinal);
    const isMisaligned = base % poolSize !== 0;
    const ntotalpools = arenaSize / poolSize - (isMisaligned ? 1 : 0);
    const arena: Arena = {
      ordinal,
      arenaindex: this.#unusedArenaObjects.pop() as number,
      ntotalpools,
      isMisaligned,
      pools: [],
      freepools: [],
      nfreepools: ntotalpools,
    };
    this.#arenas.set(ordinal, arena);
    this.highestMarked = Math.max(this.highestMarked, base % arenaSize === 0 ? ordinal : ordinal + 1);
    this.arenasHigh = Math.max(this.arenasHigh, this.arenasLive);
    this.#options.onArena?.("A+", ordinal);
    return arena;
  }

  #base(ordinal: number): number {
    const bases = this.#options.bases;
    if (typeof bases === "function") return bases(ordinal);
    return bases?.[ordinal % bases.length] ?? 0;
  }

  /** 16 descriptors, then twice as many; of the new ones the lowest index is taken first. */
  #growArenaObjects(): void {
    const old = this.#arenaObjectCount;
    this.#arenaObjectCount = old === 0 ? INITIAL_ARENA_OBJECTS : old * 2;
    for (let index = this.#arenaObjectCount - 1; index >= old; index--) this.#unusedArenaObjects.push(index);
  }

  #poolCameBack(pool: Pool): void {
    const { arena } = pool;
    const usable = this.#usableArenas;
    if (this.#geometry.release === "never") {
      this.#emptyPools.push(pool);
      return;
    }
    arena.freepools.push(pool);
    arena.nfreepools++;
    if (arena.nfreepools === 1) usable.unshift(arena); // it had none to give and was on no list
    const isLast = usable.at(-1) === arena;
    usable.splice(usable.indexOf(arena), 1);
    if (arena.nfreepools === arena.ntotalpools && (this.#geometry.release === "eager" || !isLast)) {
      this.#releaseArena(arena);
      return;
    }
    const at = usable.findIndex((other) => other.nfreepools >= arena.nfreepools);
    usable.splice(at < 0 ? usable.length : at, 0, arena);
  }

  #releaseArena(arena: Arena): void {
    this.#arenas.delete(arena.ordinal);
    this.#unusedArenaObjects.push(arena.arenaindex);
    this.arenasReleased++;
    this.#options.onArena?.("A-", arena.ordinal);
  }
}
