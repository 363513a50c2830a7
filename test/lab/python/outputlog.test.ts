/** The bounded log of a script's output: against a list of everything that was written, and with a thread that never stops writing. */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import ts from "typescript";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunMessage } from "../../../src/lab/protocol/python.js";
import {
  HEAD_BYTES,
  OUTPUT_LOG_BYTES,
  OutputLog,
  type OutputText,
  type Piece,
  type Stream,
  TAIL_BYTES,
} from "../../../src/lab/python/outputlog.js";
import { OutputPosts } from "../../../src/lab/python/outputposts.js";

const KEPT_BYTES = HEAD_BYTES + TAIL_BYTES;
const encoder = new TextEncoder();

const newLog = (): OutputLog => new OutputLog(new ArrayBuffer(OUTPUT_LOG_BYTES));

function textOf(log: OutputLog): OutputText {
  const copy = log.copy();
  if (copy === null) throw new Error("the log is locked");
  return new OutputLog(copy).text();
}

const joined = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join("");
const codePoints = (text: string): number => [...text].length;

/** Text, and beside it the stream of each code unit: where it was cut into pieces makes no difference. */
const flat = (pieces: readonly Piece[]): [text: string, streams: string] => [
  joined(pieces),
  pieces.map(({ stream, text }) => (stream === "stdout" ? "o" : "e").repeat(text.length)).join(""),
];

describe("the log of a script's output", () => {
  it("joins what was written, by stream", () => {
    const log = newLog();
    for (const word of ["a", "b\n"]) log.write("stdout", encoder.encode(word));
    log.write("stderr", encoder.encode("no"));
    log.write("stdout", new Uint8Array());
    log.write("stderr", encoder.encode("!\n"));
    log.write("stdout", encoder.encode("\ufeffc"));
    const head = [
      { stream: "stdout", text: "ab\n" },
      { stream: "stderr", text: "no!\n" },
      { stream: "stdout", text: "\ufeffc" },
    ];
    expect(textOf(log)).toEqual({ head, leftOut: null, tail: [] });
    expect(log.changes).toBe(5);
  });

  it("keeps start and end of any output, and counts what is between", () => {
    const write = fc.record({
      stream: fc.constantFrom<Stream>("stdout", "stderr"),
      text: fc.string({ unit: fc.constantFrom("a", "\n", "é", "→", "😀"), minLength: 1, maxLength: 12 }),
      times: fc.constantFrom(1, 2, 50, 2000, 20_000),
      isOneWrite: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 8 }), (writes) => {
        const log = newLog();
        for (const { stream, text, times, isOneWrite } of writes) {
          const bytes = encoder.encode(isOneWrite ? text.repeat(times) : text);
          for (let i = 0; i < (isOneWrite ? 1 : times); i++) log.write(stream, bytes);
        }
        const [all, streams] = flat(writes.map(({ stream, text, times }) => ({ stream, text: text.repeat(times) })));
        const { head, leftOut, tail } = textOf(log);
        const [[first, firstStreams], [last, lastStreams]] = [flat(head), flat(tail)];
        const between = all.slice(first.length, all.length - last.length);
        expect(first + between + last === all).toBe(true);
        expect(streams.startsWith(firstStreams) && streams.endsWith(lastStreams)).toBe(true);
        expect(leftOut ?? { characters: 0, lines: 0 }).toEqual({
          characters: codePoints(between),
          lines: between.split("\n").length - 1,
        });
        expect(encoder.encode(joined(head)).length).toBeLessThanOrEqual(leftOut ? HEAD_BYTES : KEPT_BYTES);
        expect(encoder.encode(joined(tail)).length).toBeLessThanOrEqual(TAIL_BYTES);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves nothing out before it is full", () => {
    const log = newLog();
    log.write("stdout", encoder.encode("x".repeat(KEPT_BYTES - 1000)));
    expect(textOf(log).leftOut).toBeNull();
    log.write("stdout", encoder.encode("x".repeat(1000)));
    expect(textOf(log).leftOut).toEqual({ characters: expect.any(Number), lines: 0 });
  });

  it("cuts at ends of lines, and in a line that is longer than all of it between two characters", () => {
    const lines = newLog();
    for (let i = 0; i < 100_000; i++) lines.write("stdout", encoder.encode(`${i}\n`));
    const { head, leftOut, tail } = textOf(lines);
    const [first, last] = [joined(head).trimEnd().split("\n"), joined(tail).trimEnd().split("\n")];
    expect(first).toEqual(first.map((_, i) => String(i)));
    expect(last).toEqual(last.map((_, i) => String(100_000 - last.length + i)));
    expect(leftOut?.lines).toBe(100_000 - first.length - last.length);
    expect(joined(head).length).toBeGreaterThan(HEAD_BYTES - 2048 - 128);
    expect(joined(tail).length).toBeGreaterThan(TAIL_BYTES - 2048);
    for (const shift of ["", "a", "ab", "abc"]) {
      const line = newLog();
      line.write("stdout", encoder.encode(shift + "😀".repeat(200_000)));
      const cut = textOf(line);
      expect(joined([...cut.head, ...cut.tail])).toMatch(/^a?b?c?(😀)+$/u);
      const kept = codePoints(joined([...cut.head, ...cut.tail]));
      expect(cut.leftOut).toEqual({ characters: 200_000 + shift.length - kept, lines: 0 });
    }
  });

  it("stays the same size, and few pieces, however often the stream changes", () => {
    const log = newLog();
    for (let i = 0; i < 100_000; i++) log.write(i % 2 ? "stderr" : "stdout", encoder.encode(`${i % 2}\n`));
    const { head, leftOut, tail } = textOf(log);
    expect(head.length + tail.length).toBeLessThan(1300);
    for (const { stream, text } of [...head, ...tail]) expect(text).toBe(stream === "stderr" ? "1\n" : "0\n");
    expect(leftOut?.lines).toBe(100_000 - head.length - tail.length);
  });

  it("takes bytes that are no text", () => {
    const log = newLog();
    log.write("stdout", Uint8Array.of(0xff, 0x41, 0xfe, 0x42, 0xc3));
    log.write("stdout", Uint8Array.of(0xa9));
    expect(textOf(log).head).toEqual([{ stream: "stdout", text: "\ufffdA\ufffdBé" }]);
    for (let i = 0; i < 2; i++) log.write("stdout", new Uint8Array(KEPT_BYTES).fill(0x80));
    expect(joined(textOf(log).head)).toMatch(/^\ufffdA/);
  });

  it("is read while a thread writes without end: what is copied is always whole", async () => {
    const source = readFileSync(new URL("../../../src/lab/python/outputlog.ts", import.meta.url), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const code = `${outputText}
      import { workerData } from "node:worker_threads";
      const [log, encoder] = [new OutputLog(workerData), new TextEncoder()];
      for (let i = 0; ; i++) log.write("stdout", encoder.encode(i + "\\n"));`;
    const shared = new SharedArrayBuffer(OUTPUT_LOG_BYTES);
    const log = new OutputLog(shared);
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: shared });
    const expectWhole = ({ head, leftOut, tail }: OutputText): void => {
      const [first, last] = [joined(head).trimEnd().split("\n"), joined(tail).trimEnd().split("\n")];
      expect(first).toEqual(first.map((_, i) => String(i)));
      if (leftOut === null) return;
      expect(Number(last[0])).toBe(first.length + leftOut.lines);
      expect(last).toEqual(last.map((_, i) => String(Number(last[0]) + i)));
    };
    try {
      for (let copies = 0, changes = 0; copies < 20; ) {
        await new Promise((done) => setTimeout(done, 1));
        const copy = log.changes === changes ? null : log.copy();
        if (copy === null) continue;
        const copied = new OutputLog(copy);
        changes = copied.changes;
        expectWhole(copied.text());
        copies++;
      }
    } finally {
      await worker.terminate();
    }
    const last = log.copy(true); // the worker may have held the lock
    expect(last).not.toBeNull();
  });

  it("is not waited for while it is written, unless the writer is gone", () => {
    const buffer = new ArrayBuffer(OUTPUT_LOG_BYTES);
    const log = new OutputLog(buffer);
    log.write("stdout", encoder.encode("kept"));
    new Int32Array(buffer)[0] = 1; // the lock
    expect(log.copy()).toBeNull();
    const copy = log.copy(true);
    expect(copy && joined(new OutputLog(copy).text().head)).toBe("kept");
  });
});

describe("output that is sent to a page which shares no memory", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("goes in few messages, the first ones at once, the last one whole", () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const messages: RunMessage[] = [];
    const log = newLog();
    const posts = new OutputPosts(log, (message) => messages.push(message));
    const print = (lines: number): void => {
      for (let i = 0; i < lines; i++) {
        log.write("stdout", encoder.encode("line\n"));
        posts.tick();
      }
    };
    const shown = (): string => {
      const last = messages.at(-1);
      return last?.kind === "output" ? joined(textOf(new OutputLog(last.log)).head) : "";
    };
    print(1);
    expect([messages.length, shown()]).toEqual([1, "line\n"]);
    posts.tick();
    expect(messages).toHaveLength(1); // nothing is new
    print(1000);
    expect(messages).toHaveLength(10);
    now = 1000;
    print(1000);
    expect(messages).toHaveLength(20);
    posts.post();
    expect(shown()).toBe("line\n".repeat(2001));
  });
});
