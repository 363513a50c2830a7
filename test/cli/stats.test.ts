import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dispatch } from "../../src/cli/dispatch.js";
import { profile } from "../../src/geometry/profiles.js";
import { Heap } from "../../src/heap/heap.js";
import { formatDebugMallocStats, parseDebugMallocStats } from "../../src/inspect/debugmallocstats.js";
import { pymallocStats } from "../../src/inspect/stats.js";
import { renderReports } from "../../src/report/renderstats.js";
import type { StatsJson } from "../../src/report/statsreport.js";
import { bar, drawsBlocks, sparkline, stackedBar } from "../../src/text/bars.js";

const data = (name: string): string => fileURLToPath(new URL(`../inspect/data/${name}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-stats-"));

function saved(name: string, content: string | Uint8Array): string {
  const file = join(scratch, name);
  writeFileSync(file, content);
  return file;
}

/** Runs the command and gives its exit status and what it printed. */
async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const status = await dispatch(["stats", ...args]);
  const printed = { status, out: out.mock.calls.join(""), err: err.mock.calls.join("") };
  out.mockRestore();
  err.mockRestore();
  return printed;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** The 64-byte class of devpi issue 735, alone in the heap of a 64-bit Python with 8-byte alignment. */
const DEVPI = pymallocStats(profile("3.6"), {
  pools: Array.from({ length: 64 }, (_, szidx) => (szidx === 7 ? 8361 : 0)),
  blocks: Array.from({ length: 64 }, (_, szidx) => (szidx === 7 ? 404_452 : 0)),
  arenasObtained: 140,
  arenasReleased: 9,
  arenasHigh: 140,
  arenasLive: 131,
  misalignedArenas: 0,
  unusedPools: 131 * 64 - 8361,
  arenaMapHigh: -1,
});

describe("pymalloc stats", () => {
  it("reads what was compressed, and says where that is damaged", async () => {
    const text = formatDebugMallocStats(DEVPI);
    const packed = gzipSync(text);
    expect(await run(saved("log.gz", packed))).toEqual(await run(saved("log.txt", text)));
    const cut = saved("cut.gz", packed.subarray(0, packed.length - 9));
    expect(await run(cut)).toEqual({ status: 1, out: "", err: `${cut}: compressed data is damaged or cut off\n` });
  });

  it("reads a heap image, and says of a damaged one that it is", async () => {
    const heap = Heap.createSync({ profile: "3.8" });
    for (let i = 0; i < 5000; i++) heap.malloc(100);
    const image = heap.image().save();
    const text = saved("heap.txt", formatDebugMallocStats(heap.stats().pymalloc));
    expect(await run(saved("heap.pyheap", image))).toEqual(await run(text));
    const file = saved("cut.pyheap", image.subarray(0, image.length - 4));
    expect(await run(file)).toEqual({ status: 1, out: "", err: `${file}: heap image: cut off\n` });
  });

  it("answers where the bytes are, which classes waste most, and what packing would free", async () => {
    const { status, out, err } = await run(saved("devpi.txt", formatDebugMallocStats(DEVPI)));
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toBe(
      [
        "131 arenas of 256 KiB, pools of 4 KiB with headers of 48 bytes, 64 size classes of 8 to 512 bytes",
        "arenas so far: 140 obtained, 9 released, 140 at most at one time",
        "profiles like this: 2.7.16, 3.3, 3.4, 3.5, 3.6, 3.7.3",
        "",
        "Of 34,340,864 bytes in arenas, 25,884,928 (75.4 %) are in live blocks, 7,826,624 (22.8 %) are available in partly used pools,",
        "94,208 (0.3 %) are in 23 unused pools.",
        "Most available bytes:",
        "  class 7 (64 bytes): 122,291 free blocks of 526,743, 7.8 MB",
        "Packed tightly, the live blocks would need 6,420 of these 8,361 pools, 1,941 fewer.",
        "",
        `${"#".repeat(54)}${"-".repeat(17)}h`,
        "",
        "# live blocks             25,884,928 bytes   75.4 %",
        "- available blocks         7,826,624 bytes   22.8 %",
        ". unused pools                94,208 bytes    0.3 %",
        "h pool headers               401,328 bytes    1.2 %",
        "q quantization               133,776 bytes    0.4 %",
        "a arena alignment                  0 bytes      0 %",
        "  in arenas               34,340,864 bytes    100 %",
        "",
        "class  size    pools      in use   available     full",
        "    7    64    8,361     404,452     122,291   76.8 %  ##################......",
        "",
      ].join("\n"),
    );
  });

  it("numbers the reports of a file with several", async () => {
    const { out } = await run(data("3.11.7-csv_sqlite.stats.txt"));
    expect(out.match(/^report \d of \d$/gm)).toEqual([
      "report 1 of 4",
      "report 2 of 4",
      "report 3 of 4",
      "report 4 of 4",
    ]);
    expect(out).toContain("arena map                  655,360 bytes  outside of them");
  });

  it("shows the whole reports of a log whose last one is cut off, and says so", async () => {
    const text = formatDebugMallocStats(DEVPI);
    const whole = saved("whole.txt", text + text);
    const lines = text.split("\n");
    const cut = saved("killed.txt", text + text + lines.slice(0, 12).join("\n"));
    const line = 2 * (lines.length - 1) + 11;
    const err = `${cut}: line ${line}: the report is cut off after this line: expected "# bytes in allocated blocks" next\n`;
    for (const options of [[], ["--json"]]) {
      const { out } = await run(whole, ...options);
      expect(await run(cut, ...options)).toEqual({ status: 1, out, err });
    }
  });

  it("shows a heap without arenas", async () => {
    const text = readFileSync(data("3.12.1-pythonmallocstats.txt"), "utf8");
    const out = renderReports(parseDebugMallocStats(text).slice(0, 1), true);
    expect(out).toContain("There are no arenas.");
    expect(out).toContain("No pool is in use.");
    expect(out).not.toMatch(/NaN|Infinity|null/);
  });

  it("draws block characters where they are wanted, ASCII and no colour elsewhere", async () => {
    expect(renderReports([DEVPI], false)).toContain("██████████████████▍·····");
    const { out } = await run(data("3.7.16-debug.stats.txt"));
    expect(out).toMatch(/^[\n\x20-\x7e]*$/);
    expect(out).toContain("calls that the debug hooks counted: 19,032");
  });

  it("--json gives an array, and is stable", async () => {
    const { status, out } = await run("--json", data("3.12.1-pythonmallocstats.txt"));
    const reports: StatsJson[] = JSON.parse(out);
    expect(status).toBe(0);
    expect(reports).toHaveLength(6);
    expect(reports[1]).toMatchObject({
      profiles: ["3.11", "3.12", "3.13", "3.14", "3.15"],
      thresholdBytes: 512,
      classCount: 32,
      arenaSizeBytes: 1048576,
      poolSizeBytes: 16384,
      poolHeaderBytes: 48,
      mallocCalls: null,
      arenas: { obtained: 1, released: 0, high: 1, live: 1, misaligned: 1 },
      unusedPools: 0,
      arenaMap: { midNodes: 1, botNodes: 1, rootBytes: 262144, midBytes: 262144, botBytes: 131072 },
    });
    expect(reports[1].classes[0]).toEqual({
      szidx: 0,
      blockBytes: 16,
      pools: 1,
      allocatedBlocks: 23,
      availableBlocks: 998,
      allocatedBytes: 368,
      availableBytes: 15968,
      poolsFreedByPacking: 0,
    });
    for (const { ledgerBytes, arenas } of reports) {
      const { total, ...parts } = ledgerBytes;
      expect(Object.values(parts).reduce((a, b) => a + b)).toBe(total);
      expect(total).toBe(arenas.live * 1048576);
    }
  });

  it("reads stdin where the file is -", async () => {
    const stdin = Readable.from([Buffer.from(formatDebugMallocStats(DEVPI))]);
    vi.spyOn(process, "stdin", "get").mockReturnValue(stdin as unknown as typeof process.stdin);
    expect((await run("-")).out).toContain("131 arenas");
  });

  it("reads what PowerShell redirects: UTF-16", async () => {
    const text = `\ufeffpython.exe : ${formatDebugMallocStats(DEVPI).replaceAll("\n", "\r\n")}`;
    expect((await run(saved("powershell.txt", Buffer.from(text, "utf16le")))).status).toBe(0);
  });

  it("says in one line what is wrong with its input, and exits with 1", async () => {
    const cut = saved("cut.txt", formatDebugMallocStats(DEVPI).split("\n").slice(0, 12).join("\n"));
    const expected = "line 11: the report is cut off after this line: expected";
    expect(await run(cut)).toEqual({
      status: 1,
      out: "",
      err: `${cut}: ${expected} "# bytes in allocated blocks" next\n`,
    });
    const missing = join(scratch, "missing.txt");
    expect(await run(missing)).toEqual({ status: 1, out: "", err: `${missing}: no such file\n` });
    expect((await run(scratch)).err).toBe(
      `${scratch}: is a directory; expected a text of sys._debugmallocstats(), or a heap image\n`,
    );
    expect((await run(saved("other.txt", "hello\n"))).err).toMatch(/^.*other\.txt: expected the text of .*\n$/);
  });

  it.each([[[]], [["a", "b"]], [["--frobnicate", "a"]]])("is used badly by %j: exit 2", async (args) => {
    const { status, out, err } = await run(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/^pymalloc stats: .+\n$/);
  });
});

describe("a bar", () => {
  it("is filled in whole columns in ASCII, in eighths in block characters", () => {
    expect(bar(0.5, 10, true)).toBe("#####.....");
    expect(bar(0.5, 5, false)).toBe("██▌··");
    expect(bar(1, 3, false)).toBe("███");
  });

  it("is empty only for 0, and full only for 1", () => {
    expect([bar(0, 4, true), bar(1e-9, 4, true), bar(1 - 1e-9, 4, true), bar(1, 4, true)]).toEqual([
      "....",
      "#...",
      "###.",
      "####",
    ]);
    expect([bar(1e-9, 2, false), bar(1 - 1e-9, 2, false)]).toEqual(["▏·", "█▉"]);
    expect([bar(-1, 2, true), bar(7, 2, true), bar(Number.NaN, 2, true)]).toEqual(["..", "##", ".."]);
  });

  it("always has its width", () => {
    for (let i = 0; i <= 100; i++) {
      expect([...bar(i / 100, 7, false)]).toHaveLength(7);
      expect([...bar(i / 100, 7, true)]).toHaveLength(7);
    }
  });

  it("of several parts has its width too, what rounding leaves going to the parts that lost most", () => {
    const parts = (...sizes: number[]) => sizes.map((size, i) => ({ size, fill: "abc"[i] }));
    expect(stackedBar(parts(1, 1, 1), 8)).toBe("aaabbbcc");
    expect(stackedBar(parts(5, 0, 1), 6)).toBe("aaaaac");
    expect(stackedBar(parts(0, 0), 6)).toBe("");
  });
});

describe("a sparkline", () => {
  it("has a character a value, as high as its share of the largest", () => {
    expect(sparkline([0, 1, 4, 8], false)).toBe("▁▁▄█");
    expect(sparkline([0, 1, 4, 8], true)).toBe("__~#");
  });

  it("is low for no values above 0", () => {
    expect(sparkline([], true)).toBe("");
    expect(sparkline([0, Number.NaN, -1], true)).toBe("___");
  });
});

describe("block characters", () => {
  it("are for terminals with UTF-8", () => {
    const terminal = { isTTY: true };
    expect(drawsBlocks(terminal, { LANG: "en_GB.UTF-8" })).toBe(true);
    expect(drawsBlocks(terminal, { LANG: "de_DE.utf8", LC_ALL: "C" })).toBe(false);
    expect(drawsBlocks(terminal, { WT_SESSION: "1" })).toBe(true);
    expect(drawsBlocks(terminal, {})).toBe(false);
    expect(drawsBlocks({}, { LANG: "en_GB.UTF-8" })).toBe(false);
  });
});
