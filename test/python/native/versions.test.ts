/** Versions whose objects are not known are refused, unless they are to be read all the same. */
import { describe, expect, it } from "vitest";
import { nativeMemory } from "../../../src/python/native/nativememory.js";
import { pythonVersion } from "../../../src/python/native/pythonversion.js";
import type { Region } from "../../../src/python/native/region.js";
import { ProcessMemory } from "../../../src/python/process/readprocess.js";
import { inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

/** Those that state their version in front of `_PyRuntime`. */
const stating = inspectedPythons.filter(({ name }) => /^3\.1[3-5]\./.test(name));
const older = inspectedPythons.filter(({ name }) => /^3\.7\./.test(name));

async function regionsOf(path: string): Promise<Region[]> {
  const target = await Target.start(path, ["owners.py", "closure"]);
  process.kill(target.pid, "SIGSTOP");
  const opened = new ProcessMemory(target.pid);
  const regions = [...opened.readVariables(), ...opened.readConstants()];
  opened.close();
  await target.stop();
  return regions;
}

/** Writes `bytes` behind the place where `text` lies in a variable. */
function patch(regions: readonly Region[], text: string, offset: number, bytes: readonly number[]): void {
  for (const region of regions) {
    const at =
      region.isStatic && region.isWritable
        ? Buffer.from(region.bytes.buffer, region.bytes.byteOffset, region.bytes.length).indexOf(text)
        : -1;
    if (at >= 0) {
      region.bytes.set(bytes, at + offset);
      return;
    }
  }
  throw new Error(`${text} is in no variable`);
}

describe.each(stating)("$name", ({ path }) => {
  it("as another version", async () => {
    const regions = await regionsOf(path);
    expect(nativeMemory(regions).interpreters.length).toBe(1);
    patch(regions, "xdebugpy", 10, [16]);
    expect(pythonVersion(regions)?.minor).toBe(16);
    expect(() => nativeMemory(regions)).toThrow(
      "Python 3.16: its objects are not known; expected 3.7 to 3.15 (--force reads it as 3.15)",
    );
    patch(regions, "xdebugpy", 10, [13]);
    patch(regions, "xdebugpy", 16, [1]);
    expect(() => nativeMemory(regions)).toThrow("Python 3.13 without the GIL: it uses mimalloc");
  });
});

describe.each(older)("$name", ({ path }) => {
  it("as an older release", async () => {
    const regions = await regionsOf(path);
    const [, micro] = /^3\.7\.(\d+)/.exec(older[0].name) ?? [];
    patch(regions, `3.7.${micro} (`, 4, [...Buffer.from("2 (")]);
    expect(() => nativeMemory(regions)).toThrow("Python 3.7.2 has objects of another form than later releases of 3.7");
    expect(nativeMemory(regions, true).interpreters.length).toBe(1);
  });
});

describe("memory that is no Python's", () => {
  it("is refused", () => {
    expect(() => nativeMemory([])).toThrow("no CPython");
    const bytes = new Uint8Array(1 << 16);
    const named = { start: 0x10000, bytes, isWritable: true, isStatic: true, path: "/usr/lib/libpython3.12.so.1.0" };
    expect(() => nativeMemory([named])).toThrow("Python 3.12 without pools of pymalloc");
    expect(() => nativeMemory([{ ...named, path: "/usr/lib/libpython3.5m.so.1.0" }])).toThrow(
      "Python 3.5: its objects are not known; expected 3.7 to 3.15",
    );
  });
});
