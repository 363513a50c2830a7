import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { dispatch } from "../../src/cli/dispatch.js";
import { readTraceFile, traceFormOf, writeTraceFile } from "../../src/trace/file.js";
import { encodeTrace } from "../../src/trace/formats/binary.js";
import { type ByteSource, GzipError, readTrace } from "../../src/trace/read.js";
import { TraceError } from "../../src/trace/trace.js";

const scratch = mkdtempSync(join(tmpdir(), "pymalloc-trace-"));
const at = (name: string): string => join(scratch, name);

function saved(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

afterAll(() => rmSync(scratch, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const TEXT = "0\n2\n4\n1\n# python 3.11\na 0 40\nm loaded\nc 1 3 8 m\nf 1 m\nf 0\n";

/** Long enough for several pieces of compressed and of decompressed data; no size compresses well. */
const LONG_TEXT = Array.from({ length: 200_000 }, (_, id) => `a ${id} ${(id * 2654435761) % 100_003}\n`).join("");

async function* pieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}

describe("reading a trace from bytes", () => {
  const read = (source: ByteSource) => readTrace(source, { name: "x" });

  it("tells the form by content, whatever the pieces", async () => {
    const text = Buffer.from(TEXT);
    const { trace } = await read(text);
    const binary = encodeTrace(trace);
    for (const [content, format] of [
      [text, "rep"],
      [binary, "pytrace"],
    ] as const) {
      for (const bytes of [content, gzipSync(content)]) {
        const expected = { trace, format, skipped: 0, messages: [], notes: [] };
        expect(await read(bytes)).toEqual(expected);
        for (const size of [1, 7, 1000]) expect(await read(pieces(bytes, size))).toEqual(expected);
      }
    }
  });

  it("says how far it is, in bytes of the source", async () => {
    const seen: number[] = [];
    const content = gzipSync(TEXT);
    await readTrace(pieces(content, 20), { name: "x", onProgress: (bytes) => seen.push(bytes) });
    expect(seen.slice(0, 2)).toEqual([20, 40]);
    expect(seen.at(-1)).toBe(content.length);
  });

  it("says in one line that compressed data are no good", async () => {
    const content = gzipSync(TEXT);
    const message = "x: compressed data is damaged or cut off";
    await expect(read(content.subarray(0, 30))).rejects.toThrow(new TraceError(message));
    await expect(read(pieces(content.subarray(0, 30), 7))).rejects.toThrow(new TraceError(message));
    await expect(read(Uint8Array.of(0x1f, 0x8b, 1, 2, 3))).rejects.toThrow(new TraceError(message));
  });

  it("lets errors of the source through, and closes it when it stops early", async () => {
    let closed = 0;
    async function* failing(content: Uint8Array): AsyncGenerator<Uint8Array> {
      try {
        yield content.subarray(0, 20);
        throw new Error("the disk is on fire");
      } finally {
        closed++;
      }
    }
    await expect(read(failing(Buffer.from(TEXT)))).rejects.toThrow("the disk is on fire");
    await expect(read(failing(gzipSync(TEXT)))).rejects.toThrow("the disk is on fire");
    await expect(read(failing(Buffer.from("a 0 1\nx\nm\nm\nm\nm\nm\nm\n")))).rejects.toThrow(TraceError);
    expect(closed).toBe(3);
  });

  it("uses the decompressor it is given", async () => {
    async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) yield Buffer.from(TEXT).subarray(0, chunk.length);
      throw new GzipError("compressed data is of no use");
    }
    const reading = readTrace(gzipSync(TEXT), { name: "x", gunzip });
    await expect(reading).rejects.toThrow(new TraceError("x: compressed data is of no use"));
  });
});

describe("trace files", () => {
  it.each(["t.rep", "t.rep.gz", "t.pytrace", "t.pytrace.gz"])(
    "%s is written in that form, and read again",
    async (name) => {
      const { trace } = await readTrace(Buffer.from(TEXT), { name: "x" });
      await writeTraceFile(at(name), trace);
      const content = readFileSync(at(name));
      const plain = name.endsWith(".gz") ? gunzipSync(content) : content;
      expect(plain.equals(name.includes(".rep") ? Buffer.from(TEXT) : encodeTrace(trace))).toBe(true);
      expect((await readTraceFile(at(name))).trace).toEqual(trace);
    },
  );

  it("are of no form if their name says none", async () => {
    expect(["t", "rep", "t.rep.xz", "t.gz", "t.rep.txt"].map(traceFormOf)).toEqual([null, null, null, null, null]);
    expect(traceFormOf("a.b/t.pytrace.gz")).toEqual({ format: "pytrace", gzip: true });
    const { trace } = await readTrace(Buffer.from(TEXT), { name: "x" });
    await expect(writeTraceFile(at("t.txt"), trace)).rejects.toThrow(RangeError);
  });

  it("are read in pieces", async () => {
    const plain = await readTraceFile(saved("long.rep", LONG_TEXT));
    expect(plain.trace.opCount).toBe(200_000);
    expect(await readTraceFile(saved("long.rep.gz", gzipSync(LONG_TEXT)))).toEqual(plain);
    const twoMembers = Buffer.concat([gzipSync(LONG_TEXT.slice(0, 99_999)), gzipSync(LONG_TEXT.slice(99_999))]);
    expect(await readTraceFile(saved("two.rep.gz", twoMembers))).toEqual(plain);
  });

  it("that are recorded say who recorded them only if they do", async () => {
    const data = fileURLToPath(new URL("../../examples/traces/3.11.7-csv_sqlite.rep.gz", import.meta.url));
    const { trace } = await readTraceFile(data);
    const { idCount, opCount, marks, recordedBy } = trace;
    expect({ idCount, opCount, marks, recordedBy }).toEqual({
      idCount: 232_423,
      opCount: 1_732_541,
      marks: ["", "", "", ""],
      recordedBy: null,
    });
  });

  it("have one-line errors when there is nothing to read", async () => {
    const missing = at("missing.rep");
    await expect(readTraceFile(missing)).rejects.toThrow(new TraceError(`${missing}: no such file`));
    await expect(readTraceFile(scratch)).rejects.toThrow(
      new TraceError(`${scratch}: is a directory; expected a trace file`),
    );
    const inFile = join(saved("plain.rep", TEXT), "x.rep");
    await expect(readTraceFile(inFile)).rejects.toThrow(new TraceError(`${inFile}: no such file`));
    await expect(readTraceFile(saved("empty", ""))).rejects.toThrow(
      new TraceError(`${at("empty")}: not a trace: empty`),
    );
    await expect(readTraceFile(saved("empty.gz", gzipSync("")))).rejects.toThrow("not a trace: empty");
  });

  it.skipIf(process.getuid?.() === 0)("have a one-line error when they must not be read", async () => {
    const path = saved("secret.rep", TEXT);
    chmodSync(path, 0);
    await expect(readTraceFile(path)).rejects.toThrow(new TraceError(`${path}: permission denied`));
  });

  it("have one-line errors when they cannot be written", async () => {
    const { trace } = await readTrace(Buffer.from(TEXT), { name: "x" });
    const path = at("nowhere/t.rep.gz");
    await expect(writeTraceFile(path, trace)).rejects.toThrow(
      new TraceError(`${path}: cannot be written: no such directory`),
    );
  });

  it("say whether compressed data is cut off or damaged", async () => {
    const content = gzipSync(LONG_TEXT);
    for (const length of [2, 10, 1000, content.length >> 1, content.length - 8, content.length - 1]) {
      const path = saved("cut.rep.gz", content.subarray(0, length));
      await expect(readTraceFile(path)).rejects.toThrow(new TraceError(`${path}: compressed data is cut off`));
    }
    const damaged = saved("damaged.rep.gz", Buffer.from(content).fill(0xff, 10, 20));
    await expect(readTraceFile(damaged)).rejects.toThrow(new TraceError(`${damaged}: compressed data is damaged`));
    const tail = Buffer.from(content);
    tail[tail.length - 6] ^= 1; // of the checksum
    const wrong = saved("wrong.rep.gz", tail);
    await expect(readTraceFile(wrong)).rejects.toThrow(new TraceError(`${wrong}: compressed data is damaged`));
  });

  it("are read up to where they are cut off when the reader is lenient", async () => {
    const content = gzipSync(LONG_TEXT);
    const path = saved("lenient.rep.gz", content.subarray(0, content.length >> 1));
    const { trace, skipped, messages } = await readTraceFile(path, { lenient: true });
    expect(trace.opCount).toBeGreaterThan(50_000);
    expect(skipped).toBe(messages.length);
    expect(messages.at(-1)).toBe(`${path}: compressed data is cut off`);
  });

  it("are not read on after an error", async () => {
    const path = saved("bad.rep.gz", gzipSync(`a 0 1\nx\n${LONG_TEXT}`));
    await expect(readTraceFile(path)).rejects.toThrow(
      new TraceError(`${path}:2: unknown op "x", expected one of a c r f A C R F m p`),
    );
  });
});

describe("pymalloc convert", () => {
  /** Runs the command and gives its exit status and what it printed on stderr. */
  async function run(...args: string[]): Promise<{ status: number; err: string }> {
    const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const status = await dispatch(["convert", ...args]);
    const printed = { status, err: err.mock.calls.join("") };
    err.mockRestore();
    return printed;
  }

  it("writes the form that OUT ends in", async () => {
    const input = saved("in.rep", TEXT);
    expect(await run(input, "-o", at("out.pytrace.gz"))).toEqual({ status: 0, err: "" });
    expect(await run(at("out.pytrace.gz"), "--output", at("out.rep"))).toEqual({ status: 0, err: "" });
    expect(readFileSync(at("out.rep"), "utf8")).toBe(TEXT);
  });

  it("has an error in one line when the trace is bad, and writes nothing", async () => {
    const input = saved("in-bad.rep", "a 0 1\nf 1\n");
    expect(await run(input, "-o", at("bad-out.rep"))).toEqual({
      status: 1,
      err: `${input}:2: free of id 1, which is not live, expected an id that was allocated and not yet freed\n`,
    });
    expect(await run(at("missing"), "-o", at("bad-out.rep"))).toEqual({
      status: 1,
      err: `${at("missing")}: no such file\n`,
    });
    expect(existsSync(at("bad-out.rep"))).toBe(false);
  });

  it("passes over what is bad with --lenient, and says how many", async () => {
    const input = saved("in-lenient.rep", "a 0 1\nx\nf 1\nf 0\n");
    expect(await run(input, "-o", at("lenient.rep"), "--lenient")).toEqual({
      status: 0,
      err: `${input}: skipped 2, the first: ${input}:2: unknown op "x", expected one of a c r f A C R F m p\n`,
    });
    expect(readFileSync(at("lenient.rep"), "utf8")).toBe("0\n1\n2\n1\na 0 1\nf 0\n");
  });

  it.each([
    [[]],
    [["t.rep"]],
    [["t.rep", "-o", "t.txt"]],
    [["t.rep", "u.rep", "-o", "o.rep"]],
    [["--odd"]],
    [["t.rep", "-o"]],
  ])("says in one line that %j is bad usage", async (args) => {
    expect(await run(...args)).toEqual({ status: 2, err: expect.stringMatching(/^pymalloc convert: .+\n$/) });
  });

  describe("between pipes", { timeout: 120_000 }, () => {
    const cli = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
    const pipe = (command: string, input: string | Uint8Array): { status: number | null; out: string; err: string } => {
      const run = spawnSync("sh", ["-c", command], { input, env: { ...process.env, PYMALLOC: cli } });
      return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
    };

    it("reads stdin and writes text to stdout", () => {
      expect(pipe('node "$PYMALLOC" convert - -o -', gzipSync(TEXT))).toEqual({ status: 0, out: TEXT, err: "" });
    });

    it("ends quietly when nobody reads on", () => {
      expect(pipe('{ node "$PYMALLOC" convert - -o -; echo "status $?" >&2; } | head -2', LONG_TEXT)).toEqual({
        status: 0,
        out: "0\n200000\n",
        err: "status 0\n",
      });
    });
  });
});
