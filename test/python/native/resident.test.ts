/** The resident bytes of a process add up to what the system counts, and each kind has what the program made. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { residentOf } from "../../../src/python/native/resident.js";
import { ResidentPages } from "../../../src/python/native/residentpages.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { ProcessMemory } from "../../../src/python/process/readprocess.js";
import { inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

const MB = 2 ** 20;

describe("resident pages", () => {
  it("count what of a range is in memory", () => {
    const pages = new ResidentPages(
      [
        { start: 0x1000, isResident: Uint8Array.of(1, 0, 1), kind: "anonymous" },
        { start: 0x8000, isResident: Uint8Array.of(1), kind: "file" },
      ],
      0x1000,
    );
    expect([pages.bytesOf("anonymous"), pages.bytesOf("file")]).toEqual([0x2000, 0x1000]);
    expect(pages.bytesIn(0x1ff0, 0x3010)).toBe(0x10 + 0x10);
    expect(pages.bytesIn(0x8010, 0x8020)).toBe(0x10);
    expect(pages.bytesIn(0x5000, 0x6000)).toBe(0);
  });
});

describe.each(inspectedPythons)("$name", ({ path }) => {
  it("adds up to what the system counts", async () => {
    const target = await Target.start(path, ["owners.py", "one_dict"]);
    // 20 MB of an object, 30 MB of a mapping that is no object's, of which a third was touched, and 8 MB that malloc has free.
    await target.execute("big = bytearray(b'x' * 20_000_000)");
    await target.execute(
      "import mmap; area = mmap.mmap(-1, 30 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); area.write(b'y' * 10 * 2**20)",
    );
    await target.execute("small = [bytes(2000) for _ in range(4000)]; last = bytes(3000); del small");
    process.kill(target.pid, "SIGSTOP");
    const opened = new ProcessMemory(target.pid);
    const pages = opened.residentPages();
    opened.close();
    if (pages === null) throw new Error("no pagemap");
    const smaps = readFileSync(`/proc/${target.pid}/smaps`, "utf8");
    const memory = await target.memory();
    const regions = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).filter((text) => !/\[v(var|syscall|dso)/.test(text));
    const rss = regions.reduce((sum, text) => sum + 1024 * Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0);
    const found = residentOf(memory, new MemoryObjects(memory), pages);
    const { totalBytes, largeBytes, libcFreeBytes, otherAnonymousBytes } = found;
    // A page that was only read is the system's page of zeros, which RSS does not count.
    expect(Math.abs(totalBytes - rss)).toBeLessThanOrEqual(64 * 1024);
    expect(largeBytes).toBeGreaterThan(20e6);
    expect(largeBytes).toBeLessThan(20e6 + 4 * MB);
    expect(otherAnonymousBytes).toBeGreaterThanOrEqual(10 * MB);
    expect(otherAnonymousBytes).toBeLessThan(16 * MB);
    expect(libcFreeBytes).toBeGreaterThan(6 * MB);
    await target.stop();
  });
});
