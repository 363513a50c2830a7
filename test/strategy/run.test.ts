/** Traces run on strategies: the same places as the core, the same every time, and two allocators one after the other. */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { describe, expect, it } from "vitest";
import * as layout from "../../src/memory/layout.js";
import { Replay } from "../../src/replay/replay.js";
import { StrategyRun } from "../../src/strategy/run.js";
import { foreignStrategy, STRATEGIES, type Strategy, strategy } from "../../src/strategy/strategies.js";
import type { StrategyHeap } from "../../src/strategy/strategyheap.js";
import { TraceBuilder } from "../../src/trace/builder.js";
import { LiveBytes } from "../../src/trace/livebytes.js";
import { readTrace } from "../../src/trace/read.js";
import type { Trace } from "../../src/trace/trace.js";
import { randomTrace } from "../replay/random-trace.js";

const data = (name: string): Promise<Trace> =>
  readTrace(readFileSync(new URL(`../../examples/traces/${name}`, import.meta.url)), { name }).then(
    ({ trace }) => trace,
  );

/** Addresses of all live blocks, from the base, by id. */
const places = (run: StrategyRun): [number, number][] =>
  [...run.liveBlocks()].map(({ id, address }) => [id, address - (run.heaps[0] as StrategyHeap).baseAddress]);

function corePlaces(replay: Replay): [number, number][] {
  const base = replay.heap.core.read(layout.OS + layout.OS_BASE);
  const found: [number, number][] = [];
  for (let id = 0; id < replay.trace.idCount; id++) {
    const address = replay.addressOf(id);
    if (address !== 0) found.push([id, address - base]);
  }
  return found;
}

const run = (trace: Trace, name: string): StrategyRun => {
  const made = new StrategyRun(trace, strategy(name));
  made.runTo(made.length);
  return made;
};

describe("pymalloc with CPython's policies", () => {
  it.each([
    ["3.11.7-csv_sqlite.rep.gz", "3.11"],
    ["3.11.7-csv_sqlite.rep.gz", "2.4"],
    ["3.8.18-csv_sqlite.rep.gz", "3.8"],
    ["3.8.18-csv_sqlite.rep.gz", "3.9-32"],
    ["3.8.18-csv_sqlite.rep.gz", "3.7"],
  ])("puts each block of %s under %s where the core does", async (name, profile) => {
    const trace = await data(name);
    const replay = Replay.createSync(trace, { profile, baseOffsets: [0] });
    const strategyRun = new StrategyRun(trace, strategy(`pymalloc:${profile}`));
    for (let position = 0; position < replay.length; position += 99_991) {
      replay.runTo(position);
      strategyRun.runTo(position);
      expect(places(strategyRun)).toEqual(corePlaces(replay));
    }
    replay.runTo(replay.length);
    strategyRun.runTo(replay.length);
    expect(places(strategyRun)).toEqual(corePlaces(replay));
  });

  it("puts each block of a random program there after every event", () => {
    const trace = randomTrace(7, 6000);
    const replay = Replay.createSync(trace, { profile: "3.12" });
    const strategyRun = new StrategyRun(trace, strategy("pymalloc:3.12"));
    for (let position = 0; position <= replay.length; position += 50) {
      replay.runTo(position);
      strategyRun.runTo(position);
      expect(places(strategyRun)).toEqual(corePlaces(replay));
    }
  });
});

describe("a run", () => {
  const trace = randomTrace(3, 8000);

  it.each([...STRATEGIES.map(({ name }) => name), "first-fit:lifo", "pymalloc:3.9+arena=random+pool=fullest"])(
    "of %s is the same every time, however it is cut",
    (name) => {
      const whole = run(trace, name);
      const cut = new StrategyRun(trace, strategy(name));
      const positions = [0, 1, 500, 500, 7000];
      const seen: number[] = [];
      cut.runAll(positions, (position) => seen.push(position));
      expect(seen).toEqual(positions);
      expect(cut.hash).toBe(whole.hash);
      expect(cut.heaps[0].ledger()).toEqual(whole.heaps[0].ledger());
      expect([cut.heldPeakBytes, cut.residentPeakBytes]).toEqual([whole.heldPeakBytes, whole.residentPeakBytes]);
      expect(whole.failures).toBe(0);
    },
  );

  it("counts what was asked for and lives, as the trace has it", () => {
    const made = new StrategyRun(trace, strategy("slab"));
    const live = new LiveBytes(trace);
    for (let position = 0; position <= made.length; position += 100) {
      made.runTo(position);
      expect(made.liveBytes).toBe(live.at(position));
      const asked = [...made.liveBlocks()].reduce((sum, { askedBytes }) => sum + askedBytes, 0);
      expect(asked).toBe(made.liveBytes);
    }
    made.runTo(made.length);
    expect(made.livePeakBytes).toBe(trace.peakLiveBytes);
  });

  it("goes on when requests cannot be served, and counts them", () => {
    const made = new StrategyRun(trace, strategy("tlsf"), { limitBytes: 1 << 20 });
    made.runTo(made.length);
    expect(made.failures).toBeGreaterThan(0);
    const ledger = made.heaps[0].ledger()!;
    expect(ledger.liveBlocks).toBe([...made.liveBlocks()].length);
    expect(ledger.mappedBytes).toBe(ledger.liveBytes + ledger.freeBytes + ledger.overheadBytes + ledger.unusedBytes);
    expect(made.heldPeakBytes).toBeLessThanOrEqual(1 << 20);
  });

  it.each(STRATEGIES.map(({ name }) => name))("lets requests of every domain fail and be freed: %s", (name) => {
    const builder = new TraceBuilder();
    for (const domain of [0, 1, 2] as const) {
      builder.malloc(domain, domain, 1 << 30);
      builder.calloc(domain, 3 + domain, 1 << 10, 1 << 20);
      builder.realloc(domain, domain, 100);
      builder.realloc(domain, domain, 1 << 30);
      builder.free(domain, domain);
      builder.free(domain, 3 + domain);
    }
    for (const domain of [0, 1, 2] as const) {
      builder.malloc(domain, domain, 1 << 30);
      builder.free(domain, domain);
    }
    const made = new StrategyRun(builder.finish(), strategy(name), { limitBytes: 8 << 20 });
    made.runTo(18);
    expect([made.failures, made.liveBytes, made.heaps[0].ledger()!.liveBlocks]).toEqual([9, 0, 0]);
    made.runTo(19);
    made.switchTo(strategy("bump")); // what failed is nobody's
    made.runTo(made.length);
    expect([made.failures, made.liveBytes]).toEqual([12, 0]);
  });

  it("goes forwards only, and within its trace", () => {
    const made = run(trace, "bump");
    for (const position of [0, made.length + 1, 0.5, Number.NaN])
      expect(() => made.runTo(position)).toThrow(RangeError);
  });
});

describe("two allocators one after the other", () => {
  /** Ten blocks of 1,000 bytes; then, after event 10: one freed, one resized, five new; at last all freed. */
  function program(): Trace {
    const builder = new TraceBuilder();
    for (let id = 0; id < 10; id++) builder.malloc(0, id, 1000);
    builder.free(0, 0);
    builder.realloc(0, 1, 5000);
    for (let id = 10; id < 15; id++) builder.malloc(0, id, 100);
    for (let id = 1; id < 15; id++) builder.free(0, id);
    return builder.finish();
  }

  it("leaves blocks with their owner, serves requests by the successor, and counts both", () => {
    const made = new StrategyRun(program(), strategy("first-fit"));
    made.runTo(10);
    const heldBefore = made.heldBytes;
    made.switchTo(strategy("slab"));
    expect(made.heldBytes).toBe(heldBefore);
    made.runTo(17);
    const [first, second] = made.heaps;
    expect(first.ledger()!.liveBlocks).toBe(8);
    expect(second.ledger()!.liveBlocks).toBe(6);
    expect([...made.liveBlocks()].map(({ heap }) => heap)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    for (const { heap, address, askedBytes } of made.liveBlocks())
      expect(made.heaps[heap].usableSize(address)).toBeGreaterThanOrEqual(askedBytes);
    expect(made.heldBytes).toBe(first.heldBytes + second.heldBytes);
    expect(made.residentBytes).toBe(first.residentBytes! + second.residentBytes!);
    expect(made.liveBytes).toBe(8 * 1000 + 5000 + 5 * 100);
    const heldThen = made.heldBytes;
    expect(made.heldPeakBytes).toBe(heldThen);
    made.runTo(made.length);
    expect([first.ledger()!.liveBlocks, second.ledger()!.liveBlocks, made.liveBytes]).toEqual([0, 0, 0]);
    expect(made.heldPeakBytes).toBe(heldThen);
    expect(() => made.switchTo(strategy("tlsf"))).toThrow("a run switches once");
  });

  it("keeps the peak of before", () => {
    const trace = randomTrace(11, 6000);
    const alone = new StrategyRun(trace, strategy("power-of-two"), { os: "mmap" });
    alone.runTo(5900);
    const peak = alone.heldPeakBytes;
    alone.switchTo(strategy("tlsf"));
    alone.runTo(6000);
    expect(alone.heldPeakBytes).toBeGreaterThanOrEqual(peak);
    expect(alone.residentPeakBytes).toBeGreaterThan(0);
  });

  it("counts what both have together past 4 GiB", () => {
    const builder = new TraceBuilder();
    for (let id = 0; id < 6; id++) builder.malloc(0, id, 1 << 30);
    for (let id = 0; id < 6; id++) builder.free(0, id);
    const made = new StrategyRun(builder.finish(), strategy("tlsf"));
    made.runTo(3);
    made.switchTo(strategy("slab"));
    made.runTo(6);
    expect(made.failures).toBe(0);
    expect([made.liveBytes, made.livePeakBytes]).toEqual([6 * 2 ** 30, 6 * 2 ** 30]);
    expect(made.heldBytes).toBeGreaterThan(6 * 2 ** 30);
    expect([made.heldPeakBytes, made.residentPeakBytes]).toEqual([made.heldBytes, made.residentBytes]);
    made.runTo(made.length);
    expect(made.liveBytes).toBe(0);
  });

  it("changes the policies of pymalloc in place", () => {
    const trace = randomTrace(5, 6000);
    const same = new StrategyRun(trace, strategy("pymalloc:3.9"));
    same.runTo(3000);
    same.switchPolicies(strategy("pymalloc:3.9"));
    const other = new StrategyRun(trace, strategy("pymalloc:3.9"));
    other.runTo(3000);
    expect(other.hash).toBe(same.hash);
    other.switchPolicies(strategy("pymalloc:3.9+pool=lowest+arena=lowest"));
    for (const made of [same, other]) made.runTo(made.length);
    expect(same.hash).toBe(run(trace, "pymalloc:3.9").hash);
    expect(other.hash).not.toBe(same.hash);
    expect(other.heaps).toHaveLength(1);
    const random = new StrategyRun(trace, strategy("pymalloc:wasm32+arena=random"));
    random.runTo(3000);
    random.switchPolicies(strategy("pymalloc:wasm32+arena=random"));
    random.runTo(random.length);
    expect(random.hash).toBe(run(trace, "pymalloc:wasm32+arena=random").hash);
    expect(() => other.switchPolicies(strategy("slab"))).toThrow("only pymalloc has policies");
    expect(() => run(trace, "slab").switchPolicies(strategy("pymalloc:3.9"))).toThrow("only pymalloc has policies");
  });
});

describe("foreign wasm", () => {
  it("takes part with what it holds, alone and as a successor", async () => {
    let wasm = new Uint8Array();
    const { error } = await asc.main(["bench/peers/bump.ts", "--outFile", "bump.wasm", "-O3", "--runtime", "stub"], {
      writeFile: (_file, contents) => {
        if (typeof contents !== "string") wasm = new Uint8Array(contents);
      },
    });
    expect(error).toBeNull();
    const foreign = foreignStrategy("bump.wasm", wasm);
    const trace = randomTrace(3, 8000);
    const made = new StrategyRun(trace, foreign);
    made.runTo(made.length);
    expect(made.failures).toBe(0);
    expect(made.heldBytes).toBeGreaterThan(trace.peakLiveBytes);
    expect([made.residentBytes, made.heaps[0].ledger(), made.heaps[0].walk(), made.heaps[0].costs]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const second = new StrategyRun(trace, strategy("tlsf"));
    second.runTo(4000);
    second.switchTo(foreign);
    second.runTo(second.length);
    expect(second.heldBytes).toBe(second.heaps[0].heldBytes + second.heaps[1].heldBytes);
    expect(second.heldPeakBytes).toBeGreaterThanOrEqual(second.heldBytes);
    expect(second.residentPeakBytes).toBeNull();
    expect(() => foreignStrategy("no.wasm", new Uint8Array(8))).toThrow("is no valid wasm");
  });
});

describe("names", () => {
  const start = (found: Strategy): number => (found.start() as StrategyHeap).malloc(10);

  it.each([
    "pymalloc",
    "pymalloc:3.8",
    "pymalloc:2.7.6+arena=random+pool=lowest+release=never",
    "pymalloc+profile=3.9-32",
    "first-fit+order=lifo",
    "best-fit:address",
    "buddy:32",
    "slab+page=4KiB",
  ])("%s is one", (name) => {
    expect(strategy(name).name).toBe(name);
    expect(start(strategy(name))).toBeGreaterThan(0);
  });

  it.each([
    [
      "mimalloc",
      'no strategy "mimalloc": there are pymalloc, bump, tlsf, first-fit, best-fit, buddy, power-of-two, slab, size-class-pages, and wasm files by their path',
    ],
    ["", 'no strategy "": there are pymalloc, bump, tlsf'],
    ["tlsf:3", "tlsf:3: tlsf has no options"],
    ["first-fit:fifo", 'first-fit:fifo: order is address or lifo, not "fifo"'],
    ["first-fit:lifo+order=lifo", "first-fit:lifo+order=lifo: order is given twice"],
    ["slab+pages=4KiB", "slab+pages=4KiB: slab has page, no pages"],
    ["buddy+32", "buddy+32: expected +KEY=VALUE, not +32"],
    ["pymalloc:4.0", 'no profile "4.0"'],
    ["pymalloc:", 'no profile ""'],
    ["pymalloc:3.12+arena=best", 'pymalloc:3.12+arena=best: arena is fullest, emptiest, lowest or random, not "best"'],
    ["pymalloc:2.3+arena=lowest", "2.3 chooses no arena and gives none back: it has one stack of pools for all"],
    ["pymalloc:2.4+release=eager", "2.4 chooses no arena and gives none back"],
  ])("%j is none: %s", (name, message) => {
    expect(() => strategy(name)).toThrow(RangeError);
    expect(() => strategy(name)).toThrow(message);
  });
});
