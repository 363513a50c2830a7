/** Every strategy: what holds of any allocator, on random traces, with assertions on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profile } from "../../src/geometry/profiles.js";
import { STRATEGIES, strategy } from "../../src/strategy/strategies.js";
import { OS_MODELS, type StrategyHeap, type SystemOptions } from "../../src/strategy/strategyheap.js";
import { eventsOf, squeezes, traces } from "../model/arbitrary.js";
import { debugBuild } from "./debugbuilds.js";
import { Driver } from "./driver.js";

const NAMES = [
  ["pymalloc:3.12", 16],
  ["pymalloc:2.4", 8],
  ["pymalloc:3.7-32", 8],
  ["pymalloc:3.9+arena=emptiest+pool=fullest", 16],
  ["pymalloc:3.8+arena=random+pool=lowest", 16],
  ["pymalloc:3.7+arena=lowest+release=never", 8],
  ["bump", 16],
  ["tlsf", 16],
  ["first-fit", 16],
  ["first-fit:lifo", 16],
  ["best-fit", 16],
  ["best-fit:lifo", 16],
  ["buddy", 16],
  ["buddy:32", 16],
  ["power-of-two", 16],
  ["slab", 16],
  ["slab:4KiB", 16],
  ["size-class-pages", 16],
] as const;

/** Those that keep memory when all is freed; the others keep at most a region that large.ts has to spare. */
const NEVER_GIVE_BACK = ["bump", "power-of-two", "pymalloc:2.4", "pymalloc:3.7+arena=lowest+release=never"];

async function heapOf(name: string, system: SystemOptions): Promise<StrategyHeap> {
  const found = strategy(name);
  return found.start(system, await debugBuild(found.kind!.build)) as StrategyHeap;
}

const RUNS = Number(process.env.PYMALLOC_RUNS ?? 12);
const program = traces(profile("3.12").geometry, { maxPhases: 8, maxPhaseOps: 100 });

/** What is put before a program that is to meet refusals. Where there are no arenas, only its resizes matter. */
const squeezesOf = (name: string) => squeezes((strategy(name).profile ?? profile("3.12")).geometry);

const systems = fc.record({
  os: fc.constantFrom(...OS_MODELS),
  pageBytes: fc.constantFrom(4096, 16384, 65536),
});

/** What is left when all is freed: nothing, or what `kept` says. */
function expectGivenBack(name: string, heap: StrategyHeap, pageBytes: number): void {
  const { liveBlocks, mappedBytes } = heap.ledger();
  expect(liveBlocks).toBe(0);
  if (NEVER_GIVE_BACK.includes(name)) return;
  // A spare region of 256 KiB to 512 KiB with its first page's share, and pymalloc's last arena.
  const spare = 2 * (256 << 10) + (256 << 10) + pageBytes;
  const arena = name.startsWith("pymalloc") ? profile(name.slice(9).split("+")[0]).geometry.arenaSize : 0;
  expect(mappedBytes).toBeLessThanOrEqual(spare + arena);
}

describe.each(NAMES)("%s", (name, alignment) => {
  it("gives blocks that do not overlap, keeps what is in them, and accounts for every byte after every event", async () => {
    await fc.assert(
      fc.asyncProperty(program, systems, async (ops, system) => {
        const driver = new Driver(await heapOf(name, system), alignment);
        eventsOf(ops).forEach((event, index) => {
          driver.run(event);
          driver.expectLedger();
          if (index % 100 === 99) driver.expectWalk();
        });
        driver.expectWalk();
        driver.shadow.verifyAll();
        expect(driver.failures).toBe(0);
        driver.freeAll();
        driver.expectWalk();
        expectGivenBack(name, driver.heap, system.pageBytes);
      }),
      { numRuns: RUNS },
    );
  });

  it("stays sound when the system refuses, or has no more, and serves again after frees", async () => {
    await fc.assert(
      fc.asyncProperty(
        squeezesOf(name),
        program,
        systems,
        fc.constantFrom(1, 2, 2, 2, 3, 4), // 2: every other arena
        fc.constantFrom(0, 1 << 20, 5 << 20),
        async ({ fill, resizes }, ops, system, refuseEvery, limitBytes) => {
          const driver = new Driver(await heapOf(name, { ...system, refuseEvery, limitBytes }), alignment);
          eventsOf([...fill, ...resizes, ...ops]).forEach((event, index) => {
            driver.run(event);
            if (index >= fill.length) driver.expectLedger();
          });
          driver.expectWalk();
          driver.shadow.verifyAll();
          driver.freeAll();
          driver.expectWalk();
          driver.heap.refuseEvery = 0;
          if (name === "bump" && limitBytes > 0) return; // what it has given out is gone
          if (name === "power-of-two" && limitBytes > 0) return; // what a class has got stays with it: others may find nothing
          // A segment needs 4 MiB at a multiple of that: 1 MiB is too little, and of 5 MiB large.ts's spare region may take the only place.
          const isTooSmall = limitBytes === 1 << 20 || (limitBytes === 5 << 20 && driver.heap.mappedBytes > 0);
          if (name === "size-class-pages" && isTooSmall) return;
          driver.run({ op: "malloc", id: 0, nbytes: 100 });
          expect(driver.blocks.size).toBe(1);
        },
      ),
      // A long time is needed only to shrink what failed; then what is smallest so far does.
      { numRuns: RUNS, interruptAfterTimeLimit: RUNS * 3000 },
    );
  });

  it("serves 0 bytes, each time with a block of its own; refuses what no memory has", async () => {
    const driver = new Driver(await heapOf(name, {}), alignment);
    const { heap } = driver;
    for (let id = 0; id < 100; id++) driver.run({ op: "malloc", id, nbytes: 0 });
    expect(driver.blocks.size).toBe(100);
    heap.free(0);
    expect(heap.malloc(0xffffffff)).toBe(0);
    expect(heap.calloc(0x10000, 0x10000)).toBe(0);
    expect(heap.calloc(0xffffffff, 0xffffffff)).toBe(0);
    const [address] = driver.blocks.values();
    expect(heap.realloc(address, 0xffffffff)).toBe(0);
    driver.run({ op: "realloc", id: 200, nbytes: 40 }); // realloc of nothing is malloc
    driver.run({ op: "realloc", id: 3, nbytes: 1_000_000 });
    driver.run({ op: "realloc", id: 3, nbytes: 0 });
    driver.expectWalk();
    driver.freeAll();
    driver.expectLedger();
  });

  it("serves above 2 GiB", async () => {
    const driver = new Driver(await heapOf(name, {}), alignment);
    const low = driver.heap.malloc(0x7fffff00); // more than that is refused by 32-bit builds
    expect(low).toBeGreaterThan(0);
    for (let id = 0; id < 50; id++) driver.run({ op: "malloc", id, nbytes: 10 + 100 * id });
    const highest = Math.max(...driver.blocks.values());
    expect(highest).toBeGreaterThan(0x80000000);
    for (let id = 0; id < 50; id += 2) driver.run({ op: "realloc", id, nbytes: 20 + 150 * id });
    driver.freeAll();
    driver.heap.free(low);
    driver.expectWalk();
  });
});

describe.each(["first-fit", "best-fit"])("%s", (name) => {
  it("chooses what a search of all free blocks would choose", async () => {
    await fc.assert(
      fc.asyncProperty(program, async (ops) => {
        const driver = new Driver(await heapOf(name, {}));
        let chosen = 0;
        for (const event of eventsOf(ops)) {
          if (event.op !== "malloc" || event.nbytes >= 128 << 10) {
            driver.run(event);
            continue;
          }
          const size = Math.max((event.nbytes + 4 + 15) & ~15, 32);
          const holes = driver.heap.walk().spans.filter(({ kind, bytes }) => kind === "free" && bytes >= size);
          if (name === "best-fit") holes.sort((a, b) => a.bytes - b.bytes || a.address - b.address);
          driver.run(event);
          if (holes.length === 0) continue;
          chosen++;
          expect(driver.blocks.get(event.id)).toBe(holes[0].address + 4);
        }
        fc.pre(chosen > 0);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("the table", () => {
  it("has every strategy tested here", () => {
    const tested = new Set(NAMES.map(([name]) => name.split(/[:+]/)[0]));
    expect([...tested].sort()).toEqual(STRATEGIES.map(({ name }) => name).sort());
  });
});
