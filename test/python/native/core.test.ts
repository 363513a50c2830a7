/** A core has what the process had at the same moment, with the files of the process and without; one that is no core is refused. */
import { spawnSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspectReport } from "../../../src/python/native/inspectreport.js";
import { nativeMemory } from "../../../src/python/native/nativememory.js";
import { CoreError, type CoreMemory, readCore } from "../../../src/python/process/corefile.js";
import { folder, inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

const hasGcore = spawnSync("gcore", ["--help"]).error === undefined;
if (!hasGcore) console.log("cores: skipped, for there is no gcore");

function read(file: string, root: string): CoreMemory {
  const core = openSync(file, "r");
  try {
    return readCore(core, root);
  } finally {
    closeSync(core);
  }
}

const NOTHING = { pid: null, executable: null, pauseMs: null, missingFiles: [] };

async function coreOf(target: Target): Promise<string> {
  const prefix = join(folder, "core");
  const { status, stderr } = spawnSync("gcore", ["-o", prefix, String(target.pid)], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return `${prefix}.${target.pid}`;
}

describe.skipIf(!hasGcore).each(inspectedPythons)("$name", ({ path }) => {
  it("has the same heap in a core", async () => {
    const target = await Target.start(path, ["owners.py", "families"]);
    const live = inspectReport(await target.memory(), null, NOTHING, false);
    const file = await coreOf(target);
    const core = read(file, "");
    expect(core.pid).toBe(target.pid);
    expect(core.missingFiles).toEqual([]);
    const report = inspectReport(nativeMemory(core.regions), null, NOTHING, false);
    expect(report).toEqual(live);

    // Nothing of the process's is in this folder.
    const bare = read(file, folder);
    expect(bare.missingFiles.length).toBeGreaterThan(0);
    const unnamed = inspectReport(nativeMemory(bare.regions), null, NOTHING, false);
    expect(unnamed.classes).toEqual(live.classes);
    expect(unnamed.plan).toEqual(live.plan);
    expect(unnamed.process.version).toBe(live.process.version);
    rmSync(file);
    await target.stop();
  });

  it("has the same owners without the program's files, however little was imported", async () => {
    const target = await Target.start(path, ["bare.py"]);
    const live = inspectReport(await target.memory(), null, NOTHING, false);
    const file = await coreOf(target);
    const unnamed = inspectReport(nativeMemory(read(file, folder).regions), null, NOTHING, false);
    expect(unnamed.plan?.[0].drop).toContain("__main__.cache");
    expect(unnamed.plan).toEqual(live.plan);
    expect(unnamed.threads).toEqual(live.threads);
    rmSync(file);
    await target.stop();
  });
});

describe.skipIf(!hasGcore || inspectedPythons.length === 0)("a core", () => {
  it("that is cut off or damaged is refused in one line", async () => {
    const target = await Target.start(inspectedPythons[0].path, ["owners.py", "closure"]);
    const file = await coreOf(target);
    const copy = join(folder, "damaged");
    const { length } = readFileSync(file);
    for (const size of [0, 3, 63, 64, 500, 5000, length >> 1, Math.floor(0.9 * length)]) {
      copyFileSync(file, copy);
      truncateSync(copy, size);
      expect(() => read(copy, "")).toThrow(CoreError);
    }
    writeFileSync(copy, readFileSync(inspectedPythons[0].path));
    expect(() => read(copy, "")).toThrow("expected an ELF core of a 64-bit process");
    rmSync(file);
    await target.stop();
  });
});
