/** The debug build's check of every invariant: through whole programs, and through refused memory. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profile } from "../../src/geometry/profiles.js";
import { Heap, type HeapOptions } from "../../src/heap/heap.js";
import { Replay, type ReplayOptions } from "../../src/replay/replay.js";
import { HeapExhaustedError } from "../../src/text/errors.js";
import { idOf, OP_CALLOC, OP_FREE, OP_MALLOC, opOf } from "../../src/trace/event.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { brokenRule, debugModule } from "../debugcore.js";
import { bases, repOf, traces } from "../model/arbitrary.js";
import { syntheticBytes } from "../model/generate.js";
import { type Block, Model, type Place, RAW } from "../model/model.js";
import { Script } from "../model/script.js";

/** One of each release rule; the first two keep the order by slide and by fingers. */
const PROFILES = ["2.4", "3.8", "3.12"];
const RUNS = Number(process.env.PYMALLOC_RUNS ?? 100);

function readRep(bytes: Uint8Array): Trace {
  const reader = new RepReader("generated.rep");
  reader.push(bytes);
  return reader.finish();
}

const debugReplay = (trace: Trace, options: ReplayOptions): Replay =>
  Replay.createSync(trace, { ...options, module: debugModule });
const debugHeap = (options: HeapOptions): Heap => Heap.createSync({ ...options, module: debugModule });

/** Runs `count` events and gives the first event after which a rule was broken, with the rule; null for none. */
function firstBreach(replay: Replay, count: number): string | null {
  const end = Math.min(replay.position + count, replay.length);
  while (replay.position < end) {
    replay.step();
    const rule = brokenRule(replay.heap.core);
    if (rule !== "sound") return `${rule} after event ${replay.position - 1}`;
  }
  return null;
}

// ---- programs -----------------------------------------------------------------------------------------

/** Small programs of the habits of the synthetic traces: 2,000 to 7,000 events each. */
const HABITS: Readonly<Record<string, (s: Script) => void>> = {
  churn: (s) => {
    const blocks = Array.from({ length: 1000 }, () => s.malloc(s.between(1, 512)));
    for (let step = 0; step < 1500; step++) {
      s.free(s.take(blocks));
      blocks.push(s.malloc(s.between(1, 512)));
    }
    s.freeAll(blocks);
  },
  stack: (s) => {
    const stack: number[] = [];
    while (s.opCount < 4000) {
      for (let n = s.between(1, 600); n > 0; n--) stack.push(s.malloc(s.between(1, 560)));
      for (let n = s.between(1, Math.min(stack.length, 700)); n > 0; n--) s.free(stack.pop() as number);
    }
    s.freeAll(stack);
  },
  queue: (s) => {
    const queue: number[] = [];
    while (s.opCount < 4000) {
      for (let n = s.between(1, 600); n > 0; n--) queue.push(s.malloc(s.between(1, 560)));
      for (let n = s.between(1, Math.min(queue.length, 700)); n > 0; n--) s.free(queue.shift() as number);
    }
    s.freeAll(queue);
  },
  resizing: (s) => {
    const blocks = Array.from({ length: 300 }, () => s.malloc(s.between(0, 600)));
    for (let step = 0; step < 4000; step++) {
      const size = [s.between(1, 64), s.between(490, 530), s.between(0, 600), s.between(600, 9000)][s.below(4)];
      s.realloc(blocks[s.below(blocks.length)], size);
    }
    s.freeAll(blocks);
  },
  zeroed: (s) => {
    const blocks: number[] = [];
    for (let step = 0; step < 3000; step++) {
      if (blocks.length > 0 && s.below(100) < 45) s.free(s.take(blocks));
      else blocks.push(s.calloc(s.below(24), s.below(40)));
    }
    s.freeAll(blocks);
  },
  edge: (s) => {
    const blocks = Array.from({ length: 1983 }, () => s.malloc(512)); // an arena of 1 MiB but for one block
    for (let i = 0; i < 100; i++) s.freeAll([s.malloc(512), s.malloc(512), s.malloc(16)]);
    s.shuffle(blocks);
    s.freeAll(blocks);
  },
  runs: (s) => {
    const runs: number[][] = [];
    while (s.opCount < 4000) {
      if (runs.length > 40 || (runs.length > 8 && s.below(3) === 0)) s.freeAll(s.take(runs));
      const size = [512, 480, 256, 128][s.below(4)];
      runs.push(Array.from({ length: Math.floor(7168 / size) * s.between(1, 4) }, () => s.malloc(size)));
    }
    for (const run of runs) s.freeAll(run);
  },
  large: (s) => {
    const blocks: number[] = [];
    const size = (): number => [s.between(513, 4096), s.between(4096, 140000), s.between(120000, 300000)][s.below(3)];
    for (let step = 0; step < 3000; step++) {
      const dice = s.below(100);
      if (blocks.length > 0 && dice < 45) s.free(s.take(blocks));
      else if (blocks.length > 0 && dice < 60) s.realloc(blocks[s.below(blocks.length)], size());
      else blocks.push(s.below(4) === 0 ? s.calloc(1, size()) : s.malloc(size()));
    }
    s.freeAll(blocks);
  },
};

function program(habit: string, seed: number): Trace {
  const script = new Script(seed);
  HABITS[habit](script);
  return readRep(script.bytes());
}

describe("the heap is sound after every event", () => {
  /** The seeds in turn, so that each habit and each profile meets both. */
  const cases = PROFILES.flatMap((name, i) =>
    Object.keys(HABITS).map((habit, j) => [habit, 11 + ((i + j) % 2), name] as const),
  );

  it.each(cases)("of %s, seed %i, on %s", (habit, seed, name) => {
    const trace = program(habit, seed);
    expect(trace.opCount).toBeGreaterThan(2000);
    const replay = debugReplay(trace, { profile: name, baseOffsets: seed === 12 ? [0, 1024, 0] : [] });
    expect(firstBreach(replay, Number.POSITIVE_INFINITY)).toBeNull();
    expect(replay.heap.stats()).toMatchObject({ allocatedBlocks: 0, pymalloc: { ledger: { allocated: 0 } } });
  });

  it.each(PROFILES.flatMap((name) => ["sizes", "zero"].map((trace) => [trace, name] as const)))(
    "of the synthetic trace %s with another seed, on %s",
    (trace, name) => {
      const replay = debugReplay(readRep(syntheticBytes(trace, 77)), { profile: name });
      expect(firstBreach(replay, Number.POSITIVE_INFINITY)).toBeNull();
    },
  );

  it.each(["calloc", "lifo", "fifo", "churn", "realloc_walk", "thrash"])(
    "in the middle of the synthetic trace %s with another seed, for 100 events",
    (trace) => {
      const read = readRep(syntheticBytes(trace, 78));
      for (const name of PROFILES) {
        const replay = debugReplay(read, { profile: name, baseOffsets: [1024, 0] });
        replay.runTo(Math.floor(replay.length / 2));
        expect(firstBreach(replay, 100), name).toBeNull();
      }
    },
  );

  it.each(PROFILES)("of any trace, on %s", (name) => {
    const { geometry } = profile(name);
    fc.assert(
      fc.property(traces(geometry, { maxPhases: 20, maxPhaseOps: 200 }), bases(geometry), (ops, arenaBases) => {
        fc.pre(ops.length > 0);
        const trace = readRep(new TextEncoder().encode(repOf(ops, arenaBases)));
        expect(firstBreach(debugReplay(trace, { profile: name }), Number.POSITIVE_INFINITY)).toBeNull();
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });
});

describe("the heap is sound after every arena event and every 65,536th event", () => {
  const recorded = (name: string): Uint8Array =>
    gunzipSync(readFileSync(new URL(`../../examples/traces/${name}.rep.gz`, import.meta.url)));
  const long: readonly [string, Trace][] = [
    ["fragment", readRep(syntheticBytes("fragment", 79))],
    ["arenas", readRep(syntheticBytes("arenas", 80))],
    ["3.11.7-csv_sqlite", readRep(recorded("3.11.7-csv_sqlite"))],
  ];

  it.each(PROFILES.flatMap((name) => long.map(([title, trace]) => [title, name, trace] as const)))(
    "of %s, on %s",
    (_, name, trace) => {
      const replay = debugReplay(trace, { profile: name });
      const breaches: string[] = [];
      let stops = 0;
      for (let limit = 65536; replay.position < replay.length; ) {
        const stopped = replay.runUntil(
          [{ type: "arena-obtained" }, { type: "arena-released" }],
          Math.min(limit, replay.length),
        );
        if (replay.position >= limit) limit += 65536;
        stops += Number(stopped.length > 0);
        const rule = brokenRule(replay.heap.core);
        if (rule !== "sound") breaches.push(`${rule} after event ${replay.position - 1}`);
      }
      expect(breaches).toEqual([]);
      const { obtained, released } = replay.heap.stats().pymalloc.arenas;
      expect(stops).toBeGreaterThan(20);
      expect(stops).toBeLessThanOrEqual(obtained + released);
    },
  );
});

// ---- memory refused -----------------------------------------------------------------------------------

interface Event {
  readonly op: number;
  readonly id: number;
  readonly nbytes: number;
}

function eventsOf({ words }: Trace): Event[] {
  return Array.from({ length: words.length / 2 }, (_, i) => ({
    op: opOf(words[2 * i]),
    id: idOf(words[2 * i]),
    nbytes: words[2 * i + 1],
  }));
}

/** A program whose requests are small, large, or of nothing, and grow and shrink; 3,600 events and the frees of all. */
function greedy(seed: number): Trace {
  const s = new Script(seed);
  const blocks: number[] = [];
  const size = (): number => {
    const dice = s.below(100);
    if (dice < 3) return 0;
    if (dice < 80) return s.between(1, 512);
    return dice < 95 ? s.between(513, 20000) : s.between(100000, 300000);
  };
  for (let phase = 0; phase < 6; phase++) {
    const frees = phase % 2 === 0 ? 20 : 70;
    for (let step = 0; step < 600; step++) {
      const dice = s.below(100);
      if (blocks.length > 0 && dice < frees) s.free(s.take(blocks));
      else if (blocks.length > 0 && dice < frees + 15) s.realloc(blocks[s.below(blocks.length)], size());
      else blocks.push(dice % 5 === 0 ? s.calloc(1, size()) : s.malloc(size()));
    }
  }
  s.freeAll(blocks);
  return readRep(s.bytes());
}

function placeOf(heap: Heap, address: number): Place | null {
  const { arenaSize, poolSize } = heap.profile.geometry;
  const arena = heap.snapshot().arenas.find((a) => address >= a.address && address < a.address + arenaSize);
  if (!arena) return null;
  const pool = Math.floor((address - arena.firstPoolAddress) / poolSize);
  return { arena: arena.ordinal, pool, offset: address - arena.pool(pool).address };
}

/**
 * Runs a trace on a heap and on the model side by side. The model is refused an arena exactly where the heap got none; then it
 * passes the request on to the raw allocator, which may have refused the heap too: so 0 is right only where the model says raw.
 */
class SideBySide {
  readonly heap: Heap;
  readonly model: Model;
  readonly #blocks = new Map<number, number>();
  readonly #modelBlocks = new Map<number, Block>();
  #mayObtain = false;
  #modelWasRefused = false;
  failures = 0;

  constructor(options: HeapOptions) {
    this.heap = debugHeap(options);
    this.model = new Model(this.heap.profile.geometry, {
      failArena: () => {
        this.#modelWasRefused ||= !this.#mayObtain;
        return !this.#mayObtain;
      },
    });
  }

  run({ op, id, nbytes }: Event): void {
    const { heap, model } = this;
    const before = heap.stats();
    const old = this.#blocks.get(id) ?? 0;
    const modelOld = this.#modelBlocks.get(id) ?? null;
    const bytesBefore = old === 0 ? [] : Array.from(heap.bytes(old, 8));
    const address =
      op === OP_MALLOC
        ? heap.malloc(nbytes)
        : op === OP_CALLOC
          ? heap.calloc(1, nbytes)
          : op === OP_FREE
            ? heap.free(old)
            : heap.realloc(old, nbytes);
    const after = heap.stats();
    this.#mayObtain = after.pymalloc.arenas.obtained > before.pymalloc.arenas.obtained;
    this.#modelWasRefused = false;
    expect(brokenRule(heap.core)).toBe("sound");
    if (address === undefined) {
      model.free(modelOld);
      this.#blocks.delete(id);
      this.#modelBlocks.delete(id);
    } else if (address === 0) {
      this.failures++;
      const isSmall = nbytes > 0 && nbytes <= heap.profile.geometry.threshold && modelOld !== RAW;
      const refused = after.os.refused - before.os.refused;
      expect(refused).toBeGreaterThanOrEqual(isSmall ? 2 : 1); // an arena and, for what then goes on to it, the raw domain
      expect(old === 0 ? [] : Array.from(heap.bytes(old, 8))).toEqual(bytesBefore);
      if (modelOld !== null) return; // the block that could not be resized is as it was
      const modelBlock = op === OP_CALLOC ? model.calloc(1, nbytes) : model.malloc(nbytes);
      expect(modelBlock).toBe(RAW);
      model.free(modelBlock);
    } else {
      this.#blocks.set(id, address);
      const modelBlock = op === OP_CALLOC ? model.calloc(1, nbytes) : model.realloc(modelOld, nbytes);
      this.#modelBlocks.set(id, modelBlock);
      expect(placeOf(heap, address) ?? RAW).toEqual(modelBlock);
    }
    if (this.#modelWasRefused) expect(after.os.refused).toBeGreaterThan(before.os.refused);
    expect([after.raw.blocks, after.pymalloc.arenas.live, after.pymalloc.unusedPools]).toEqual([
      model.rawBlocks,
      model.arenasLive,
      model.unusedPools,
    ]);
  }
}

describe.each(PROFILES)("with memory refused, on %s,", (name) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 29, 64])(
    "one map request in %i: requests give 0 or go to the raw domain, nothing breaks, and all can be freed",
    (refuseEvery) => {
      const both = new SideBySide({ profile: name, refuseEvery });
      for (const event of eventsOf(greedy(refuseEvery))) both.run(event);
      const { heap, model } = both;
      const { pymalloc, raw, os, calls, allocatedBlocks } = heap.stats();
      expect(os.refused).toBeGreaterThan(0);
      expect(calls.failures).toBe(both.failures);
      expect([...heap.liveBlocks()]).toEqual([]);
      expect({ allocatedBlocks, allocated: pymalloc.ledger.allocated, rawBytes: raw.blockBytes }).toEqual({
        allocatedBlocks: 0,
        allocated: 0,
        rawBytes: 0,
      });
      expect(pymalloc.ledger).toEqual({ ...model.ledger(), total: pymalloc.arenas.live * pymalloc.arenaSize });
      expect(os.mappedBytes).toBe(pymalloc.ledger.total + raw.regionBytes);
    },
  );

  it("the replay of a trace counts as many failures as calls of a heap, and goes on", () => {
    const trace = greedy(5);
    const both = new SideBySide({ profile: name, refuseEvery: 3 });
    for (const event of eventsOf(trace)) both.run(event);
    const replay = debugReplay(trace, { profile: name, refuseEvery: 3 });
    replay.runTo(replay.length);
    expect(replay.failures).toBe(both.failures);
    expect(replay.failures).toBeGreaterThan(0);
    expect({ ...replay.heap.stats(), calls: null, wasmBytes: 0 }).toEqual({
      ...both.heap.stats(),
      calls: null,
      wasmBytes: 0,
    });
    expect(replay.liveBytes).toBe(0);
  });
});

describe.each(PROFILES)("a heap with a memory limit, on %s,", (name) => {
  const limitBytes = 3 << 20;

  /** Asks for blocks until there is none to be had. */
  function fill(heap: Heap, nbytes: number): number[] {
    const blocks: number[] = [];
    for (let address = heap.malloc(nbytes); address !== 0; address = heap.malloc(nbytes)) blocks.push(address);
    return blocks;
  }

  it.each([[64], [512], [1000], [200_000]])(
    "gives 0 when blocks of %i bytes fill it, and serves nine tenths as many again once they are freed",
    (nbytes) => {
      const heap = debugHeap({ profile: name, limitBytes });
      const blocks = fill(heap, nbytes);
      expect(brokenRule(heap.core)).toBe("sound");
      expect(new Set(blocks).size).toBe(blocks.length);
      const { os, calls } = heap.stats();
      expect(os.mappedBytes).toBeLessThanOrEqual(limitBytes);
      expect(os.mappedBytes).toBeGreaterThan(limitBytes * 0.6);
      expect(calls.failures).toBe(1);
      for (const address of blocks) heap.free(address);
      expect(brokenRule(heap.core)).toBe("sound");
      expect([...heap.liveBlocks()]).toEqual([]);
      expect(fill(heap, nbytes).length).toBeGreaterThanOrEqual(blocks.length * 0.9);
      expect(brokenRule(heap.core)).toBe("sound");
    },
  );

  it("throws when told to, and is as it was", () => {
    const heap = debugHeap({ profile: name, limitBytes, throwOnExhaustion: true });
    const block = heap.malloc(100);
    heap.bytes(block, 100).fill(7);
    const before = heap.stats();
    const calls = [
      () => heap.malloc(limitBytes + 1),
      () => heap.calloc(2, limitBytes),
      () => heap.realloc(block, limitBytes + 1),
      () => heap.rawMalloc(limitBytes + 1),
      () => heap.rawCalloc(2, limitBytes),
      () => heap.rawRealloc(0, limitBytes + 1),
    ];
    for (const call of calls) expect(call).toThrow(HeapExhaustedError);
    expect(heap.stats()).toEqual({
      ...before,
      calls: { malloc: 3, calloc: 2, realloc: 2, free: 0, failures: 6 },
    });
    expect(Array.from(heap.bytes(block, 100))).toEqual(Array(100).fill(7));
    expect(brokenRule(heap.core)).toBe("sound");
  });
});
