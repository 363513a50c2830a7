/** Whatever the trace: each form of it reads as it was written, in any pieces, and a damaged one is an error in one line. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceBuilder, type Verdict } from "../../src/trace/builder.js";
import {
  DOMAIN_RAW,
  type Domain,
  domainOf,
  idOf,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_REALLOC,
  opOf,
} from "../../src/trace/event.js";
import { decodeTrace, encodeTrace } from "../../src/trace/formats/binary.js";
import { RepReader, writeRep } from "../../src/trace/formats/rep.js";
import { readTrace } from "../../src/trace/read.js";
import { type Trace, TraceError } from "../../src/trace/trace.js";

type Step = (builder: TraceBuilder) => Verdict;

const ids = fc.oneof(
  { arbitrary: fc.nat(4), weight: 8 },
  { arbitrary: fc.nat(70_000), weight: 2 },
  { arbitrary: fc.constantFrom(65_535, 65_536, 131_072, 2 ** 27 - 1, 2 ** 27, 2 ** 31, 2 ** 53 - 1), weight: 2 },
);
const domains = fc.oneof({ arbitrary: fc.constant(0), weight: 6 }, fc.constantFrom(1, 2)) as fc.Arbitrary<Domain>;
const sizes = fc.oneof({ arbitrary: fc.nat(600), weight: 3 }, fc.constantFrom(2 ** 31, 2 ** 32 - 1));
const factors = fc.oneof({ arbitrary: fc.nat(600), weight: 3 }, fc.constantFrom(65_535, 65_537, 2 ** 32 - 1));
const names = fc.oneof(
  fc.constantFrom("", "m", "#", "# no comment", "a 0 5 m", "\ufeff", "\u00a0x\u00a0", "tab\there"),
  fc.string({ unit: "grapheme" }).map((name) => name.replace(/\p{Cc}/gu, "?").trim()),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.tuple(domains, ids, sizes).map<Step>(
      ([d, id, n]) =>
        (b) =>
          b.malloc(d, id, n),
    ),
    weight: 5,
  },
  {
    arbitrary: fc.tuple(domains, ids, factors, factors).map<Step>(
      ([d, id, c, n]) =>
        (b) =>
          b.calloc(d, id, c, n),
    ),
    weight: 2,
  },
  {
    arbitrary: fc.tuple(domains, ids, sizes).map<Step>(
      ([d, id, n]) =>
        (b) =>
          b.realloc(d, id, n),
    ),
    weight: 3,
  },
  {
    arbitrary: fc.tuple(domains, ids).map<Step>(
      ([d, id]) =>
        (b) =>
          b.free(d, id),
    ),
    weight: 5,
  },
  names.map<Step>((name) => (b) => b.mark(name)),
  fc.nat(65_536).map<Step>((bytes) => (b) => b.base(bytes)),
);

/** Valid traces: what breaks a rule is left out by the builder. */
const traces: fc.Arbitrary<Trace> = fc
  .tuple(
    fc.array(steps, { maxLength: 200, size: "max" }),
    fc.option(fc.constantFrom("3.11", "2.7.16", "3.8-32", "3.15-hugepages")),
  )
  .map(([all, recordedBy]) => {
    const builder = new TraceBuilder();
    builder.recordedBy = recordedBy;
    for (const step of all) step(builder);
    return builder.finish();
  });

const text = (trace: Trace): Buffer => Buffer.concat([...writeRep(trace)]);

function readText(content: Uint8Array, cuts: readonly number[] = [], lenient = false): Trace {
  const reader = new RepReader("x", { lenient });
  const places = [0, ...cuts.map((cut) => cut % (content.length + 1)).sort((a, b) => a - b), content.length];
  for (let i = 1; i < places.length; i++) reader.push(content.slice(places[i - 1], places[i]));
  return reader.finish();
}

/** What `read` gives: a trace, or the message of a `TraceError`. Any other error fails the test. */
function outcome(read: () => Trace): Trace | string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    expect(error.message).toMatch(/^x(:\d+)?: [^\n\r]+$/);
    return error.message;
  }
}

/** Replaces, removes and repeats some bytes. */
function damage(content: Uint8Array, hits: readonly [number, number][]): Uint8Array {
  let bytes = Uint8Array.from(content);
  for (const [place, kind] of hits) {
    const at = place % (bytes.length + 1);
    if (kind < 256) bytes[at] = kind;
    else if (kind < 320) bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + kind - 255));
    else bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(Math.max(0, at - kind + 319)));
  }
  return bytes;
}

const damages = fc.array(fc.tuple(fc.nat(10_000), fc.nat(383)), { minLength: 1, maxLength: 4 });

/** Demands of `trace` what trace.ts promises, with plain means. */
function check(trace: Trace): void {
  const { words, callocs, marks, bases } = trace;
  const live = new Map<number, { domain: number; nbytes: number }>();
  const seen = { callocs: 0, marks: 0, opCount: 0, idCount: 0, bytes: 0, peak: 0 };
  for (let at = 0; at < words.length; at += 2) {
    const [op, domain, id, value] = [opOf(words[at]), domainOf(words[at]), idOf(words[at]), words[at + 1]];
    if (op === OP_MARK) {
      expect([words[at], value]).toEqual([OP_MARK, seen.marks++]);
      continue;
    }
    const isNew = op === OP_MALLOC || op === OP_CALLOC;
    expect(live.get(id)?.domain).toBe(isNew ? undefined : domain);
    if (op === OP_CALLOC) expect(callocs[2 * seen.callocs] * callocs[2 * seen.callocs++ + 1]).toBe(value);
    expect([OP_MALLOC, OP_CALLOC, OP_REALLOC, OP_FREE]).toContain(op);
    seen.bytes += value - (live.get(id)?.nbytes ?? 0);
    seen.peak = Math.max(seen.peak, seen.bytes);
    if (op === OP_FREE) live.delete(id);
    else live.set(id, { domain, nbytes: value });
    if (domain < 2) seen.opCount++;
    seen.idCount = Math.max(seen.idCount, id + 1);
  }
  const { idCount, opCount, peakLiveBytes } = trace;
  expect({ idCount, opCount, peakLiveBytes }).toEqual({
    idCount: seen.idCount,
    opCount: seen.opCount,
    peakLiveBytes: seen.peak,
  });
  expect([callocs.length, marks.length]).toEqual([2 * seen.callocs, seen.marks]);
  expect(idCount).toBeLessThanOrEqual(131_072 + (9 * words.length) / 2);
  const places = Array.from(bases).filter((_, index) => index % 2 === 0);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(Math.max(0, ...places)).toBeLessThanOrEqual(words.length / 2);
}

describe("any trace", () => {
  it("keeps the promises of its type", () => {
    fc.assert(fc.property(traces, check));
  });

  it("reads from text as it was written, in any pieces", () => {
    fc.assert(
      fc.property(traces, fc.array(fc.nat(), { maxLength: 20 }), (trace, cuts) => {
        expect(readText(text(trace), cuts)).toEqual(trace);
      }),
      { numRuns: 500 },
    );
  });

  it("reads from its binary form as it was written", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        expect(decodeTrace(encodeTrace(trace), "x")).toEqual({ trace, skipped: 0, messages: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("becomes an error in one line or another good trace when its text is damaged, the same in any pieces", () => {
    fc.assert(
      fc.property(
        traces,
        damages,
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.boolean(),
        (trace, hits, cuts, lenient) => {
          const content = damage(text(trace), hits);
          const read = outcome(() => readText(content, [], lenient));
          expect(outcome(() => readText(content, cuts, lenient))).toEqual(read);
          if (typeof read === "string") return;
          check(read);
          expect(readText(text(read))).toEqual(read);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("becomes an error in one line or another good trace when its binary form is damaged", () => {
    fc.assert(
      fc.property(traces, damages, fc.boolean(), (trace, hits, lenient) => {
        const read = outcome(() => decodeTrace(damage(encodeTrace(trace), hits), "x", { lenient }).trace);
        if (typeof read === "string") return;
        check(read);
        expect(decodeTrace(encodeTrace(read), "x").trace).toEqual(read);
      }),
      { numRuns: 1000 },
    );
  });

  it("is an error in one line, or lost at its end, when its compressed form is damaged", async () => {
    await fc.assert(
      fc.asyncProperty(traces, damages, fc.boolean(), async (trace, hits, lenient) => {
        const content = damage(gzipSync(text(trace)), hits);
        const read = readTrace(content, { name: "x", lenient }).then((result) => result.trace);
        check(
          await read.catch((error) => {
            outcome(() => {
              throw error;
            });
            return trace;
          }),
        );
      }),
    );
  });

  it("is judged alike as text and as binary events, whatever the words", () => {
    const words = fc.array(fc.tuple(fc.nat(2 ** 12), fc.oneof(fc.constant(0), fc.nat(600))), { maxLength: 60 });
    fc.assert(
      fc.property(words, (pairs) => {
        const plain = pairs.filter(
          ([head]) => [OP_MALLOC, OP_REALLOC, OP_FREE].includes(opOf(head)) && domainOf(head) <= DOMAIN_RAW,
        );
        const events = plain.map(([head, value]) => [head, opOf(head) === OP_FREE ? 0 : value]);
        const made: Trace = {
          words: Uint32Array.from(events.flat()),
          callocs: new Uint32Array(0),
          bases: new Uint32Array(0),
          marks: [],
          idCount: 1,
          opCount: 0,
          peakLiveBytes: 0,
          recordedBy: null,
        };
        const lines = text(made)
          .toString()
          .replace(/^(\d+\n){4}/, "");
        if (lines === "") return;
        const binary = decodeTrace(encodeTrace(made), "x", { lenient: true });
        const reader = new RepReader("x", { lenient: true });
        reader.push(Buffer.from(lines));
        if (binary.trace.words.length === 0) return;
        expect(binary.trace).toEqual(reader.finish());
        // A wrong META counts only while no event was passed over.
        if (reader.skipped > 0) expect(binary.skipped).toBe(reader.skipped);
      }),
      { numRuns: 500 },
    );
  });
});
