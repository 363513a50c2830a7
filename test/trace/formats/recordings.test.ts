/** Recordings of other tools: what mtrace, heaptrack and memray have in common; mtrace and heaptrack. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { dispatch } from "../../../src/cli/dispatch.js";
import type { ReplayReport } from "../../../src/report/replayreport.js";
import { writeRep } from "../../../src/trace/formats/rep.js";
import { readTrace } from "../../../src/trace/read.js";
import { complaint, HEADER, MEMRAY, memray, ops, read } from "./recorded.js";

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

  async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
    const [out, err] = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, "write").mockReturnValue(true),
    );
    const status = await dispatch(args);
    const printed = { status, out: out.mock.calls.join(""), err: err.mock.calls.join("") };
    vi.restoreAllMocks();
    return printed;
  }

  it("say on stderr what was read", async () => {
    writeFileSync(file("m.mtrace"), MTRACE);
    const err = (await read(MTRACE)).notes.map((note) => `${file("m.mtrace")}: ${note}\n`).join("");
    expect(await run("convert", file("m.mtrace"), "-o", file("m.rep"))).toEqual({ status: 0, out: "", err });
    expect(readFileSync(file("m.rep"), "utf8")).toBe("0\n2\n4\n1\na 0 40\na 1 600\nr 0 200\nf 1\n");
    expect((await run("replay", file("m.mtrace"), "--placements")).err).toBe(err);
  });

  it("say it in the JSON of replay too, and use the profile that memray names", async () => {
    writeFileSync(file("memray.txt"), MEMRAY.replace("030c01f0", "030800f0"));
    const report = JSON.parse((await run("replay", file("memray.txt"), "--json")).out) as ReplayReport;
    expect(report.notes).toEqual((await read(MEMRAY)).notes);
    expect(report.profiles[0].profile).toBe("3.8");
  });
});
