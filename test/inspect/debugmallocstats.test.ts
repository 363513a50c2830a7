import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blocksPerPool, classCount, poolsPerArena } from "../../src/geometry/geometry.js";
import { profile, profileNames } from "../../src/geometry/profiles.js";
import {
  DebugMallocStatsError,
  formatDebugMallocStats,
  parseDebugMallocStats,
} from "../../src/inspect/debugmallocstats.js";
import {
  arenaMapStats,
  type PymallocCounts,
  type PymallocStats,
  poolsFreedByPacking,
  pymallocStats,
} from "../../src/inspect/stats.js";

const read = (name: string): string => readFileSync(new URL(`data/${name}`, import.meta.url), "utf8");

/** What real interpreters printed, by interpreter: `debugmallocstats-samples.txt` has one section each. */
const SAMPLES = new Map(
  read("debugmallocstats-samples.txt")
    .split(/^=+ /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section.slice(section.indexOf("\n") + 1)]),
);
const sample = (name: string): string => SAMPLES.get(name) ?? "";

/** Each sample that has a report of pymalloc, and the profile of the interpreter that printed it. */
const PRINTED_BY = [
  ["3.6.15 x86-64", "3.7.4"], // patched: 16-byte alignment
  ["3.7.16 x86-64", "3.7.16"],
  ["3.8.18 x86-64", "3.8.18"],
  ["3.9.18 x86-64", "3.9.18"],
  ["3.10.13 x86-64", "3.10.13"],
  ["3.11.7 x86-64", "3.11.7"],
  ["3.12.1 x86-64", "3.12.1"],
  ["3.13.0 x86-64", "3.13.0"],
  ["3.14.7 x86-64", "3.14.7"],
  ["3.6.15 i386 (upstream source, gcc -m32)", "3.6.15-32"],
  ["3.8.18 i386 (upstream source, gcc -m32)", "3.8.18-32"],
  ["3.13.0 i386 (upstream source, gcc -m32)", "3.13.0-32"],
] as const;

/**
 * Files with nothing but reports, one after the other, and how many. The first four are of the recorded programs of
 * the conformance goldens, the last is what `PYTHONMALLOCSTATS=1 python3.12 -Sc 'x=[str(i) for i in range(100000)]'`
 * printed.
 */
const LOGS = [
  ["3.8.18-csv_sqlite.stats.txt", "3.8.18", 4],
  ["3.8.18-dict_holes.stats.txt", "3.8.18", 4],
  ["3.11.7-csv_sqlite.stats.txt", "3.11.7", 4],
  ["3.11.7-dict_holes.stats.txt", "3.11.7", 4],
  ["3.12.1-pythonmallocstats.txt", "3.12.1", 6],
] as const;

/** The counts behind a report: what a heap would hand to `pymallocStats`. */
function countsOf({ classCount, classes, arenas, unusedPools }: PymallocStats): PymallocCounts {
  const pools = new Uint32Array(classCount);
  const blocks = new Uint32Array(classCount);
  for (const c of classes) {
    pools[c.szidx] = c.pools;
    blocks[c.szidx] = c.blocks;
  }
  return {
    pools,
    blocks,
    arenasObtained: arenas.obtained,
    arenasReleased: arenas.released,
    arenasHigh: arenas.high,
    arenasLive: arenas.live,
    misalignedArenas: arenas.misaligned,
    unusedPools,
    arenaMapHigh: arenas.obtained - 1,
  };
}

describe("a printed report", () => {
  it("is there for every sample with pymalloc", () => {
    const withoutPymalloc = ["3.13.0 x86-64, PYTHONMALLOC=mimalloc", "Pyodide: 3.11.3 emscripten wasm32"];
    const others = [...SAMPLES.keys()].filter((name) => !PRINTED_BY.some(([printed]) => printed === name));
    expect(others).toEqual([
      ...withoutPymalloc,
      "Pyodide: 3.13.2 emscripten wasm32",
      "Pyodide: 3.14.2 emscripten wasm32",
    ]);
  });

  it.each(PRINTED_BY)("of %s is written again byte for byte", (name) => {
    const [stats, ...others] = parseDebugMallocStats(sample(name));
    const text = formatDebugMallocStats(stats);
    expect(others).toEqual([]);
    expect(sample(name).slice(0, text.length)).toBe(text);
    expect(sample(name).slice(text.length)).toMatch(/^\n +\d+ free /);
  });

  it.each(PRINTED_BY)("of %s is what profile %s derives from the counts alone", (name, profileName) => {
    const [stats] = parseDebugMallocStats(sample(name));
    expect(pymallocStats(profile(profileName), countsOf(stats))).toEqual(stats);
  });

  it.each(LOGS)("is written again byte for byte, one after the other, in %s", (file, profileName, count) => {
    const reports = parseDebugMallocStats(read(file));
    expect(reports).toHaveLength(count);
    expect(reports.map(formatDebugMallocStats).join("")).toBe(read(file));
    for (const stats of reports) {
      expect(pymallocStats(profile(profileName), countsOf(stats))).toEqual({ ...stats, poolOverhead: 48 });
    }
  });

  it("has the calls that the debug hooks counted, up to 3.7", () => {
    // PYTHONMALLOC=debug python3.7 -Sc 'import sys; sys._debugmallocstats()'
    const text = read("3.7.16-debug.stats.txt");
    const [stats] = parseDebugMallocStats(text);
    expect(stats.mallocCalls).toBe(19032);
    expect(text.startsWith(formatDebugMallocStats(stats))).toBe(true);
  });

  it("of a heap without arenas tells everything but the size of a pool header", () => {
    const [stats] = parseDebugMallocStats(read("3.12.1-pythonmallocstats.txt"));
    expect(stats).toMatchObject({ poolOverhead: null, poolSize: 16384, arenaSize: 1 << 20, classes: [] });
    expect(stats.arenas).toEqual({ obtained: 0, released: 0, high: 0, live: 0, misaligned: 0 });
    expect(stats.arenaMap).toMatchObject({ midNodes: 0, botNodes: 0, rootBytes: 262144 });
  });
});

// Two arenas, one of them misaligned; one pool of class 1 with 3 blocks in use, one full pool of class 31.
const COUNTS_2_3: PymallocCounts = {
  pools: Array.from({ length: 32 }, (_, szidx) => Number(szidx === 1 || szidx === 31)),
  blocks: Array.from({ length: 32 }, (_, szidx) => (szidx === 1 ? 3 : szidx === 31 ? 15 : 0)),
  arenasObtained: 2,
  arenasReleased: 0,
  arenasHigh: 2,
  arenasLive: 2,
  misalignedArenas: 1,
  unusedPools: 125,
  arenaMapHigh: -1,
};

// Quantization: (4096 − 48) mod 16 = 0 and (4096 − 48) mod 256 = 208.
const TEXT_2_3 = `Small block threshold = 256, in 32 size classes.

class   size   num pools   blocks in use  avail blocks
-----   ----   ---------   -------------  ------------
    1     16           1               3           250
   31    256           1              15             0

2 arenas * 262144 bytes/arena      =              524,288

# bytes in allocated blocks        =                3,888
# bytes in available blocks        =                4,000
125 unused pools * 4096 bytes      =              512,000
# bytes lost to pool headers       =                   96
# bytes lost to quantization       =                  208
# bytes lost to arena alignment    =                4,096
Total                              =              524,288
`;

describe("a report of 2.3 and 2.4", () => {
  it("has no counters of arenas", () => {
    expect(formatDebugMallocStats(pymallocStats(profile("2.3"), COUNTS_2_3))).toBe(TEXT_2_3);
  });

  it("is read as one of arenas never released", () => {
    expect(parseDebugMallocStats(TEXT_2_3)).toEqual([pymallocStats(profile("2.4"), COUNTS_2_3)]);
  });
});

describe("a report of any profile", () => {
  /**
   * Every class with some pools, the last of them with a free block; as many arenas as it takes, each third one
   * misaligned.
   */
  function busy(name: string): PymallocStats {
    const { geometry } = profile(name);
    const classes = Array.from({ length: classCount(geometry) }, (_, szidx) => szidx);
    const pools = classes.map((szidx) => (szidx * 37) % 101);
    const blocks = classes.map((szidx) => Math.max(pools[szidx] * blocksPerPool(geometry, szidx) - 1, 0));
    const used = pools.reduce((a, b) => a + b);
    const live = Math.ceil(used / (poolsPerArena(geometry) - 1));
    const misaligned = Math.floor(live / 3);
    const released = profile(name).reportsArenas ? 5 : 0;
    return pymallocStats(profile(name), {
      ...{ pools, blocks, arenasLive: live, misalignedArenas: misaligned },
      ...{
        arenasObtained: live + released,
        arenasReleased: released,
        arenasHigh: live,
        arenaMapHigh: live + released - 1,
      },
      unusedPools: live * poolsPerArena(geometry) - misaligned - used,
    });
  }

  it.each(profileNames())("%s accounts for every byte, and reads back as the same numbers", (name) => {
    const stats = busy(name);
    expect(stats.ledger.total).toBe(stats.arenas.live * stats.arenaSize);
    expect(parseDebugMallocStats(formatDebugMallocStats(stats))).toEqual([stats]);
  });
});

describe("the arena map", () => {
  const nodes = (name: string, high: number): (number | undefined)[] => {
    const map = arenaMapStats(profile(name), high);
    return [map?.midNodes, map?.botNodes];
  };

  it.each([
    ["3.10", 8192, 8192, 2048],
    ["3.14", 262144, 262144, 131072],
    ["3.15-hugepages", 262144, 262144, 65536],
  ])("of %s has nodes of %i, %i and %i bytes", (name, rootBytes, midBytes, botBytes) => {
    expect(arenaMapStats(profile(name), 0)).toEqual({
      levels: 3,
      midNodes: 1,
      botNodes: 1,
      rootBytes,
      midBytes,
      botBytes,
    });
    expect(arenaMapStats(profile(name), -1)).toEqual({
      levels: 3,
      midNodes: 0,
      botNodes: 0,
      rootBytes,
      midBytes: 0,
      botBytes: 0,
    });
  });

  it("is one array on 32 bits, and is not there before 3.10", () => {
    const root = { levels: 1, midNodes: 0, botNodes: 0, rootBytes: 131072, midBytes: 0, botBytes: 0 };
    expect(arenaMapStats(profile("wasm32"), 9)).toEqual(root);
    expect(arenaMapStats(profile("3.9"), 9)).toBeNull();
  });

  it("gets a node where the arenas cross into its range, counted from 2^36", () => {
    expect(nodes("3.10", 255)).toEqual([1, 1]);
    expect(nodes("3.10", 256)).toEqual([1, 2]);
    // A mid node covers 2^18 arenas of 1 MiB; 2^36 is arena 2^16 of the first.
    expect(nodes("3.10", 2 ** 18 - 2 ** 16 - 1)).toEqual([1, 768]);
    expect(nodes("3.10", 2 ** 18 - 2 ** 16)).toEqual([2, 769]);
    expect(nodes("3.11", 16383)).toEqual([1, 1]);
    expect(nodes("3.11", 16384)).toEqual([1, 2]);
    expect(nodes("3.15-hugepages", 8192)).toEqual([1, 2]);
  });
});

describe("packing", () => {
  it("frees the pools that the blocks of a class do not need", () => {
    // The 64-byte class of devpi issue 735: 63 blocks a pool.
    const devpi = { szidx: 7, blockSize: 64, pools: 8361, blocks: 404_452, available: 122_291 };
    expect(poolsFreedByPacking(devpi)).toBe(8361 - 6420);
    expect(poolsFreedByPacking({ ...devpi, pools: 1, blocks: 1, available: 62 })).toBe(0);
  });
});

describe("a report in a log", () => {
  const plain = sample("3.12.1 x86-64");
  const expected = parseDebugMallocStats(plain);
  const decorated = (line: (text: string, i: number) => string): string => plain.split("\n").map(line).join("\n");

  it.each([
    ["Windows line ends", plain.replaceAll("\n", "\r\n")],
    ["doubled carriage returns", plain.replaceAll("\n", "\r\r\n")],
    ["indented", decorated((text) => `    ${text}`)],
    ["quoted", decorated((text) => `> ${text}`)],
    ["from containers", decorated((text) => `web_1  | ${text}`)],
    ["with time stamps", decorated((text, i) => `2026-11-21 07:36:${String(i % 60).padStart(2, "0")} 4655 ${text}`)],
    ["from the journal", decorated((text, i) => `Nov 21 07:36:0${i % 10} host python[${i}]: ${text}`)],
    ["without trailing newline", plain.trimEnd()],
    ["trailing blanks", decorated((text) => `${text}  `)],
    ["blanks collapsed", decorated((text) => text.replace(/ +/g, " "))],
    ["without commas", decorated((text) => text.replace(/(?<=\d),(?=\d)/g, ""))],
    ["among other lines", `Traceback: 1 2 3 4 5\nTotal = lots\n${plain}\n1 2 3 4 5\nTotal = 7\n`],
    [
      "with other lines in between",
      decorated((text, i) => (i % 3 === 0 ? `DEBUG gc: collecting generation ${i} ...\n${text}` : text)),
    ],
  ])("is found: %s", (_, text) => {
    expect(parseDebugMallocStats(text)).toEqual(expected);
  });

  it("is found after each other's free lists", () => {
    expect(parseDebugMallocStats(PRINTED_BY.map(([name]) => sample(name)).join("hello\n"))).toHaveLength(12);
  });
});

describe("a text that cannot be read", () => {
  const plain = formatDebugMallocStats(parseDebugMallocStats(sample("3.11.7 x86-64"))[0]);
  const lines = plain.trimEnd().split("\n");
  const lineOf = (start: string): number => lines.findIndex((line) => line.startsWith(start)) + 1;
  const errorOf = (text: string): DebugMallocStatsError => {
    try {
      parseDebugMallocStats(text);
    } catch (error) {
      if (error instanceof DebugMallocStatsError) return error;
    }
    throw new Error("expected a DebugMallocStatsError");
  };

  it("says what was expected where there is no report", () => {
    for (const text of ["", "hello\nworld\n", "class   size   num pools   blocks in use  avail blocks\n"]) {
      expect(errorOf(text).message).toMatch(
        /^expected the text of sys\._debugmallocstats\(\), with a line "Small block threshold = .*"$/,
      );
      expect(errorOf(text).line).toBeNull();
    }
  });

  it("says so where Python runs without pymalloc", () => {
    expect(errorOf(sample("Pyodide: 3.13.2 emscripten wasm32")).message).toMatch(/only free lists of types/);
    expect(errorOf(sample("3.13.0 x86-64, PYTHONMALLOC=mimalloc")).message).toBe(
      "line 1: expected pymalloc's report, this is mimalloc's",
    );
  });

  it("names the last line of a report that is cut off, wherever that is", () => {
    // After line `complete` the report of a build without an arena map would be whole.
    const complete = lineOf("Total");
    for (let count = 1; count < lines.length; count++) {
      const text = `a log\n${lines.slice(0, count).join("\n")}\n`;
      if (count === complete || count === complete + 1) {
        expect(parseDebugMallocStats(text)[0].arenaMap).toBeNull();
      } else {
        expect(errorOf(text).message).toMatch(/^line \d+: the report is cut off after this line: expected ".+" next$/);
        expect(errorOf(text).line).toBeLessThanOrEqual(count + 1);
      }
    }
  });

  it("never reads a report cut off in a line as another one", () => {
    const whole = parseDebugMallocStats(plain);
    const end = plain.indexOf("\n", plain.indexOf("Total"));
    for (let length = 0; length < end; length++) expect(errorOf(plain.slice(0, length)).message).not.toContain("\n");
    expect(parseDebugMallocStats(plain.slice(0, end))).toEqual([{ ...whole[0], arenaMap: null }]);
  });

  it("names the line before one that is missing", () => {
    const missing = lineOf("# arenas reclaimed");
    const text = lines.filter((_, i) => i !== missing - 1).join("\n");
    expect(errorOf(text).message).toBe(`line ${missing - 1}: expected "# arenas reclaimed" next`);
  });

  it("names the line of a report cut off by the next one", () => {
    const last = lineOf("# bytes lost to pool headers");
    expect(errorOf(`${lines.slice(0, last).join("\n")}\n${plain}`).message).toBe(
      `line ${last}: the report is cut off after this line: expected "# bytes lost to quantization" next`,
    );
  });

  it.each([
    ["    0     16 ", "18", "19", "# bytes in allocated blocks", /658,368 does not add up: the classes have 658,384/],
    ["    0     16 ", "1003", "1002", "# bytes in available blocks", /does not add up/],
    ["    0     16 ", " 16", " 24", "    0     16 ", /expected blocks of 16 bytes in class 0, not 24/],
    ["    2     48 ", "    2", "    1", "    2     48 ", /expected a class from 2 to 31, not 1/],
    ["   29    480 ", "   29", "   77", "   29    480 ", /expected a class from 28 to 31, not 77/],
    [
      "# arenas reclaimed",
      "0",
      "1",
      "# arenas allocated current",
      /1 does not add up: allocated and reclaimed leave 0/,
    ],
    ["1 arenas", "1,048,576", "1,048,577", "1 arenas", /the product is 1,048,576/],
    ["0 unused", "      0", " 16,384", "0 unused", /the product is 0/],
    ["# bytes lost to pool headers", "3,024", "3,025", "# bytes lost to pool headers", /in 63 pools makes 3,024/],
    ["# bytes lost to quantization", "4,512", "4,513", "# bytes lost to quantization", /the classes lose 4,512/],
    [
      "# bytes lost to arena alignment",
      "16,384",
      "32,768",
      "# bytes lost to arena alignment",
      /one an arena at most, are 16,384/,
    ],
    ["Total", "1,048,576", "1,048,570", "Total", /the six lines above have 1,048,576/],
    ["# arena map mid nodes", "1", "one", "# arena map mid nodes", /expected a number, not "one"/],
    [
      "# bytes lost to arena map root",
      "262,144",
      "26,2144",
      "# bytes lost to arena map root",
      /expected a number, not "26,2144"/,
    ],
    ["Small block", "32", "0", "Small block", /0 classes do not divide 512/],
  ])("names the line that does not add up: in %j, %j instead of %j", (start, from, to, blamed, message) => {
    const at = lineOf(start) - 1;
    const text = lines.map((line, i) => (i === at ? line.replace(from, to) : line)).join("\n");
    expect(text).not.toBe(lines.join("\n"));
    expect(errorOf(text).message).toMatch(message);
    expect(errorOf(text).line).toBe(lineOf(blamed));
  });
});
