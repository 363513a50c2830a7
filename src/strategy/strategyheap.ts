/** A heap of a strategy: an emulated process of its own, its four functions, what it holds, and what stands where. */
import type { Profile } from "../geometry/profiles.js";
import * as layout from "../memory/layout.js";
import { LinearMemory } from "../memory/memory.js";
import type { StrategyInstantiate } from "../memory/wasm.js";
import { writeGeometry } from "../memory/writegeometry.js";
import type { AllocatorFunctions } from "./allocator.js";
import type { WatchedHeap } from "./foreign.js";

/** What counts as held, and for how long a page is resident: assembly/system/osmodel.ts. */
export type OsModel = "mmap" | "brk" | "wasm" | "hugepages";
export const OS_MODELS: readonly OsModel[] = ["mmap", "brk", "wasm", "hugepages"];

/** The emulated operating system of a heap. */
export interface SystemOptions {
  /** Default: `mmap`. */
  readonly os?: OsModel;
  /** Bytes of a page: 4096 (default), 16384 or 65536. */
  readonly pageBytes?: number;
  /** The most bytes that it maps; default, and 0: all that fits into 4 GiB. */
  readonly limitBytes?: number;
  /** Failure injection: every so many requests for pages one is refused. Default, and 0: none. */
  readonly refuseEvery?: number;
}

/** Where every mapped byte is: mappedBytes = liveBytes + freeBytes + overheadBytes + unusedBytes. See assembly/strategy/walk.ts. */
export interface StrategyLedger {
  readonly mappedBytes: number;
  readonly liveBlocks: number;
  /** Bytes of live blocks that their holders may use: those asked for and what the block has over. */
  readonly liveBytes: number;
  readonly freeBytes: number;
  /** Headers, tables in mapped memory, what alignment and quantisation leave. */
  readonly overheadBytes: number;
  /** Never handed out, or in empty pages, pools and arenas that are kept. */
  readonly unusedBytes: number;
  /** Free and unused regions as the allocator keeps them: the free block of a list, the unused pool. */
  readonly freeRegions: number;
  readonly largestFreeBytes: number;
  /** Σ bytes² over those regions. */
  readonly freeSquaredBytes: number;
  /** Bytes outside mapped memory that the allocator would keep in a real process: what they are stands in docs/strategies.md. */
  readonly tableBytes: number;
}

export type SpanKind = "live" | "free" | "overhead" | "unused";

/** A stretch of mapped memory of one kind; a live one is the block as its holder sees it. */
export interface SpanRecord {
  readonly kind: SpanKind;
  readonly address: number;
  readonly bytes: number;
}

/** A page of blocks of one size: a pool, a slab. */
export interface PageRecord {
  readonly address: number;
  readonly bytes: number;
  /** Bytes from one block to the next. */
  readonly blockBytes: number;
  /** Address of the first block. */
  readonly firstBlock: number;
  /** For each block that the page has room for, 1 where it is handed out. */
  readonly occupied: Uint8Array;
}

/** Memory that goes back to the system as a whole, if at all: an arena. */
export interface UnitRecord {
  readonly address: number;
  readonly bytes: number;
}

export interface HeapWalk {
  /** Every mapped byte in exactly one, in order of address. */
  readonly spans: readonly SpanRecord[];
  /** In order of address; `null` for strategies without pages of one size. */
  readonly pages: readonly PageRecord[] | null;
  /** In order of address; `null` for strategies that give memory back page by page, or not at all. */
  readonly units: readonly UnitRecord[] | null;
}

/** What costs a heap's calls have had; all are counted from its start. */
export interface StrategyCosts {
  /** Requests of the allocator for pages, and returns of some. */
  readonly maps: number;
  readonly unmaps: number;
  /** Bytes that realloc copied. */
  readonly bytesMoved: number;
}

/** What every heap can tell, a foreign one too. `null`: not known of it. */
export interface HeapOfStrategy {
  readonly functions: LoopFunctions;
  /** Bytes held of the system now and at most, by the model. Exact, not sampled. */
  readonly heldBytes: number;
  readonly heldPeakBytes: number;
  /** Bytes of pages that were touched and not given back, now and at most. */
  readonly residentBytes: number | null;
  readonly residentPeakBytes: number | null;
  /** Bytes that a live block's holder may use. */
  usableSize(ptr: number): number | null;
  ledger(): StrategyLedger | null;
  walk(): HeapWalk | null;
  readonly costs: StrategyCosts | null;
}

/** What the loop calls: owner.ts and successor.ts in assembly/. */
export interface LoopFunctions extends AllocatorFunctions {
  rawMalloc: AllocatorFunctions["malloc"];
  rawCalloc: AllocatorFunctions["calloc"];
  rawRealloc: AllocatorFunctions["realloc"];
  rawFree: AllocatorFunctions["free"];
  touch(ptr: number, nbytes: number): void;
  heldBytes(): number;
  residentBytes(): number;
}

/** The exports that every strategy has, and those that only pymalloc has. */
type StrategyExports = Omit<Awaited<ReturnType<typeof StrategyInstantiate>>, "start"> &
  Partial<Pick<LoopFunctions, "rawMalloc" | "rawCalloc" | "rawRealloc" | "rawFree">> & {
    start(...numbers: number[]): number;
    setPolicies?(...numbers: number[]): number;
  };

const KINDS: readonly SpanKind[] = ["live", "free", "overhead", "unused"];

/** The functions with the raw domain's, which are its own where it has none. */
function loopFunctions<F extends AllocatorFunctions & Partial<LoopFunctions>>(f: F): LoopFunctions {
  return {
    malloc: f.malloc,
    calloc: f.calloc,
    realloc: f.realloc,
    free: f.free,
    rawMalloc: f.rawMalloc ?? f.malloc,
    rawCalloc: f.rawCalloc ?? f.calloc,
    rawRealloc: f.rawRealloc ?? f.realloc,
    rawFree: f.rawFree ?? f.free,
    touch: f.touch ?? (() => {}),
    heldBytes: f.heldBytes ?? (() => 0),
    residentBytes: f.residentBytes ?? (() => 0),
  };
}

function checkSystem({ os = "mmap", pageBytes = 4096, limitBytes = 0, refuseEvery = 0 }: SystemOptions) {
  if (!OS_MODELS.includes(os)) throw new RangeError(`an operating system is ${OS_MODELS.join(", ")}, not ${os}`);
  if (![4096, 16384, 65536].includes(pageBytes))
    throw new RangeError(`a page has 4 KiB, 16 KiB or 64 KiB, not ${pageBytes} bytes`);
  if (!(Number.isInteger(limitBytes) && limitBytes >= 0 && limitBytes < 2 ** 32))
    throw new RangeError(`limitBytes is a whole number from 0 to below 4 GiB, not ${limitBytes}`);
  if (!(Number.isInteger(refuseEvery) && refuseEvery >= 0 && refuseEvery < 2 ** 32))
    throw new RangeError(`refuseEvery is a whole number from 0, not ${refuseEvery}`);
  return { kind: OS_MODELS.indexOf(os), pageBits: Math.log2(pageBytes), limitBytes, refuseEvery };
}

export class StrategyHeap implements HeapOfStrategy {
  readonly functions: LoopFunctions;
  readonly #exports: StrategyExports;
  readonly #memory: LinearMemory;
  /** Takes the window of records while a walk lists them. */
  #takeRecords: () => void = () => {};

  /**
   * `numbers` are what the strategy's `start` is given; `profile` has the geometry, where the strategy is pymalloc. Throws a
   * `RangeError` for a system that there is not.
   */
  constructor(
    module: WebAssembly.Module,
    name: string,
    numbers: readonly number[],
    profile: Profile | null,
    system: SystemOptions,
  ) {
    const { kind, pageBits, limitBytes, refuseEvery } = checkSystem(system);
    const abort = (_message: number, _file: number, line: number): void => {
      throw new Error(`assertion of ${name} failed: line ${line}`);
    };
    const takeRecords = (): void => this.#takeRecords();
    const instance = new WebAssembly.Instance(module, { env: { abort }, host: { takeRecords } });
    this.#exports = instance.exports as unknown as StrategyExports;
    this.#memory = new LinearMemory(this.#exports.memory, { stateBase: 0, poolTable: layout.STRATEGY_POOLS });
    if (!this.#exports.init(kind, pageBits, limitBytes))
      throw new RangeError("the heap's tables do not fit into WebAssembly memory");
    if (profile !== null) writeGeometry(this.#memory, profile);
    if (!this.#exports.start(...numbers)) throw new RangeError(`${name} cannot be started so`);
    this.#memory.write(layout.OS + layout.OS_REFUSE_EVERY, refuseEvery);
    this.functions = loopFunctions(this.#exports);
  }

  malloc(nbytes: number): number {
    return this.#exports.malloc(nbytes) >>> 0;
  }

  calloc(nelem: number, elsize: number): number {
    return this.#exports.calloc(nelem, elsize) >>> 0;
  }

  realloc(ptr: number, nbytes: number): number {
    return this.#exports.realloc(ptr, nbytes) >>> 0;
  }

  free(ptr: number): void {
    this.#exports.free(ptr);
  }

  /** The holder of a block writes `nbytes` at `ptr`: their pages become resident. The loop of `StrategyRun` does so of itself. */
  touch(ptr: number, nbytes: number): void {
    this.#exports.touch(ptr, nbytes);
  }

  usableSize(ptr: number): number {
    return this.#exports.usableSize(ptr) >>> 0;
  }

  /** The bytes of blocks. Never keep it: a call that grows memory detaches it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer as ArrayBuffer);
  }

  /** The lowest address that can be mapped; the same for every heap of a strategy. */
  get baseAddress(): number {
    return this.#memory.read(layout.OS + layout.OS_BASE);
  }

  get mappedBytes(): number {
    return this.#memory.read(layout.OS + layout.OS_MAPPED);
  }

  get heldBytes(): number {
    return this.#memory.read(layout.MODEL + layout.MODEL_HELD);
  }

  get heldPeakBytes(): number {
    return this.#memory.read(layout.MODEL + layout.MODEL_HELD_PEAK);
  }

  get residentBytes(): number {
    return this.#memory.read(layout.MODEL + layout.MODEL_RESIDENT);
  }

  get residentPeakBytes(): number {
    return this.#memory.read(layout.MODEL + layout.MODEL_RESIDENT_PEAK);
  }

  get costs(): StrategyCosts {
    return {
      maps: this.#memory.read(layout.OS + layout.OS_MAPS),
      unmaps: this.#memory.read(layout.OS + layout.OS_UNMAPS),
      bytesMoved: Number(this.#exports.bytesMoved()),
    };
  }

  /** Refuses every so many requests for pages from now on; 0 for none. */
  set refuseEvery(count: number) {
    this.#memory.write(layout.OS + layout.OS_REFUSE_EVERY, count);
  }

  /** Has other policies hold from now on, where this is pymalloc: `policies` of another strategy of that kind. */
  setPolicies(policies: readonly number[]): void {
    if (!this.#exports.setPolicies?.(...policies)) throw new RangeError("only pymalloc has policies");
  }

  /** A sum over a walk of the whole heap: its cost grows with the number of blocks, of strategies with pages with that of pages. */
  ledger(): StrategyLedger {
    this.#exports.beginWalk(false);
    this.#exports.walk();
    const read = (offset: number): number => this.#memory.read(layout.WALK + offset);
    const bytes = (kind: number): number => read(layout.WALK_BYTES + 4 * kind);
    const squares = new Float64Array(this.#memory.words.buffer, layout.WALK + layout.WALK_FREE_SQUARES, 1);
    return {
      mappedBytes: this.mappedBytes,
      liveBlocks: read(layout.WALK_LIVE_BLOCKS),
      liveBytes: bytes(layout.KIND_LIVE),
      freeBytes: bytes(layout.KIND_FREE),
      overheadBytes: bytes(layout.KIND_OVERHEAD),
      unusedBytes: bytes(layout.KIND_UNUSED),
      freeRegions: read(layout.WALK_FREE_REGIONS),
      largestFreeBytes: read(layout.WALK_LARGEST_FREE),
      freeSquaredBytes: squares[0],
      tableBytes: this.#exports.tableBytes() >>> 0,
    };
  }

  /** Every span and page; takes memory in proportion to the number of blocks. */
  walk(): HeapWalk {
    const spans: SpanRecord[] = [];
    const pages: PageRecord[] = [];
    const units: UnitRecord[] = [];
    this.#takeRecords = () => {
      const count = this.#memory.read(layout.WALK + layout.WALK_COUNT);
      const start = layout.RECORDS / 4;
      const words = this.#memory.words.subarray(start, start + (count * layout.RECORD_SIZE) / 4);
      for (let at = 0; at < words.length; at += layout.RECORD_SIZE / 4) {
        const [kind, address, bytes, blockBytes, firstBlock] = words.subarray(at, at + 5);
        if (kind === layout.KIND_UNIT) {
          units.push({ address, bytes });
          continue;
        }
        if (kind !== layout.KIND_PAGE) {
          spans.push({ kind: KINDS[kind], address, bytes });
          const page = pages.at(-1);
          if (kind === layout.KIND_LIVE && page && address < page.address + page.bytes && address >= page.address)
            page.occupied[(address - page.firstBlock) / page.blockBytes] = 1;
          continue;
        }
        const count = Math.floor((address + bytes - firstBlock) / blockBytes);
        pages.push({ address, bytes, blockBytes, firstBlock, occupied: new Uint8Array(count) });
      }
    };
    this.#exports.beginWalk(true);
    this.#exports.walk();
    this.#takeRecords();
    spans.sort((a, b) => a.address - b.address);
    pages.sort((a, b) => a.address - b.address);
    units.sort((a, b) => a.address - b.address);
    const has = (offset: number): boolean => this.#memory.read(layout.WALK + offset) !== 0;
    return {
      spans,
      pages: has(layout.WALK_HAS_PAGES) ? pages : null,
      units: has(layout.WALK_HAS_UNITS) ? units : null,
    };
  }
}

/** A heap of foreign wasm: what it holds, as src/strategy/foreign.ts tells it, and no more is known. */
export class ForeignHeap implements HeapOfStrategy {
  readonly functions: LoopFunctions;
  readonly residentBytes = null;
  readonly residentPeakBytes = null;
  readonly costs = null;
  readonly #heap: WatchedHeap;

  constructor(
    readonly name: string,
    heap: WatchedHeap,
  ) {
    this.#heap = heap;
    this.functions = loopFunctions({ ...heap.functions, heldBytes: () => heap.heldBytes() });
  }

  get heldBytes(): number {
    return this.#heap.heldBytes();
  }

  get heldPeakBytes(): number {
    return this.#heap.footprintBytes();
  }

  usableSize(): null {
    return null;
  }

  ledger(): null {
    return null;
  }

  walk(): null {
    return null;
  }
}
