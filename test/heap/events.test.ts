/** What a heap tells its listeners, against what is seen by looking before and after each call. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customProfile, profile } from "../../src/geometry/profiles.js";
import type { HeapEvent } from "../../src/heap/events.js";
import { Heap } from "../../src/heap/heap.js";
import { HeapExhaustedError } from "../../src/text/errors.js";
import { bases, eventsOf, geometries, type Op, traces } from "../model/arbitrary.js";

const NAMES = ["arena-obtained", "arena-released", "pool-initialised", "pool-full", "pool-empty"] as const;

/** Events of all kinds, as they are told. */
function recorded(heap: Heap): HeapEvent[] {
  const events: HeapEvent[] = [];
  for (const name of NAMES) heap.on(name, (event) => events.push(event));
  return events;
}

interface Sight {
  readonly arenas: readonly number[];
  /** By address: pools with a block in use. */
  readonly pools: ReadonlyMap<number, { readonly szidx: number; readonly isFull: boolean }>;
}

function look(heap: Heap): Sight {
  const { arenas } = heap.snapshot();
  const inUse = arenas.flatMap((arena) => arena.pools.filter(({ count }) => count > 0));
  return {
    arenas: arenas.map(({ ordinal }) => ordinal),
    pools: new Map(
      inUse.map(({ address, szidx, state }) => [address, { szidx: szidx as number, isFull: state === "full" }]),
    ),
  };
}

/** What happened between two sights, in the order in which a call does things: it takes before it gives back. */
function difference(before: Sight, after: Sight): HeapEvent[] {
  const obtained = after.arenas.filter((ordinal) => !before.arenas.includes(ordinal));
  const released = before.arenas.filter((ordinal) => !after.arenas.includes(ordinal));
  const taken = [...after.pools].filter(([address]) => !before.pools.has(address));
  const full = [...after.pools].filter(([address, { isFull }]) => isFull && !before.pools.get(address)?.isFull);
  const emptied = [...before.pools].filter(([address]) => !after.pools.has(address));
  const told = (type: "pool-initialised" | "pool-full" | "pool-empty", pools: typeof taken): HeapEvent[] =>
    pools.map(([address, { szidx }]) => ({ type, address, szidx }));
  return [
    ...obtained.map((ordinal) => ({ type: "arena-obtained" as const, ordinal })),
    ...told("pool-initialised", taken),
    ...told("pool-full", full),
    ...told("pool-empty", emptied),
    ...released.map((ordinal) => ({ type: "arena-released" as const, ordinal })),
  ];
}

/** Runs `ops` and compares what was told with what was seen, after each. Returns how many events there were. */
function compare(heap: Heap, ops: readonly Op[]): number {
  const told = recorded(heap);
  const addresses = new Map<number, number>();
  let count = 0;
  let before = look(heap);
  for (const event of eventsOf(ops)) {
    const address = addresses.get(event.id) ?? 0;
    addresses.delete(event.id);
    if (event.op === "free") heap.free(address);
    else if (event.op === "calloc") addresses.set(event.id, heap.calloc(event.count, event.nbytes));
    else addresses.set(event.id, heap.realloc(address, event.nbytes));
    const after = look(heap);
    expect(told.splice(0), `${event.op} of ${address}`).toEqual(difference(before, after));
    count += difference(before, after).length;
    before = after;
  }
  return count;
}

const RUNS = Math.ceil(Number(process.env.PYMALLOC_RUNS ?? 100) / 2);

describe("events are what happened, in order, and nothing else", () => {
  const scenarios = geometries().chain((geometry) =>
    fc.tuple(fc.constant(geometry), traces(geometry, { maxPhases: 6, maxPhaseOps: 80 }), bases(geometry)),
  );

  it("on any geometry, through any program", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, baseOffsets]) => {
        compare(Heap.createSync({ profile: customProfile(geometry), baseOffsets }), ops);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(["2.3", "2.4", "3.8", "3.12", "wasm32"])("on %s", (name) => {
    const { geometry } = profile(name);
    const programs = fc.sample(traces(geometry, { maxPhases: 20, maxPhaseOps: 150 }), { numRuns: 4, seed: 12 });
    const counts = programs.map((ops) => compare(Heap.createSync({ profile: name }), ops));
    expect(Math.max(...counts)).toBeGreaterThan(20);
  });

  it("where memory is refused", () => {
    const { geometry } = profile("3.8");
    const [ops] = fc.sample(traces(geometry, { maxPhases: 12, maxPhaseOps: 150 }), { numRuns: 1, seed: 13 });
    for (const refuseEvery of [1, 2, 3]) compare(Heap.createSync({ profile: "3.8", refuseEvery }), ops);
  });
});

describe("a realloc within a pool that has no other block in use", () => {
  it("takes no pool", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    const block = heap.malloc(16);
    const told = recorded(heap);
    expect(heap.realloc(block, 8)).not.toBe(block); // to three quarters or less moves, here in its own class
    expect(told).toEqual([]);
  });
});

describe("a listener", () => {
  it("hears its own kind of event, in the order of listening, with the heap as it is after the call", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const heard: string[] = [];
    heap.on("pool-full", ({ type, address }) => {
      const pool = heap.snapshot().arenas[0].pools.find((p) => p.address === address);
      heard.push(`first ${type}: ${pool?.state} ${pool?.count}`);
    });
    heap.on("pool-full", ({ szidx }) => heard.push(`second ${szidx}`));
    heap.on("arena-obtained", ({ ordinal }) => heard.push(`arena ${ordinal} of ${heap.stats().pymalloc.arenas.live}`));
    const blocks = Array.from({ length: 14 }, () => heap.malloc(512));
    expect(heard).toEqual([
      "arena 0 of 1",
      "first pool-full: full 7",
      "second 31",
      "first pool-full: full 7",
      "second 31",
    ]);
    for (const address of blocks) heap.free(address);
    expect(heard).toHaveLength(5);
  });

  it("hears all of one call: what a realloc takes first, then what it gives back", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const filling = Array.from({ length: 448 }, () => heap.malloc(512));
    const lonely = heap.malloc(512); // alone in arena 1
    for (let i = 0; i < 63 * 7; i++) heap.malloc(500); // the rest of it
    for (const address of filling) if (address !== filling[0]) heap.free(address);
    const told = recorded(heap);
    const start = (address: number): number => address - (address % 4096);
    const moved = heap.realloc(filling[0], 100);
    expect(told).toEqual([
      { type: "pool-initialised", address: start(moved), szidx: 6 },
      { type: "pool-empty", address: start(filling[0]), szidx: 31 },
    ]);
    told.length = 0;
    const away = heap.realloc(moved, 5000);
    expect(told).toEqual([
      { type: "pool-empty", address: start(moved), szidx: 6 },
      { type: "arena-released", ordinal: 0 },
    ]);
    told.length = 0;
    heap.free(away);
    expect(told).toEqual([]);
    expect(heap.isLiveBlock(lonely)).toBe(true);
  });

  it("hears nothing once it has stopped, and others go on", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const heard: string[] = [];
    const stop = heap.on("pool-initialised", () => heard.push("a"));
    const other = heap.on("pool-initialised", () => heard.push("b"));
    heap.malloc(10);
    stop();
    heap.malloc(20);
    other();
    heap.malloc(40);
    expect(heard).toEqual(["a", "b", "b"]);
    heap.on("pool-initialised", () => heard.push("c"));
    heap.malloc(60);
    expect(heard).toEqual(["a", "b", "b", "c"]);
  });

  it("is refused when it is no function, or for what is no event", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    expect(() => heap.on("nope" as "pool-full", () => {})).toThrow(RangeError);
    expect(() => heap.on("pool-full", undefined as unknown as () => void)).toThrow(TypeError);
  });

  it("may be stopped twice, which stops nobody else", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const heard: string[] = [];
    const stop = heap.on("pool-initialised", () => heard.push("a"));
    stop();
    heap.on("pool-initialised", () => heard.push("b"));
    stop();
    heap.malloc(10);
    expect(heard).toEqual(["b"]);
  });

  it("that is given twice hears twice, and each is stopped alone", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    const stop = heap.on("arena-obtained", listener);
    heap.on("arena-obtained", listener);
    heap.malloc(10);
    expect(heard).toBe(2);
    stop();
    for (let i = 0; i < 448; i++) heap.malloc(512);
    expect(heard).toBe(3);
  });

  it("may stop itself while it is told", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const heard: number[] = [];
    const stop = heap.on("pool-initialised", ({ szidx }) => {
      heard.push(szidx);
      stop();
    });
    heap.malloc(16);
    heap.malloc(32);
    expect(heard).toEqual([0]);
  });

  it("may start another while it is told", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const heard: string[] = [];
    const stop = heap.on("arena-obtained", () => {
      stop();
      heap.on("pool-initialised", ({ szidx }) => heard.push(`pool of class ${szidx}`));
    });
    heap.malloc(16);
    heap.malloc(32);
    expect(heard.at(-1)).toBe("pool of class 1");
  });
});

describe("no event is told", () => {
  const quiet: readonly [string, (heap: Heap, block: number) => unknown][] = [
    ["of calls of the raw domain", (heap) => heap.rawFree(heap.rawRealloc(heap.rawMalloc(100), 200_000))],
    ["of large blocks", (heap) => heap.free(heap.realloc(heap.calloc(3, 10_000), 200_000))],
    ["of a block that stays", (heap, block) => heap.realloc(block, 100)],
    ["of free of 0", (heap) => heap.free(0)],
    ["of questions", (heap, block) => [heap.stats(), heap.describe(block), heap.image(), [...heap.liveBlocks()]]],
    ["of a checkpoint and its restore", (heap) => heap.restore(heap.checkpoint())],
    ["of a refused free", (heap, block) => expect(() => heap.free(block + 1)).toThrow()],
    ["of a refused realloc", (heap, block) => expect(() => heap.realloc(block + 1, 10)).toThrow()],
    ["of a refused size", (heap) => expect(() => heap.malloc(-1)).toThrow(RangeError)],
    ["of a request that fails", (heap) => expect(() => heap.malloc(2 ** 31)).toThrow(HeapExhaustedError)],
  ];

  it.each(quiet)("%s", (_, call) => {
    const heap = Heap.createSync({ throwOnExhaustion: true });
    const block = heap.malloc(104);
    const told = recorded(heap);
    call(heap, block);
    expect(told).toEqual([]);
    heap.malloc(8);
    expect(told.map(({ type }) => type)).toEqual(["pool-initialised"]);
  });
});
