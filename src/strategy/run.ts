/** A trace run on a strategy, slice by slice; or on two, one after the other. */

import { STRATEGY_LOOP_WASM, type StrategyLoopInstantiate } from "../memory/wasm.js";
import { withCommas } from "../text/units.js";
import type { Trace } from "../trace/trace.js";
import type { Strategy } from "./strategies.js";
import { ForeignHeap, type HeapOfStrategy, StrategyHeap, type SystemOptions } from "./strategyheap.js";

type LoopExports = Awaited<ReturnType<typeof StrategyLoopInstantiate>>;

/** A live block of a run. */
export interface LiveBlock {
  readonly id: number;
  readonly address: number;
  /** Bytes that were asked for, last by realloc. */
  readonly askedBytes: number;
  /** The heap that owns it: 0 for the first, 1 for the successor's. */
  readonly heap: 0 | 1;
}

let compiled: WebAssembly.Module | undefined;

/** A loop between allocators; until there is a successor the owner stands for it. */
function instantiateLoop(owner: HeapOfStrategy, successor: HeapOfStrategy): LoopExports {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(STRATEGY_LOOP_WASM), (char) => char.charCodeAt(0)));
  const imports = { owner: owner.functions, successor: successor.functions } as unknown as WebAssembly.Imports;
  return new WebAssembly.Instance(compiled, imports).exports as unknown as LoopExports;
}

/** The sum; `null` where one of them is not known. */
const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);

/** Bytes of a slot of assembly/replay/strategyloop.ts, and its bit for the successor's. */
const SLOT_SIZE = 8;
const OWNED_BY_SUCCESSOR = 1;

export class StrategyRun {
  readonly trace: Trace;
  readonly #system: SystemOptions;
  readonly #heaps: HeapOfStrategy[];
  #loop: LoopExports;
  #position = 0;
  /** Peaks up to the switch. */
  #heldBefore = 0;
  #residentBefore: number | null = 0;

  /** Stands before the first event. Throws a `RangeError` for a system that there is not, or without memory. */
  constructor(trace: Trace, strategy: Strategy, system: SystemOptions = {}) {
    this.trace = trace;
    this.#system = system;
    const heap = strategy.start(system);
    this.#heaps = [heap];
    this.#loop = instantiateLoop(heap, heap);
    const at = this.#loop.reserve(this.length, Math.max(trace.idCount, 1)) >>> 0;
    if (at === 0) throw new RangeError("the trace does not fit into the loop's memory");
    new Uint32Array(this.#loop.memory.buffer, at, trace.words.length).set(trace.words);
  }

  /** The heap; after `switchTo`, the first owner's and then the successor's. */
  get heaps(): readonly HeapOfStrategy[] {
    return this.#heaps;
  }

  /** Events run, marks included: the index of the next one. */
  get position(): number {
    return this.#position;
  }

  /** Events of the trace, marks included. */
  get length(): number {
    return this.trace.words.length / 2;
  }

  /**
   * Runs to before event `position`. Throws a `RangeError` when that lies behind, when the trace has no such place, or where foreign wasm
   * gives addresses that cannot be.
   */
  runTo(position: number): void {
    if (!(Number.isInteger(position) && position >= this.#position && position <= this.length))
      throw new RangeError(`the run goes on from ${this.#position} to ${this.length}, not to ${position}`);
    this.#loop.run(this.#position, position);
    this.#position = position;
    const foreign = this.heaps.filter((heap) => heap instanceof ForeignHeap);
    if (foreign.length > 0 && this.liveBytes > this.heldBytes)
      throw new RangeError(
        `${foreign.map(({ name }) => name).join(" or ")}: ${withCommas(this.liveBytes)} bytes are live in ${withCommas(this.heldBytes)}: blocks overlap`,
      );
  }

  /** Runs to each of `positions`, which ascend, and calls `onSample` there; then to the end. */
  runAll(positions: Iterable<number>, onSample: (position: number) => void): void {
    for (const position of positions) {
      this.runTo(position);
      onSample(position);
    }
    this.runTo(this.length);
  }

  /**
   * Has another strategy serve from here on: new requests go to it, frees to whoever owns the block, and a block that is resized goes
   * over. Both stay counted together. At most once. Throws a `RangeError` the second time.
   */
  switchTo(strategy: Strategy): void {
    if (this.#heaps.length > 1) throw new RangeError("a run switches once");
    this.#heldBefore = this.heldPeakBytes;
    this.#residentBefore = this.residentPeakBytes;
    const heap = strategy.start(this.#system);
    const loop = instantiateLoop(this.#heaps[0], heap);
    if (loop.reserve(this.length, Math.max(this.trace.idCount, 1)) === 0)
      throw new RangeError("the trace does not fit into the loop's memory");
    new Uint8Array(loop.memory.buffer).set(new Uint8Array(this.#loop.memory.buffer));
    this.#loop = loop;
    this.#heaps.push(heap);
    loop.switchOver();
  }

  /** Has other policies of pymalloc hold from here on, in the same heap. Throws a `RangeError` where either is none. */
  switchPolicies(strategy: Strategy): void {
    const heap = this.#heaps.at(-1);
    if (strategy.policies === null || !(heap instanceof StrategyHeap))
      throw new RangeError("only pymalloc has policies");
    heap.setPolicies(strategy.policies);
  }

  /** Bytes held of the system now, by the model; of both heaps where there are two. */
  get heldBytes(): number {
    return this.#heaps.reduce((bytes, heap) => bytes + heap.heldBytes, 0);
  }

  /** The most that were held after an event; exact. */
  get heldPeakBytes(): number {
    if (this.#heaps.length === 1) return this.#heaps[0].heldPeakBytes;
    return Math.max(this.#heldBefore, this.#loop.heldPeakBytes());
  }

  /** Bytes of touched pages not given back; `null` where a heap cannot tell. */
  get residentBytes(): number | null {
    return sum(this.#heaps.map((heap) => heap.residentBytes));
  }

  get residentPeakBytes(): number | null {
    if (this.#heaps.length === 1) return this.#heaps[0].residentPeakBytes;
    if (this.#residentBefore === null || this.residentBytes === null) return null;
    return Math.max(this.#residentBefore, this.#loop.residentPeakBytes());
  }

  /** Bytes asked for and live now, and at most; what could not be served is not among them. */
  get liveBytes(): number {
    return this.#loop.liveBytes();
  }

  get livePeakBytes(): number {
    return this.#loop.livePeakBytes();
  }

  /** Requests that could not be served. */
  get failures(): number {
    return this.#loop.failures() >>> 0;
  }

  /** FNV-1a over the addresses handed out so far, of a request that failed 0: the same for the same placements. */
  get hash(): number {
    return this.#loop.hash() >>> 0;
  }

  /** The live blocks, by id. */
  *liveBlocks(): Generator<LiveBlock> {
    const words = new Uint32Array(this.#loop.memory.buffer, this.#loop.slotsAddress() >>> 0, 2 * this.trace.idCount);
    for (let id = 0; id < this.trace.idCount; id++) {
      const held = words[(id * SLOT_SIZE) / 4];
      if (held === 0) continue;
      const heap = (held & OWNED_BY_SUCCESSOR) as 0 | 1;
      yield { id, address: (held & ~OWNED_BY_SUCCESSOR) >>> 0, askedBytes: words[(id * SLOT_SIZE) / 4 + 1], heap };
    }
  }
}
