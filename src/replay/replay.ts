/** A trace run on a heap: forwards, back, or until something happens. What a debugger or a page is built on. */

import { type Profile, profile } from "../geometry/profiles.js";
import { type Checkpoint, Heap, type HeapOptions } from "../heap/heap.js";
import { type Core, compileCore, compileCoreSync } from "../memory/core.js";
import * as layout from "../memory/layout.js";
import { DOMAIN_BITS } from "../trace/event.js";
import { LiveBytes } from "../trace/livebytes.js";
import type { Trace } from "../trace/trace.js";
import { type Keyframe, keyframe, keyframeBytes, restoreKeyframe } from "./keyframe.js";

/** When `runUntil` stops: after the event in which the condition comes to hold. */
export type StopCondition =
  | { readonly type: "arena-obtained" | "arena-released" }
  /** A pool of the class, or of any, becomes full or empty. */
  | { readonly type: "pool-full" | "pool-empty"; readonly szidx?: number }
  /** Bytes asked for and live, in all domains, pass `bytes`. */
  | { readonly type: "live-above"; readonly bytes: number }
  /** Bytes of arenas with a live block, less the bytes of their live blocks, pass `bytes`. */
  | { readonly type: "pinned-above"; readonly bytes: number }
  | { readonly type: "block-freed"; readonly id: number };

export interface ReplayOptions extends Omit<HeapOptions, "checked" | "throwOnExhaustion"> {
  /** Where MEM requests go: to `pymalloc` (default), or as in the version emulated: `raw` before 3.6. */
  mem?: "pymalloc" | "raw";
  /** Whether the answers of the MEM and OBJ events are hashed from the start. Default: false. */
  hash?: boolean;
  /**
   * Moments that are kept on the way, evenly over the trace, so that any other is reached by running few events. Each takes the
   * memory of the tables, not of the blocks: what stands in blocks is lost on the way. Default: 0, and going back runs from the start.
   */
  keyframes?: number;
}

const STOP_BITS = {
  "arena-obtained": layout.STOP_ARENA_OBTAINED,
  "arena-released": layout.STOP_ARENA_RELEASED,
  "pool-full": layout.STOP_POOL_FULL,
  "pool-empty": layout.STOP_POOL_EMPTY,
  "pinned-above": layout.STOP_PINNED_ABOVE,
  "block-freed": layout.STOP_BLOCK_FREED,
} as const;

/** Throws a `RangeError` for a condition that is none: an unknown type, or a number that is missing or cannot be. */
function checkCondition(condition: StopCondition): void {
  if (!(condition.type === "live-above" || condition.type in STOP_BITS)) {
    throw new RangeError(`no condition ${condition.type}; there are live-above, ${Object.keys(STOP_BITS).join(", ")}`);
  }
  const { bytes, id, szidx } = condition as { bytes?: number; id?: number; szidx?: number };
  const isCount = (n: number | undefined): boolean => Number.isInteger(n) && (n as number) >= 0;
  const rule = (holds: boolean, what: string): void => {
    if (!holds) throw new RangeError(`${condition.type} needs ${what}, a whole number from 0`);
  };
  if (condition.type === "live-above" || condition.type === "pinned-above") rule(isCount(bytes), "bytes");
  if (condition.type === "block-freed") rule(isCount(id), "id");
  if (szidx !== undefined) rule(isCount(szidx), "szidx");
}

const ANY_CLASS = 0xffffffff;

/** The profile as replay has it: as in the goldens, realloc leaves a raw block where it is, unless true routing is asked for. */
function replayProfile(wanted: Profile | string | undefined, trace: Trace, mem: "pymalloc" | "raw"): Profile {
  const found = profile(wanted ?? trace.recordedBy ?? "3.12");
  return mem === "raw" ? found : { ...found, takesOverRaw: false };
}

export class Replay {
  readonly trace: Trace;
  readonly heap: Heap;
  readonly #core: Core;
  /** Moments to start from, in order of position; the first is the start. */
  readonly #keyframes: { readonly position: number; readonly frame: Keyframe }[] = [];
  /** Where there are no keyframes: the start, to the last bit of memory. */
  readonly #start: Checkpoint | null;
  readonly #keyframeEvery: number;
  readonly #ownBases: boolean;
  readonly #live: LiveBytes;
  #position = 0;

  /** Stands before the first event. The default profile is the one that recorded the trace, else 3.12. */
  static async create(trace: Trace, options: ReplayOptions = {}): Promise<Replay> {
    return new Replay(options.module ?? (await compileCore()), trace, options);
  }

  /** The same at once. A browser's main thread may refuse; use `create` there. */
  static createSync(trace: Trace, options: ReplayOptions = {}): Replay {
    return new Replay(options.module ?? compileCoreSync(), trace, options);
  }

  /** @internal Tests pass the debug build. */
  constructor(module: WebAssembly.Module, trace: Trace, options: ReplayOptions) {
    const { mem = "pymalloc", hash = false, keyframes = 0, ...heapOptions } = options;
    this.trace = trace;
    this.#live = new LiveBytes(trace);
    this.heap = new Heap(
      module,
      { ...heapOptions, profile: replayProfile(options.profile, trace, mem), checked: false },
      { baseOffsetCount: trace.bases.length / 2, idCount: Math.max(trace.idCount, 1) },
    );
    this.#core = this.heap.core;
    this.#ownBases = options.baseOffsets !== undefined && options.baseOffsets.length > 0;
    if (mem === "raw" && !this.heap.profile.memIsPymalloc) this.#write(layout.REPLAY_RAW_MASK, DOMAIN_BITS);
    if (hash) this.#write(layout.REPLAY_WATCH, layout.WATCH_HASH);
    if (!(Number.isInteger(keyframes) && keyframes >= 0))
      throw new RangeError(`keyframes are a whole number from 0, not ${keyframes}`);
    this.#start = keyframes === 0 ? this.heap.checkpoint() : null;
    this.#keyframeEvery = keyframes === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.ceil(this.length / keyframes), 1);
    if (keyframes > 0) this.#keepKeyframe();
  }

  /** Events run, marks included: the index of the next one. */
  get position(): number {
    return this.#position;
  }

  /** Events of the trace, marks included. */
  get length(): number {
    return this.trace.words.length / 2;
  }

  /** Bytes asked for and live, in all domains; what could not be served was asked for all the same. */
  get liveBytes(): number {
    return this.#live.at(this.#position);
  }

  /** MEM and OBJ events run. */
  get ops(): number {
    return this.#read(layout.REPLAY_OPS);
  }

  /** Requests that could not be served. */
  get failures(): number {
    return this.#read(layout.REPLAY_FAILURES);
  }

  /** FNV-1a over the answers so far; of use only when the option `hash` is set. */
  get hash(): number {
    return this.#read(layout.REPLAY_HASH);
  }

  /** MEM and OBJ events that gave a block in a pool; counted when the option `hash` is set. */
  get smallCount(): number {
    return this.#read(layout.REPLAY_SMALL);
  }

  /** Index, among MEM and OBJ events, of the one that obtained the first arena; their number when none was. */
  get firstArenaAtOp(): number {
    const op = this.#read(layout.REPLAY_FIRST_ARENA);
    return op === ANY_CLASS ? this.ops : op;
  }

  /** Address of the live block of `id`, or 0. */
  addressOf(id: number): number {
    if (!(Number.isInteger(id) && id >= 0 && id < this.trace.idCount))
      throw new RangeError(`the trace has ids 0 to ${this.trace.idCount - 1}`);
    return this.#core.read(this.#read(layout.REPLAY_IDS) + id * layout.ID_SIZE);
  }

  /** Runs the next `count` events, or those that there are. */
  step(count = 1): void {
    this.#run(Math.min(this.#position + this.#whole(count), this.length));
  }

  /** Goes to before event `position`, forwards or back. Throws a `RangeError` when the trace has no such place. */
  runTo(position: number): void {
    if (!(Number.isInteger(position) && position >= 0 && position <= this.length)) {
      throw new RangeError(`the trace has positions 0 to ${this.length}, not ${position}`);
    }
    if (this.#start === null) this.#goByKeyframe(position);
    else if (position < this.#position) {
      this.heap.restore(this.#start);
      this.#position = 0;
    }
    this.#run(position);
  }

  /** Goes to before the first event. */
  restart(): void {
    this.runTo(0);
  }

  /** Bytes that the keyframes kept so far take. */
  get keyframeBytes(): number {
    return this.#keyframes.reduce((bytes, { frame }) => bytes + keyframeBytes(frame), 0);
  }

  /**
   * Runs until one of `conditions` comes to hold; returns which did after the last event run, or none when the trace, or the
   * events up to `limit`, ended first. At most one condition of a type.
   */
  runUntil(conditions: readonly StopCondition[], limit = this.length): StopCondition["type"][] {
    for (const condition of conditions) checkCondition(condition);
    const end = Math.min(this.#whole(limit), this.length);
    const watch = this.#read(layout.REPLAY_WATCH);
    const passing = conditions.find((condition) => condition.type === "live-above");
    const passes = passing ? this.#live.passes(passing.bytes, this.#position, end) : null;
    let bits = watch;
    for (const condition of conditions) {
      if (condition.type === "live-above") continue; // known from the trace alone
      bits |= STOP_BITS[condition.type];
      this.#arm(condition);
    }
    this.#write(layout.REPLAY_WATCH, bits);
    const stopped = this.#run(passes ?? end);
    this.#write(layout.REPLAY_WATCH, watch);
    const holds = (type: StopCondition["type"]): boolean =>
      type === "live-above" ? this.#position === passes : (stopped & STOP_BITS[type]) !== 0;
    return conditions.map(({ type }) => type).filter(holds);
  }

  /**
   * Runs to before event `end` and gives `take` the answer lines, two words each, in the order of the events: see
   * assembly/replay/replay.ts. `take` must not keep the array.
   */
  runAnswered(end: number, take: (words: Uint32Array) => void): void {
    if (this.#whole(end) > this.length) throw new RangeError(`the trace has positions 0 to ${this.length}, not ${end}`);
    const watch = this.#read(layout.REPLAY_WATCH);
    this.#write(layout.REPLAY_WATCH, watch | layout.WATCH_ANSWERS);
    const answers = this.#read(layout.REPLAY_ANSWERS) / 4;
    this.#run(end, () => take(this.#core.words.subarray(answers, answers + 2 * this.#read(layout.REPLAY_ANSWERED))));
    this.#write(layout.REPLAY_WATCH, watch);
  }

  /** `count` itself; throws a `RangeError` for what is no number of events. */
  #whole(count: number): number {
    if (Number.isInteger(count) && count >= 0) return count;
    throw new RangeError(`events are counted in whole numbers from 0, not ${count}`);
  }

  #read(offset: number): number {
    return this.#core.read(layout.REPLAY + offset);
  }

  #write(offset: number, word: number): void {
    this.#core.write(layout.REPLAY + offset, word);
  }

  #arm(condition: StopCondition): void {
    if (condition.type === "pinned-above")
      this.#write(layout.REPLAY_STOP_PINNED, Math.min(condition.bytes, 0xffffffff));
    if (condition.type === "block-freed") this.#write(layout.REPLAY_STOP_ID, condition.id);
    if (condition.type === "pool-full") this.#write(layout.REPLAY_STOP_FULL_SZIDX, condition.szidx ?? ANY_CLASS);
    if (condition.type === "pool-empty") this.#write(layout.REPLAY_STOP_EMPTY_SZIDX, condition.szidx ?? ANY_CLASS);
  }

  /** Hands over the base offsets that stand before the next event; returns where the ones after it stand. */
  #pushBases(): number {
    const { bases } = this.trace;
    if (this.#ownBases) return Number.POSITIVE_INFINITY;
    let next = this.#core.read(layout.BASE_OFFSETS + layout.BASE_OFFSETS_COUNT) * 2;
    for (; next < bases.length && bases[next] <= this.#position; next += 2)
      this.#core.exports.pushBaseOffset(bases[next + 1]);
    return next < bases.length ? bases[next] : Number.POSITIVE_INFINITY;
  }

  /** Goes to the last keyframe up to `position`, unless the way from here is shorter. */
  #goByKeyframe(position: number): void {
    const nearest = this.#keyframes[Math.min(Math.floor(position / this.#keyframeEvery), this.#keyframes.length - 1)];
    if (position >= this.#position && nearest.position <= this.#position) return;
    const watch = this.#read(layout.REPLAY_WATCH);
    restoreKeyframe(this.#core, this.heap.profile, this.trace.idCount, nearest.frame);
    this.#write(layout.REPLAY_WATCH, watch); // the frame's may be of a run that was to stop somewhere
    this.heap.touch();
    this.#position = nearest.position;
  }

  /** Keeps this moment. Keyframe n is at n × `#keyframeEvery`. */
  #keepKeyframe(): void {
    const frame = keyframe(this.#core, this.heap.profile, this.trace.idCount);
    this.#keyframes.push({ position: this.#position, frame });
  }

  /** Runs to before event `end`, window by window; returns the STOP_… bits that ended it earlier, or 0. */
  #run(end: number, afterWindow?: () => void): number {
    while (this.#position < end) {
      const nextKeyframe = this.#start ? Number.POSITIVE_INFINITY : this.#keyframes.length * this.#keyframeEvery;
      const until = Math.min(end, this.#position + layout.WINDOW_EVENTS, nextKeyframe, this.#pushBases());
      const count = until - this.#position;
      const words = this.trace.words.subarray(2 * this.#position, 2 * until);
      this.#core.words.set(words, this.#read(layout.REPLAY_WINDOW) / 4);
      this.#position += this.#core.exports.replay(0, count) >>> 0;
      if (this.#position === nextKeyframe) this.#keepKeyframe();
      afterWindow?.();
      const stopped = this.#read(layout.REPLAY_STOPPED);
      if (stopped !== 0) return stopped;
    }
    return 0;
  }
}
