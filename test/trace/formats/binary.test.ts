import { describe, expect, it } from "vitest";
import { decodeTrace, encodeTrace, isBinaryTrace } from "../../../src/trace/formats/binary.js";
import { RepReader } from "../../../src/trace/formats/rep.js";
import { type Trace, TraceError } from "../../../src/trace/trace.js";

function read(text: string): Trace {
  const reader = new RepReader("x.rep");
  reader.push(new TextEncoder().encode(text));
  return reader.finish();
}

const EXAMPLE = read(
  "# python 3.11\na 0 40\nc 1 3 8 m\nm löaded\np 16\nr 0 600\nA 2 100\nF 2\nf 1 m\nm\nf 0\np 4096\n",
);

const EVENTS_AT = 32;

/** A file of these sections in this order; words are written as they are, everything else as JSON. */
function file(...sections: [tag: string, payload: Uint32Array | Uint8Array | unknown][]): Uint8Array {
  const parts = sections.map(([tag, payload]) => {
    const bytes =
      payload instanceof Uint32Array
        ? new Uint8Array(payload.buffer)
        : payload instanceof Uint8Array
          ? payload
          : Buffer.from(JSON.stringify(payload));
    const head = Buffer.alloc(16);
    head.write(tag, "latin1");
    head.writeUInt32LE(bytes.length, 8);
    return Buffer.concat([head, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
  });
  const head = Buffer.from("\x89PYMT\r\n\x1a\x01\0\0\0\0\0\0\0", "latin1");
  return new Uint8Array(Buffer.concat([head, ...parts]));
}

const META = { recordedBy: null, idCount: 0, opCount: 0 };
const NO_EVENTS: [string, Uint32Array] = ["EVNT", new Uint32Array(0)];
const event = (op: number, domain: number, id: number, value: number): number[] => [
  op | (domain << 3) | (id << 5),
  value,
];

/** A file of these events, with counts that are right if all are. */
function fileOf(events: number[][], others: [string, unknown][] = []): Uint8Array {
  const ids = events.filter(([head]) => (head & 7) < 2).map(([head]) => head >>> 5);
  const meta = {
    recordedBy: null,
    idCount: Math.max(-1, ...ids) + 1,
    opCount: events.filter(([head]) => (head & 7) < 4 && ((head >>> 3) & 3) < 2).length,
  };
  return file(["EVNT", Uint32Array.from(events.flat())], ...others, ["META", meta]);
}

function complaint(content: Uint8Array): string {
  try {
    decodeTrace(content, "x.pytrace");
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  return "no complaint";
}

describe("the binary form", () => {
  it("gives the trace that went in", () => {
    expect(decodeTrace(encodeTrace(EXAMPLE), "x")).toEqual({ trace: EXAMPLE, skipped: 0, messages: [] });
    const empty = read("0\n0\n0\n1\n");
    expect(decodeTrace(encodeTrace(empty), "x").trace).toEqual(empty);
  });

  it("has event i at byte 32 + 8 × i, as the words of the trace", () => {
    const view = new DataView(encodeTrace(EXAMPLE).buffer);
    for (const [index, word] of EXAMPLE.words.entries()) expect(view.getUint32(EVENTS_AT + 4 * index, true)).toBe(word);
  });

  it("is what its specification says, byte for byte", () => {
    const bytes = encodeTrace(EXAMPLE);
    const expected = file(
      ["EVNT", EXAMPLE.words.slice()],
      ["CALC", Uint32Array.of(3, 8)],
      ["BASE", Uint32Array.of(3, 16, 9, 4096)],
      ["MARK", ["löaded", ""]],
      ["META", { recordedBy: "3.11", idCount: 3, opCount: 5 }],
    );
    expect(Buffer.from(bytes).toString("latin1")).toBe(Buffer.from(expected).toString("latin1"));
    expect(isBinaryTrace(bytes)).toBe(true);
    expect(isBinaryTrace(bytes.subarray(0, 7))).toBe(false);
  });

  it("is read wherever it lies in memory, and not kept", () => {
    const bytes = encodeTrace(EXAMPLE);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    for (const content of [shifted.subarray(1), Buffer.from(shifted.buffer, 1), bytes]) {
      const { trace } = decodeTrace(content, "x");
      content.fill(0);
      expect(trace).toEqual(EXAMPLE);
      content.set(encodeTrace(EXAMPLE));
    }
  });

  it("passes over unknown sections in lower case", () => {
    const bytes = file(
      ["EVNT", Uint32Array.from(event(0, 0, 0, 8))],
      ["note", { by: "hand" }],
      ["note", "again"],
      ["META", { ...META, idCount: 1, opCount: 1 }],
    );
    expect(decodeTrace(bytes, "x").trace.peakLiveBytes).toBe(8);
  });

  it("renumbers ids that would make tables large", () => {
    const { trace } = decodeTrace(fileOf([event(0, 0, 2 ** 27 - 1, 8), event(3, 0, 2 ** 27 - 1, 0)]), "x");
    expect({ idCount: trace.idCount, words: [...trace.words] }).toEqual({ idCount: 1, words: [0, 8, 3, 0] });
  });

  it("is read alike event by event and in runs", () => {
    const run = Array.from({ length: 5000 }, (_, id) => [
      event(0, id % 3, id, 16),
      event(2, id % 3, id, 2 * id),
    ]).flat();
    const { trace } = decodeTrace(fileOf(run), "x");
    const text = Array.from({ length: 5000 }, (_, id) => {
      const [letter, suffix] = [id % 3 === 2 ? ["A", "R"] : ["a", "r"], id % 3 === 1 ? " m" : ""];
      return `${letter[0]} ${id} 16${suffix}\n${letter[1]} ${id} ${2 * id}${suffix}\n`;
    });
    expect(trace).toEqual(read(text.join("")));
  });
});

describe("a bad binary trace", () => {
  const good = encodeTrace(EXAMPLE);
  const changed = (at: number, ...values: number[]): Uint8Array => {
    const copy = good.slice();
    copy.set(values, at);
    return copy;
  };

  it.each<[string, Uint8Array, string]>([
    ["other magic", changed(1, 0x51), "not a trace: does not begin with the magic number of the binary form"],
    ["a later version", changed(8, 2), "format version 2, expected 1"],
    ["reserved bytes", changed(12, 1), "reserved bytes of the head are not 0"],
    ["reserved bytes of a section", changed(20, 1), "section EVNT: reserved bytes are not 0"],
    ["a cut head", good.subarray(0, 12), "cut off: 12 bytes, expected a head of 16"],
    ["a cut section", good.subarray(0, 48), "cut off: section EVNT has 16 of 72 bytes"],
    ["a length beyond all files", changed(24, 255, 255, 255, 255, 255, 255, 255, 255), "cut off: section EVNT has "],
    ["no META", good.subarray(0, 104), "cut off: ends before the section META"],
    ["half a section head", good.subarray(0, 112), "cut off: ends before the section META"],
    ["bytes behind META", Buffer.concat([good, Buffer.alloc(8)]), "8 bytes after the section META, which is the last"],
    ["a tag of no letters", changed(16, 0), "section at byte 16 has no tag of four letters"],
    [
      "events later",
      file(["MARK", []], NO_EVENTS, ["META", META]),
      "section MARK at byte 16, expected EVNT to be the first section",
    ],
    ["events twice", file(NO_EVENTS, NO_EVENTS, ["META", META]), "section EVNT is there twice"],
    [
      "an unknown section",
      file(NO_EVENTS, ["NOTE", 1], ["META", META]),
      "unknown section NOTE, expected one of EVNT CALC BASE MARK META",
    ],
    [
      "half an event",
      file(["EVNT", Uint32Array.of(0)], ["META", META]),
      "section EVNT has 4 bytes, expected a multiple of 8",
    ],
    [
      "half a calloc",
      file(NO_EVENTS, ["CALC", Uint32Array.of(0)], ["META", META]),
      "section CALC has 4 bytes, expected a multiple of 8",
    ],
    ["META that is no JSON", file(NO_EVENTS, ["META", Uint8Array.of(0x7b)]), "section META is not JSON in UTF-8"],
    [
      "META that is no UTF-8",
      file(NO_EVENTS, ["META", Uint8Array.of(0x22, 0xff, 0x22)]),
      "section META is not JSON in UTF-8",
    ],
    ["META without counts", file(NO_EVENTS, ["META", null]), "section META lacks a number idCount or opCount"],
    [
      "META of another recorder",
      file(NO_EVENTS, ["META", { ...META, recordedBy: "3.11\n# x" }]),
      'section META has no recordedBy of the form "3.11" or "3.8-32", or null',
    ],
    ["a wrong count of ids", file(NO_EVENTS, ["META", { ...META, idCount: 1 }]), "META says 1 ids, trace has 0"],
    ["a wrong count of ops", file(NO_EVENTS, ["META", { ...META, opCount: 1 }]), "META says 1 ops, trace has 0"],
    [
      "names that are no strings",
      file(NO_EVENTS, ["MARK", [1]], ["META", META]),
      "section MARK is not a list of strings",
    ],
    [
      "names without marks",
      file(NO_EVENTS, ["MARK", [""]], ["META", META]),
      "section MARK is for 1 marks, trace has 0",
    ],
    [
      "factors without callocs",
      file(NO_EVENTS, ["CALC", Uint32Array.of(1, 1)], ["META", META]),
      "section CALC is for 1 callocs, trace has 0",
    ],
    [
      "a base beyond the events",
      file(NO_EVENTS, ["BASE", Uint32Array.of(1, 16)], ["META", META]),
      "section BASE: event 1 is out of order, or beyond the 0 events",
    ],
    [
      "bases out of order",
      fileOf([event(0, 0, 0, 1), event(3, 0, 0, 0)], [["BASE", Uint32Array.of(1, 16, 0, 16)]]),
      "section BASE: event 0 is out of order, or beyond the 2 events",
    ],
    ["an unknown op", fileOf([event(0, 0, 0, 1), event(5, 0, 0, 1)]), "event 1: op 5, expected 0 to 4"],
    ["an unknown domain", fileOf([event(0, 3, 0, 1)]), "event 0: domain 3, expected 0 (OBJ), 1 (MEM) or 2 (RAW)"],
    [
      "an id twice live",
      fileOf([event(0, 0, 7, 1), event(0, 0, 7, 1)]),
      "event 1: id 7 is already live, expected a free of it first",
    ],
    [
      "a free of an unknown id",
      fileOf([event(3, 0, 7, 0)]),
      "event 0: free of id 7, which is not live, expected an id that was allocated and not yet freed",
    ],
    [
      "a realloc in another domain",
      fileOf([event(0, 1, 7, 1), event(2, 2, 7, 1)]),
      "event 1: realloc of id 7 in domain RAW, expected MEM, where it was allocated",
    ],
    [
      "a free with a size",
      fileOf([event(0, 0, 7, 1), event(3, 0, 7, 9)]),
      "event 1: free with second word 9, expected 0",
    ],
    [
      "another product",
      fileOf([event(1, 0, 0, 25)], [["CALC", Uint32Array.of(3, 8)]]),
      "event 0: calloc of 25 bytes, expected 3 × 8 as in section CALC",
    ],
    [
      "a product modulo 4 GiB",
      fileOf([event(1, 0, 0, 0)], [["CALC", Uint32Array.of(65536, 65536)]]),
      "event 0: calloc of 0 bytes, expected 65536 × 65536 as in section CALC",
    ],
    [
      "a calloc too many",
      fileOf([event(1, 0, 0, 0)]),
      "event 0: calloc, expected no more of them than section CALC has factors for",
    ],
    ["a mark too many", fileOf([event(4, 0, 0, 0)]), "event 0: mark with index 0, expected less than the 0 names"],
    ["a mark's index", fileOf([event(4, 0, 0, 1)], [["MARK", ["", ""]]]), "event 0: mark with index 1, expected 0"],
    [
      "a mark with an id",
      fileOf([event(4, 0, 1, 0)], [["MARK", [""]]]),
      "event 0: mark with first word 36, expected 4",
    ],
    [
      "a name of two lines",
      fileOf([event(4, 0, 0, 0)], [["MARK", ["a\nb"]]]),
      "event 0: a mark's name with control characters or blanks around it, expected one plain line",
    ],
    [
      "a name with half a character",
      fileOf([event(4, 0, 0, 0)], [["MARK", ["\ud800"]]]),
      "event 0: a mark's name with control characters or blanks around it, expected one plain line",
    ],
  ])("with %s is an error", (_, content, message) => {
    expect(complaint(content).slice(0, "x.pytrace: ".length + message.length)).toBe(`x.pytrace: ${message}`);
  });

  it("is an error wherever it is cut off", () => {
    for (let length = 8; length < good.length; length++) {
      expect(complaint(good.subarray(0, length))).toMatch(/^x\.pytrace: cut off: /);
    }
  });

  it("may have bad events where the reader is lenient", () => {
    const events = [
      event(0, 0, 0, 8),
      event(4, 0, 0, 0),
      event(3, 0, 5, 0),
      event(1, 0, 0, 6),
      event(1, 0, 1, 6),
      event(4, 0, 0, 1),
    ];
    const content = fileOf(events, [
      ["CALC", Uint32Array.of(2, 3, 3, 2)],
      ["BASE", Uint32Array.of(4, 16)],
      ["MARK", ["one", "two"]],
    ]);
    const { trace, skipped, messages } = decodeTrace(content, "x", { lenient: true });
    expect(trace).toEqual(read("a 0 8\nm one\np 16\nc 1 3 2\nm two\n"));
    expect({ skipped, messages }).toEqual({
      skipped: 2,
      messages: [
        "x: event 2: free of id 5, which is not live, expected an id that was allocated and not yet freed",
        "x: event 3: id 0 is already live, expected a free of it first",
      ],
    });
    expect(() => decodeTrace(content.subarray(0, 100), "x", { lenient: true })).toThrow("x: cut off: ");
  });
});
