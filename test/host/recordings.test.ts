/** Recordings of other tools: mtrace, heaptrack, memray. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Command } from "../../src/cli/command.js";
import { convertCommand } from "../../src/cli/convert.js";
import { replayCommand } from "../../src/cli/replay.js";
import type { ReplayReport } from "../../src/replayreport.js";
import { type ReadTrace, readTrace } from "../../src/trace/read.js";
import { writeRep } from "../../src/trace/rep.js";
import { TraceError } from "../../src/trace/trace.js";

const read = (text: string | Uint8Array, lenient = false): Promise<ReadTrace> =>
  readTrace(Buffer.from(text), { name: "x", lenient });

/** The ops as .rep text, `;` between them, without its header and comments. */
async function ops(text: string | Uint8Array): Promise<string> {
  const { trace } = await read(text);
  const lines = Buffer.concat([...writeRep(trace)])
    .toString()
    .trimEnd()
    .split("\n")
    .slice(4);
  return lines.filter((line) => !line.startsWith("#")).join("; ");
}

async function complaint(text: string | Uint8Array, lenient = false): Promise<string> {
  const error = await read(text, lenient).then(
    () => "no complaint",
    (reason: unknown) => reason,
  );
  if (error instanceof TraceError) return error.message;
  throw error;
}

const MTRACE = `= Start
@ ./app:[0x11a0] + 0x55d0a0001000 0x28
@ ./app:(main+0x1d)[0x11ae] + 0x55d0a0001030 0x258
@ ./app:[0x11c3] < 0x55d0a0001000
@ ./app:[0x11c3] > 0x55d0a0001290 0xc8
@ ./app:[0x11d3] - 0x55d0a0001030
= End
`;

const HEAPTRACK = `v 10400 3
x d /opt/demo/app
X ./app --fast
I 1000 3e8000
m 1 -
m 1 x 55d0a0000000 0 738
t 55d0a00011a0 0
+ 28 1 55d0a2000010
t 55d0a00011d0 1
+ 258 2 55d0a2000040
- 55d0a2000010
c a
R 3a9
`;

const HEADER =
  "HEADER magic=memray version=12 python_version=030c01f0 native_traces=false file_format=ALL_ALLOCATIONS pid=7 " +
  "command_line=app.py python_allocator=pymalloc trace_python_allocators=true libdest=/opt site_packages=[] sys.path=[]\n";

/** An ALLOCATION line. */
const memray = (allocator: string, address: number, size = 0): string =>
  `ALLOCATION address=0x${address.toString(16)} size=${size} allocator=${allocator} native_frame_id=0\n`;

const MEMRAY =
  HEADER +
  "CONTEXT_SWITCH tid=140001\n" +
  "CODE_OBJECT code_id=1 function_name=main filename=my app.py firstlineno=3 linetable_size=20\n" +
  "FRAME_PUSH code_object_id=1 instruction_offset=12 is_entry_frame=1\n" +
  memray("pymalloc_malloc", 0x7f10a0000030, 48) +
  memray("malloc", 0x55d0a2000010, 4000) +
  memray("pymalloc_free", 0x7f10a0000030) +
  "FRAME_POP count=1\n" +
  "MEMORY_RECORD time=1790000000000 memory=12345344\n" +
  memray("pymalloc_realloc", 0x7f10a0000060, 80) +
  "TRAILER\n";

/** Part of what each line that is none is held against. */
const EXPECTED = "+ ADDRESS SIZE";

describe("a recording", () => {
  it.each([
    ["mtrace", MTRACE],
    ["heaptrack", HEAPTRACK],
    ["memray", MEMRAY],
    ["memray", MEMRAY.slice(HEADER.length)],
    ["memray", MEMRAY.slice(MEMRAY.indexOf("ALLOCATION address"))],
  ])("of %s is told by its content, plain or compressed, in any pieces, with any line ends", async (format, text) => {
    const expected = await read(text);
    expect(expected).toMatchObject({ format, skipped: 0, messages: [] });
    expect(await read(gzipSync(text))).toEqual(expected);
    expect(await read(text.replaceAll("\n", "\r\n"))).toEqual(expected);
    const blank = await read(text.replaceAll("\n", " \n\n"));
    expect(blank.trace).toEqual(expected.trace);
    for (const size of [1, 7, 100]) {
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let from = 0; from < text.length; from += size) yield Buffer.from(text).subarray(from, from + size);
      }
      expect(await readTrace(pieces(), { name: "x" })).toEqual(expected);
    }
  });

  it("has what is missing put in, and what is too much passed over", async () => {
    const text = `= Start
- 0x10
< 0x20
> 0x30 0x8
+ 0x30 0x10
+ 0x40 0x11
< 0x40
> 0x30 0x12
- 0x40
- 0x30
= End
`;
    expect(await ops(text)).toBe("a 0 8; f 0; a 0 16; a 1 17; f 0; r 1 18; f 1");
    expect((await read(text)).notes[0]).toBe(
      "mtrace: 3 allocations, 1 free, 1 reallocation; passed over: 2 frees of blocks from before it; " +
        "read as allocations: 1 reallocation of blocks from before it; put in: 2 frees that it lacks.",
    );
  });

  it("keeps the id of a block that moves, and uses ids again", async () => {
    const text = "= Start\n+ 0x10 0x1\n+ 0x20 0x2\n< 0x10\n> 0x50 0x3\n+ 0x10 0x4\n- 0x20\n- 0x50\n+ 0x20 0x5\n= End\n";
    expect(await ops(text)).toBe("a 0 1; a 1 2; r 0 3; a 2 4; f 1; f 0; a 0 5");
  });

  it("takes addresses below 2^53 and sizes below 4 GiB", async () => {
    expect(await ops("= Start\n+ 0x1fffffffffffff 0xffffffff\n= End\n")).toBe("a 0 4294967295");
    expect(await complaint("= Start\n+ 0x20000000000000 0x8\n")).toBe(
      "x:2: address 0x20000000000000, expected less than 0x20000000000000 (2^53)",
    );
    expect(await complaint("= Start\n+ 0x10 0x8\n< 0x10\n> 0x20000000000000 0x8\n")).toContain("x:4: address 0x2");
    expect(await complaint("v 10400 3\n+ 100000000 1 10\n")).toBe(
      "x:2: size 4294967296, expected less than 4294967296 (4 GiB)",
    );
    expect(await complaint("= Start\n+ 0x10 0x8\n< 0x10\n> 0x10 0x100000000\n")).toContain("x:4: size 4294967296");
  });

  it("read leniently lacks what is wrong with it", async () => {
    const text =
      "= Start\n+ 0x10 0x8\n+ 0x20 0x100000000\nodd\n< 0x10\n+ 0x30 0x1\n> 0x40 0x8\n- 0x20\n- 0x10\n= End\n";
    const { trace, skipped, messages, notes } = await read(text, true);
    expect(trace.words).toHaveLength(2 * 3);
    expect({ skipped, lines: messages.map((message) => message.split(":")[1]) }).toEqual({
      skipped: 4,
      lines: ["3", "4", "6", "7"],
    });
    expect(notes[0]).toContain("passed over: 1 free of blocks from before it");
  });

  it("is no good when it has a line of a megabyte, and takes no more memory for it than a line may have", async () => {
    const message = await complaint(`= Start\n${"y".repeat(2 ** 20)}\n`);
    expect(message).toContain(`x:2: "${"y".repeat(40)}…", expected `);
  });

  it("of a kind that is not read has its error say what to do", async () => {
    expect(await complaint(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 1))).toContain("x: compressed with zstd");
    expect(await complaint("memray\0\u000c")).toBe(
      "x: a capture of memray, or LZ4; expected text, as memray parse prints it",
    );
    expect(await complaint(Uint8Array.of(4, 0x22, 0x4d, 0x18, 0))).toContain("memray parse");
    for (const page of ["<!DOCTYPE html>\n", "\ufeff\n<html lang='en'>"])
      expect(await complaint(page)).toBe("x: an HTML page, as reports of this tool are; expected a trace");
    for (const lenient of [false, true]) {
      expect(await complaint("v 10400 3\ns 4 main\ni 1 1\n", lenient)).toContain("x: interpreted by heaptrack");
      expect(await complaint(HEADER.replace("ALL_ALLOC", "AGGREGATED_ALLOC"), lenient)).toContain("x: an aggregated");
    }
  });
});

describe("mtrace", () => {
  it("is read with all its signs, as OBJ", async () => {
    expect(await ops(MTRACE)).toBe("a 0 40; a 1 600; r 0 200; f 1");
    expect((await read(MTRACE)).notes).toEqual([
      "mtrace: 2 allocations, 1 free, 1 reallocation.",
      "mtrace sees what is asked of the C library and no domains of Python: all requests are replayed as OBJ.",
    ]);
  });

  it("is read with any place, or none", async () => {
    const places = [
      "",
      "@ [0x401136] ",
      "@ ./my (old) app - copy:(main+0x1d)[0x401136] ",
      "@ /a + b/c < d:[0x1] ",
      "@ /lib/libc.so.6:(__strdup+1a)[0x9e9aa] ",
      "@ ./app:(main+0x1d)[0x401136] + ",
    ];
    for (const place of places) {
      const text = `= Start\n${place}+ 0x10 0x28\n${place}< 0x10\n${place}> 0x20 0\n${place}- 0x20\n= End\n`;
      expect(await ops(text)).toBe("a 0 40; r 0 0; f 0");
    }
  });

  it("has requests that failed passed over, whatever their size", async () => {
    const text = `= Start
@ ./app:[0x1] + 0x10 0xa
@ ./app:[0x1] ! 0x10 0x4000000000000000
@ ./app:[0x1] + (nil) 0x4000000000000000
@ ./app:[0x1] + 0 0x20
@ ./app:[0x1] - 0x10
`;
    expect(await ops(text)).toBe("a 0 10; f 0");
    expect((await read(text)).notes[0]).toBe(
      'mtrace: 1 allocation, 1 free; passed over: 3 failed requests; no "= End": the program did not call muntrace, or died.',
    );
  });

  it("may be cut off anywhere", async () => {
    for (let length = 8; length <= MTRACE.length; length++) {
      const { trace, notes } = await read(MTRACE.slice(0, length));
      const whole = MTRACE.slice(0, length)
        .split("\n")
        .slice(0, -1)
        .filter((line) => / [-+>] /.test(line));
      expect(trace.words.length / 2).toBe(whole.length);
      expect(notes[0].includes("muntrace")).toBe(length < MTRACE.length - 1);
    }
    expect((await read(`${MTRACE.slice(0, 60)}`)).notes[0]).toContain("passed over: 1 event cut off at the end");
    expect((await read(MTRACE.split("@ ./app:[0x11c3] >")[0])).notes[0]).toContain("1 event cut off at the end");
  });

  it.each([
    ["@ ./app:[0x1] * 0x10 0x20", '"@ ./app:[0x1] * 0x10 0x20", expected "@ PLACE" and "+ ADDRESS SIZE"'],
    ["./app:[0x1] + 0x10 0x20", EXPECTED],
    ["+ 0x10", EXPECTED],
    ["+ 0x10 0x20 0x30", EXPECTED],
    ["- 0x", EXPECTED],
    ["- 10", EXPECTED],
    ["- 0x1g", EXPECTED],
    ["+ 0x10 -8", EXPECTED],
    ["= Stop", '"= Stop", expected'],
    ["a 0 16", EXPECTED],
    ["> 0x10 0x20", 'second half of a realloc, ">", expected its first, "<", on the line before'],
    ["< 0x10\n- 0x10", 'expected the second half of a realloc, ">", after its first, "<"'],
  ])("line %j is an error", async (line, message) => {
    const text = `= Start\n+ 0x10 0x8\n${line}\n`;
    expect(await complaint(text)).toContain(message);
    expect(await complaint(text)).toMatch(new RegExp(`^x:${2 + line.split("\n").length}: .+$`));
  });
});

describe("heaptrack", () => {
  it("is read as OBJ, its reallocations as they stand there", async () => {
    expect(await ops(`${HEAPTRACK}- 55d0a2000040\n+ 300 2 55d0a2000040\n`)).toBe("a 0 40; a 1 600; f 0; f 1; a 1 768");
    const { notes, trace } = await read(HEAPTRACK);
    expect(notes[0]).toBe("heaptrack 1.4.0 (format 3): 2 allocations, 1 free; passed over: 10 lines of other kinds.");
    expect(notes[1]).toContain("all requests are replayed as OBJ; a reallocation stands in its file as a free and");
    expect(trace.recordedBy).toBeNull();
  });

  it("passes over a command line of several lines, whatever they look like", async () => {
    const text = HEAPTRACK.replace("--fast", "-c import os\nm = 1\n+ 28 1 10\nI am\n");
    expect((await read(text)).trace).toEqual((await read(HEAPTRACK)).trace);
  });

  it("may be cut off, and may lack the version of its format", async () => {
    const { trace, notes } = await read("v 10000\n+ 28 1 10\n+ 28 1 2");
    expect(trace.opCount).toBe(1);
    expect(notes[0]).toBe(
      "heaptrack 1.0.0 (format 1): 1 allocation, 0 frees; passed over: 1 line of other kinds, 1 line cut off at the end.",
    );
  });

  it.each(["+ 28 1", "+ 28 1 0x10", "+ 28 1 10 20", "+28 1 10", "- ", "- g", "- 10 20", "z 1", "cc", "a0 0 1"])(
    "line %j is an error",
    async (line) => {
      expect(await complaint(`v 10400 3\n+ 8 1 10\n${line}\n`)).toBe(
        `x:3: "${line.trimEnd()}", expected "+ SIZE TRACE ADDRESS", "- ADDRESS" or a line that begins with one of v x X I m t c R A S #`,
      );
    },
  );
});

/** What there is when the ops of a trace are done. */
function endOf(list: string): { ops: number; live: number; liveBytes: number } {
  const live = new Map<string, number>();
  const all = list.split("; ").map((op) => op.split(" "));
  for (const [op, id, nbytes] of all) {
    if (op === "f" || op === "F") live.delete(id);
    else live.set(id, Number(nbytes));
  }
  const liveBytes = [...live.values()].reduce((sum, nbytes) => sum + nbytes, 0);
  return { ops: all.length, live: live.size, liveBytes };
}

describe("memray", () => {
  it("is read: Python's requests as OBJ, the C library's as RAW, reallocations put together", async () => {
    expect(await ops(MEMRAY)).toBe("a 0 48; A 1 4000; r 0 80");
    const { trace, notes } = await read(MEMRAY);
    expect(trace.recordedBy).toBe("3.12");
    expect(notes).toEqual([
      "memray: 2 allocations, 0 frees, 1 reallocation; passed over: 7 lines of other kinds.",
      "memray tells no domains of Python apart: what it calls pymalloc is replayed as OBJ, all else as RAW.",
    ]);
  });

  it("has all allocators", async () => {
    const [obj, raw] = [0x1000, 0x2000];
    const names = ["calloc", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "realloc"];
    const text = [
      memray("pymalloc_calloc", obj, 1),
      memray("pymalloc_realloc", obj + 16, 2),
      ...names.map((name, index) => memray(name, raw + 16 * index, index)),
      memray("mmap", 0x3000, 4096),
      memray("munmap", 0x3000, 4096),
      memray("free", raw),
      memray("pymalloc_free", obj),
    ];
    expect(await ops(text.join(""))).toBe("a 0 1; a 1 2; A 2 0; A 3 1; A 4 2; A 5 3; A 6 4; A 7 5; A 8 6; F 2; f 0");
    expect((await read(text.join(""))).notes[0]).toContain(
      "passed over: 2 mmap or munmap calls; no TRAILER: the capture ended early",
    );
  });

  it("puts a reallocation together only with the free before it, of the same allocator and thread", async () => {
    const start = memray("pymalloc_malloc", 0x10, 8) + memray("malloc", 0x20, 9);
    const [free, freeRaw] = [memray("pymalloc_free", 0x10), memray("free", 0x20)];
    const realloc = memray("pymalloc_realloc", 0x30, 10);
    const after = async (text: string): Promise<string> => (await ops(start + text)).slice("a 0 8; A 1 9; ".length);
    expect(await after(free + realloc)).toBe("r 0 10");
    expect(await after(`${free}FRAME_POP count=2\n${realloc}`)).toBe("r 0 10");
    expect(await after(freeRaw + memray("realloc", 0x20, 10))).toBe("R 1 10");
    expect(await after(freeRaw + realloc)).toBe("F 1; a 1 10");
    expect(await after(`${free}CONTEXT_SWITCH tid=2\n${realloc}`)).toBe("f 0; a 0 10");
    expect(await after(free + memray("malloc", 0x40, 1) + realloc)).toBe("f 0; A 0 1; a 2 10");
    expect(await after(free + memray("pymalloc_malloc", 0x10, 1))).toBe("f 0; a 0 1");
    expect(await after(free + freeRaw)).toBe("f 0; F 1");
  });

  it("takes a small block for a new one when it lies elsewhere than the large one that was freed", async () => {
    const sized = (size: number, to: number, nbytes: number): string =>
      memray("pymalloc_malloc", 0x10, size) + memray("pymalloc_free", 0x10) + memray("pymalloc_realloc", to, nbytes);
    expect(await ops(sized(513, 0x30, 512))).toBe("a 0 513; f 0; a 0 512");
    expect(await ops(sized(513, 0x10, 512))).toBe("a 0 513; r 0 512");
    expect(await ops(sized(513, 0x30, 513))).toBe("a 0 513; r 0 513");
    expect(await ops(sized(512, 0x30, 1))).toBe("a 0 512; r 0 1");
  });

  it("puts nothing together across a request that is passed over", async () => {
    const free = memray("pymalloc_malloc", 0x10, 8) + memray("pymalloc_free", 0x10);
    const failed = "ALLOCATION address=(nil) size=999 allocator=pymalloc_realloc native_frame_id=0\n";
    for (const between of [failed, memray("mmap", 0x3000, 4096)]) {
      expect(await ops(free + between + memray("pymalloc_realloc", 0x30, 10))).toBe("a 0 8; f 0; a 0 10");
    }
  });

  it.each([
    [
      "1.20",
      "5,020 allocations, 3,869 frees, 199 reallocations; passed over: 8 frees of blocks from before it, " +
        "2 mmap or munmap calls, 1 failed request, 6,822 lines of other kinds.",
      { recordedBy: "3.11", peakLiveBytes: 122_141 },
      { ops: 9088, live: 1151, liveBytes: 75_169 },
    ],
    [
      "1.18-native",
      "5,019 allocations, 3,869 frees, 199 reallocations; passed over: 9 frees of blocks from before it, " +
        "2 mmap or munmap calls, 1 failed request, 4,477 lines of other kinds.",
      { recordedBy: null },
      { ops: 9087, live: 1150, liveBytes: 75_107 },
    ],
  ])(
    "is read as an independent count of the lines has it: a real dump of memray %s",
    async (name, summary, expected, end) => {
      const dump = gunzipSync(readFileSync(new URL(`data/memray/${name}.txt.gz`, import.meta.url)));
      const { trace, notes, skipped } = await read(dump);
      expect([notes[0], skipped, notes.length]).toEqual([`memray: ${summary}`, 0, 2]);
      expect(trace).toMatchObject(expected);
      expect(endOf(await ops(dump))).toEqual(end);
    },
  );

  it("is read in the form that it had up to 1.18", async () => {
    const old = MEMRAY.replace("python_version=030c01f0 ", "")
      .replace(
        /CODE_OBJECT.*\n/,
        "FRAME_ID frame_id=0 function_name=<module> filename=app.py lineno=7 is_entry_frame=1\n",
      )
      .replaceAll("ALLOCATION address", "ALLOCATION_WITH_NATIVE address")
      .replace(/ libdest=.*/, "");
    const { trace, notes } = await read(old);
    expect(trace).toEqual({ ...(await read(MEMRAY)).trace, recordedBy: null });
    expect(notes).toHaveLength(2);
    expect((await read(old.replace("allocators=true", "allocators=false"))).notes).toHaveLength(3);
    expect(await complaint(old.replace("ALL_ALLOCATIONS", "AGGREGATED_ALLOCATIONS"))).toContain("aggregated capture");
  });

  it("has failed requests passed over", async () => {
    const text = "ALLOCATION address=(nil) size=999 allocator=pymalloc_malloc native_frame_id=0\n";
    expect((await read(MEMRAY.replace("TRAILER\n", `${text}TRAILER`))).notes[0]).toContain(
      "over: 1 failed request, 6 l",
    );
  });

  it("has a header of several lines where the command line has", async () => {
    const text = MEMRAY.replace("app.py python", "-c import os\nf()\nSEGMENT = 1\nTRAILER\nfor i in x: f()\n python");
    expect((await read(text)).trace).toEqual((await read(MEMRAY)).trace);
    const notes = async (content: string): Promise<number> => (await read(content)).notes.length;
    expect(await notes(text)).toBe(2);
    expect(await notes(text.replace("allocators=true", "allocators=false"))).toBe(3);
    expect((await read(MEMRAY.replace("allocators=true", "allocators=false"))).notes[2]).toContain(
      "without --trace-python-allocators",
    );
  });

  it("names the Python that recorded it where there is such a profile", async () => {
    const recordedBy = async (version: string): Promise<string | null> =>
      (await read(MEMRAY.replace("030c01f0", version))).trace.recordedBy;
    expect(await recordedBy("030800f0")).toBe("3.8");
    expect(await recordedBy("03ff00a1")).toBeNull();
  });

  it("may be cut off anywhere behind its first line", async () => {
    for (let length = HEADER.length; length < MEMRAY.length - 1; length++) {
      const { trace, notes } = await read(MEMRAY.slice(0, length));
      expect(trace.words.length / 2).toBeLessThanOrEqual(3);
      expect(notes[0]).toContain("no TRAILER");
    }
  });

  it.each([
    "ALLOCATION address=7f size=1 allocator=malloc",
    "ALLOCATION address=0x7f size=0x1 allocator=malloc",
    "ALLOCATION address=0x7f size=-1 allocator=malloc",
    "ALLOCATION address=0x7f size=1 allocator=tcmalloc",
    "ALLOCATION address=0x7f size=1",
    "ALLOCATION address=0x7f",
    "ALLOCATION size=1",
    "UNKNOWN RECORD TYPE 77",
    "FRAME_PUSHED x=1",
  ])("line %j is an error", async (line) => {
    expect(await complaint(`CONTEXT_SWITCH tid=1\n${line}\nTRAILER\n`)).toMatch(
      /^x:2: ".+", expected "ALLOCATION address=0x… size=… allocator=…" or a line of another kind that memray parse prints$/,
    );
  });
});

type Request =
  | { readonly op: "a"; readonly address: number; readonly nbytes: number }
  | {
      readonly op: "r";
      readonly address: number;
      readonly to: number;
      readonly before: number;
      readonly nbytes: number;
    }
  | { readonly op: "f"; readonly address: number };

/** Requests of a program, each possible where it stands: addresses are used again, and blocks move. */
const programs = fc
  .array(fc.tuple(fc.constantFrom("a", "a", "r", "f"), fc.nat(30), fc.nat(30), fc.nat(2000)), { maxLength: 200 })
  .map((steps) => {
    const live = new Map<number, number>();
    const requests: Request[] = [];
    for (const [op, one, other, nbytes] of steps) {
      const [address, to] = [2 ** 46 + 16 * one, 2 ** 46 + 16 * other];
      const before = live.get(address);
      if (op === "a" && before === undefined) {
        requests.push({ op, address, nbytes });
        live.set(address, nbytes);
      } else if (op === "r" && before !== undefined && (to === address || !live.has(to))) {
        requests.push({ op, address, to, before, nbytes });
        live.delete(address);
        live.set(to, nbytes);
      } else if (op === "f" && before !== undefined) {
        requests.push({ op, address });
        live.delete(address);
      }
    }
    return requests;
  });

/** Ids as `.rep` has them: with the block, and the one freed last is the next. */
function repOf(requests: readonly Request[]): string {
  const ids = new Map<number, number>();
  const unused: number[] = [];
  let next = 0;
  return requests
    .map((request) => {
      const { op, address } = request;
      const id = op === "a" ? (unused.pop() ?? next++) : (ids.get(address) as number);
      ids.delete(address);
      if (op !== "f") ids.set(op === "r" ? request.to : address, id);
      else unused.push(id);
      return op === "f" ? `f ${id}\n` : `${op} ${id} ${request.nbytes}\n`;
    })
    .join("");
}

const hex = (n: number): string => n.toString(16);

describe("the same requests", () => {
  const MTRACE_LINES = (request: Request): string => {
    const { op, address } = request;
    if (op === "f") return `@ ./a b:[0x1] - 0x${hex(address)}\n`;
    if (op === "a") return `@ ./a b:[0x1] + 0x${hex(address)} 0x${hex(request.nbytes)}\n`;
    return `@ ./a:[0x1] < 0x${hex(address)}\n@ ./a:[0x1] > 0x${hex(request.to)} 0x${hex(request.nbytes)}\n`;
  };
  const MEMRAY_LINES = (request: Request): string => {
    const { op, address } = request;
    if (op === "f") return memray("pymalloc_free", address);
    if (op === "a") return memray("pymalloc_malloc", address, request.nbytes);
    return `${memray("pymalloc_free", address)}FRAME_POP count=1\n${memray("pymalloc_realloc", request.to, request.nbytes)}`;
  };
  const HEAPTRACK_LINES = (request: Request): string => {
    const { op, address } = request;
    if (op === "f") return `- ${hex(address)}\n`;
    if (op === "a") return `t 1 0\n+ ${hex(request.nbytes)} 1 ${hex(address)}\n`;
    return `- ${hex(address)}\n+ ${hex(request.nbytes)} 1 ${hex(request.to)}\n`;
  };
  type Realloc = Extract<Request, { op: "r" }>;
  /** Those reallocs as a free and an allocation. */
  const split = (requests: readonly Request[], isSplit: (request: Realloc) => boolean = () => true): Request[] =>
    requests.flatMap((request): Request[] =>
      request.op === "r" && isSplit(request)
        ? [
            { op: "f", address: request.address },
            { op: "a", address: request.to, nbytes: request.nbytes },
          ]
        : [request],
    );

  /** memray's reader takes it for a free and a new block. */
  const movesOutOfLarge = ({ address, to, before, nbytes }: Realloc): boolean =>
    to !== address && before > 512 && nbytes <= 512;

  it("are the same trace in each form", async () => {
    const empty = "0\n0\n0\n1\n"; // what makes no requests a trace
    await fc.assert(
      fc.asyncProperty(programs, async (requests) => {
        const text = (lines: (request: Request) => string): string => requests.map(lines).join("");
        const expected = (await read(repOf(requests) || empty)).trace;
        expect((await read(`= Start\n${text(MTRACE_LINES)}= End\n`)).trace).toEqual(expected);
        expect((await read(`CONTEXT_SWITCH tid=1\n${text(MEMRAY_LINES)}TRAILER\n`)).trace).toEqual(
          (await read(repOf(split(requests, movesOutOfLarge)) || empty)).trace,
        );
        expect((await read(`v 10400 3\n${text(HEAPTRACK_LINES)}`)).trace).toEqual(
          (await read(repOf(split(requests)) || empty)).trace,
        );
      }),
    );
  });

  it("give a trace that obeys the rules wherever the recording begins", async () => {
    await fc.assert(
      fc.asyncProperty(programs, fc.nat(), async (requests, from) => {
        const rest = requests.slice(from % (requests.length + 1));
        for (const text of [
          `= Start\n${rest.map(MTRACE_LINES).join("")}`,
          `v 10400 3\n${rest.map(HEAPTRACK_LINES).join("")}`,
          `TRAILER\n${rest.map(MEMRAY_LINES).join("")}`,
        ]) {
          const { trace, skipped } = await read(text);
          expect(skipped).toBe(0);
          const again = await read(Buffer.concat([...writeRep(trace)]));
          expect(again.trace).toEqual(trace);
        }
      }),
    );
  });
});

describe("the commands", () => {
  const scratch = mkdtempSync(join(tmpdir(), "pymalloc-recordings-"));
  const file = (name: string): string => join(scratch, name);
  afterAll(() => rmSync(scratch, { recursive: true }));

  async function run(command: Command, ...args: string[]): Promise<{ status: number; out: string; err: string }> {
    const [out, err] = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, "write").mockReturnValue(true),
    );
    const status = await command.run(args);
    const printed = { status, out: out.mock.calls.join(""), err: err.mock.calls.join("") };
    vi.restoreAllMocks();
    return printed;
  }

  it("say on stderr what was read", async () => {
    writeFileSync(file("m.mtrace"), MTRACE);
    const err = (await read(MTRACE)).notes.map((note) => `${file("m.mtrace")}: ${note}\n`).join("");
    expect(await run(convertCommand, file("m.mtrace"), "-o", file("m.rep"))).toEqual({ status: 0, out: "", err });
    expect(readFileSync(file("m.rep"), "utf8")).toBe("0\n2\n4\n1\na 0 40\na 1 600\nr 0 200\nf 1\n");
    expect((await run(replayCommand, file("m.mtrace"), "--placements")).err).toBe(err);
  });

  it("say it in the JSON of replay too, and use the profile that memray names", async () => {
    writeFileSync(file("memray.txt"), MEMRAY.replace("030c01f0", "030800f0"));
    const report = JSON.parse((await run(replayCommand, file("memray.txt"), "--json")).out) as ReplayReport;
    expect(report.notes).toEqual((await read(MEMRAY)).notes);
    expect(report.profiles[0].profile).toBe("3.8");
  });
});
