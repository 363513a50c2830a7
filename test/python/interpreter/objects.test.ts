/** What blocks are to Python, as Python itself says of all that it can reach: types, addresses, counts, generations. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { PythonObjects, type TypedBlock } from "../../../src/python/interpreter/objects.js";
import { pinReport, typeCensus } from "../../../src/python/interpreter/pins.js";
import { inventory, type Witnessed } from "./inventory.js";
import { newPython, suiteNames } from "./python.js";

/** From here on a reference count is one of an immortal object. */
const IMMORTAL = 0x40000000;

describe("typed blocks of the suite's programs, all alive", () => {
  let objects: PythonObjects;
  let witnessed: Witnessed[];
  let inPools: [Witnessed, TypedBlock | null][];
  let blocks: TypedBlock[];
  let heap: AttachedHeap;
  let report: ReturnType<typeof pinReport>;

  beforeAll(async () => {
    const python = await newPython();
    heap = await attach(python, { record: true });
    for (const name of suiteNames) {
      const globals = python.toPy({ __name__: "__main__" });
      python.runPython(readFileSync(new URL(`suite/${name}`, import.meta.url), "utf8"), { globals, filename: name });
      python.globals.set(`kept_${name.slice(0, -3)}`, globals);
    }
    heap.flush();
    const before = heap.recording!.eventCount;
    witnessed = inventory(python);
    objects = new PythonObjects(heap);
    report = pinReport(objects);
    inPools = witnessed
      .filter(({ id }) => objects.all.nodes.blocks.isInPool(id))
      .map((one) => [one, objects.block(one.block)]);
    blocks = [...objects.blocks()].filter(({ request }) => (request?.born ?? 0) < before); // not the inventory's own
  });

  it("are objects, of the right type, wherever Python has an object in an arena", () => {
    expect(inPools.length).toBeGreaterThan(50_000);
    const isRight = ([{ type }, block]: (typeof inPools)[number]): boolean =>
      block?.kind === "object" && (block.type === type || Boolean(block.type?.endsWith(`.${type}`)));
    expect(inPools.filter((pair) => !isRight(pair))).toEqual([]);
    const types = new Set(inPools.map(([{ type }]) => type));
    // With __slots__ and __weakref__, with a managed dict, a dataclass, a metaclass and its class, an enum, C's own.
    for (const type of ["Slots", "Plain", "Point", "Meta", "Colour", "deque", "code", "generator", "cell"])
      expect(types, type).toContain(type);
  });

  it("are tracked, young or old as the collector says", () => {
    const wrong = inPools.filter(
      ([{ isTracked, generation }, block]) =>
        (block?.isTracked ?? false) !== isTracked || block?.generation !== generation,
    );
    expect(wrong).toEqual([]);
    expect(new Set(inPools.map(([{ generation }]) => generation))).toEqual(new Set([null, "young", "old"]));
  });

  it("have the reference counts that sys.getrefcount tells", () => {
    const wrong = inPools.filter(([{ refcount }, block]) => {
      const count = block?.refcount ?? 0;
      return refcount < IMMORTAL ? count !== refcount : count < IMMORTAL;
    });
    expect(wrong.length).toBeLessThan(20); // what calling Python itself takes and gives back
  });

  it("are called objects only if they are", () => {
    const known = new Set(witnessed.map(({ block }) => block));
    const objectsSeen = blocks.filter(({ kind }) => kind === "object");
    const others = objectsSeen.filter(({ address }) => !known.has(address));
    expect(others.length).toBeLessThan(0.02 * objectsSeen.length);
    // The collector knows all that is tracked; but a few, off free lists, are the inventory's own.
    const tracked = others.filter(({ isTracked }) => isTracked);
    expect(tracked.length).toBeLessThan(12);
    for (const { type } of tracked) expect(["tuple", "list", "dict", "builtin_function_or_method"]).toContain(type);
    // The rest is what no object of the collector's refers to: names in code, caches in C.
    const types = new Set(others.filter((block) => !tracked.includes(block)).map(({ type }) => type));
    for (const type of types) expect(["str", "bytes", "int", "tuple", "datetime.datetime"]).toContain(type);
  });

  it("are seldom unknown", () => {
    const bytesOf = (kind?: string): number =>
      blocks.reduce((sum, block) => sum + (kind === undefined || block.kind === kind ? block.size : 0), 0);
    const share = bytesOf("unknown") / bytesOf();
    console.log(`unknown: ${bytesOf("unknown")} of ${bytesOf()} bytes in arenas, ${(100 * share).toFixed(2)} %`);
    expect(share).toBeLessThan(0.05);
  });

  it("add up to the census by type and to the pin report", () => {
    const all = [...objects.blocks()];
    const bytes = all.reduce((sum, { size }) => sum + size, 0);
    const census = typeCensus(objects);
    expect(census.reduce((sum, row) => sum + row.blocks - row.largeBlocks, 0)).toBe(all.length);
    expect(census.reduce((sum, row) => sum + row.bytes - row.largeBytes, 0)).toBe(bytes);
    for (const holders of [report.types, report.lines]) {
      expect(holders.reduce((sum, holder) => sum + holder.bytes - holder.largeBytes, 0)).toBe(bytes);
      expect(holders.reduce((sum, holder) => sum + holder.blocks - holder.largeBlocks, 0)).toBe(all.length);
    }
    expect(report.liveBytes).toBe(bytes);
    const unknown = census.find(({ kind }) => kind === "unknown") ?? { bytes: 0, largeBytes: 0 };
    expect(report.unknownBytes).toBe(unknown.bytes);
    expect(unknown.bytes - unknown.largeBytes).toBe(
      all.reduce((sum, { kind, size }) => sum + (kind === "unknown" ? size : 0), 0),
    );
    const strings = all.filter(({ kind, type }) => kind === "object" && type === "str");
    const counted = census.find(({ kind, type }) => kind === "object" && type === "str")!;
    expect(counted.blocks - counted.largeBlocks).toBe(strings.length);
  });
});
