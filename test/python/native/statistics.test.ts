/** Arenas, and pools and blocks by class, are those that the interpreter counts itself; frames are those that it tells. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDebugMallocStats } from "../../../src/inspect/debugmallocstats.js";
import { arenaStats } from "../../../src/python/native/arenastats.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { folder, inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

const ownHeaps = inspectedPythons.filter(({ name }) => /^3\.1[2-9]/.test(name));

async function compare(python: string, name: string, kind: string): Promise<void> {
  const file = join(folder, `stats-${name}-${kind}`);
  const target = await Target.start(python, ["heaps.py", kind, file]);
  const pid = Number(await target.read());
  const memory = await target.memory(pid);
  const expected = parseDebugMallocStats(readFileSync(file, "utf8")).at(-1);
  if (expected === undefined) throw new Error("no statistics");
  // Of several heaps, the interpreter tells its own.
  const heaps = new Set(memory.foundArenas.map(({ heap }) => heap));
  expect(heaps.size).toBe(kind === "own" ? 2 : 1);
  const found = [...heaps].map((heap) =>
    arenaStats(memory.pools, memory.profile, (arena) => memory.foundArenas[arena].heap === heap),
  );
  const nearness = ({ ledger }: (typeof found)[0]): number => Math.abs(ledger.allocated - expected.ledger.allocated);
  const { ledger, classes } = found.sort((a, b) => nearness(a) - nearness(b))[0];
  expect(classes).toEqual(expected.classes.filter(({ blocks }) => blocks > 0));
  expect(ledger).toEqual(expected.ledger);
  process.kill(pid);
  await target.stop();
}

describe.each(inspectedPythons)("$name", ({ name, path }) => {
  it("counts as the child of a fork does", () => compare(path, name, "fork"));

  it("takes no copy of a pool for one", () => compare(path, name, "copies"));

  it("has the frames of each thread, with their lines", async () => {
    const file = join(folder, `frames-${name}.json`);
    const target = await Target.start(path, ["threads.py", file]);
    const objects = new MemoryObjects(await target.memory());
    const expected = JSON.parse(readFileSync(file, "utf8")) as [string, number][][];
    const found = objects.threads.map((frames) =>
      frames
        .filter(({ file: of }) => of !== "<shim>")
        .map((frame) => {
          const short = frame.function.split(".").at(-1) as string;
          return [short, short === "finish" ? 0 : frame.line];
        }),
    );
    const sorted = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(found)).toEqual(sorted(expected));
    await target.stop();
  });
});

describe.each(ownHeaps)("$name", ({ name, path }) => {
  it("keeps the heap of a subinterpreter apart", () => compare(path, name, "own"));
});
