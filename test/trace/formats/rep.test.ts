import { describe, expect, it } from "vitest";
import {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  domainOf,
  idOf,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_REALLOC,
  opOf,
} from "../../../src/trace/event.js";
import { RepReader, writeRep } from "../../../src/trace/formats/rep.js";
import { type Trace, TraceError } from "../../../src/trace/trace.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function readBytes(
  content: Uint8Array,
  lenient = false,
): { trace: Trace; skipped: number; messages: readonly string[] } {
  const reader = new RepReader("x.rep", { lenient });
  reader.push(content);
  return { trace: reader.finish(), skipped: reader.skipped, messages: reader.messages };
}

const read = (text: string): Trace => readBytes(bytes(text)).trace;
const readLeniently = (text: string): ReturnType<typeof readBytes> => readBytes(bytes(text), true);
const write = (trace: Trace): string => Buffer.concat([...writeRep(trace)]).toString();

/** Events as [op, domain, id, word 1]. */
const events = (trace: Trace): number[][] =>
  Array.from({ length: trace.words.length / 2 }, (_, event) => {
    const head = trace.words[2 * event];
    return [opOf(head), domainOf(head), idOf(head), trace.words[2 * event + 1]];
  });

/** The message of the error that reading `text` throws. */
function complaint(text: string | Uint8Array): string {
  try {
    readBytes(typeof text === "string" ? bytes(text) : text);
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  return "no complaint";
}

const EXAMPLE = `0
3
6
1
# python 3.11
a 0 40
c 1 3 8 m
m loaded # all of it
p 16
r 0 600
A 2 100
R 2 200
F 2
f 1 m
m
f 0
c 0 0 9
p 4096
`;

describe("reading .rep text", () => {
  it("gives the events of all domains, in order", () => {
    expect(events(read(EXAMPLE))).toEqual([
      [OP_MALLOC, DOMAIN_OBJ, 0, 40],
      [OP_CALLOC, DOMAIN_MEM, 1, 24],
      [OP_MARK, 0, 0, 0],
      [OP_REALLOC, DOMAIN_OBJ, 0, 600],
      [OP_MALLOC, DOMAIN_RAW, 2, 100],
      [OP_REALLOC, DOMAIN_RAW, 2, 200],
      [OP_FREE, DOMAIN_RAW, 2, 0],
      [OP_FREE, DOMAIN_MEM, 1, 0],
      [OP_MARK, 0, 0, 1],
      [OP_FREE, DOMAIN_OBJ, 0, 0],
      [OP_CALLOC, DOMAIN_OBJ, 0, 0],
    ]);
  });

  it("gives what does not fit into an event", () => {
    const { callocs, marks, bases, idCount, opCount, peakLiveBytes, recordedBy } = read(EXAMPLE);
    expect({ callocs: [...callocs], marks, bases: [...bases] }).toEqual({
      callocs: [3, 8, 0, 9],
      marks: ["loaded # all of it", ""],
      bases: [3, 16, 11, 4096],
    });
    expect({ idCount, opCount, peakLiveBytes, recordedBy }).toEqual({
      idCount: 3,
      opCount: 6,
      peakLiveBytes: 24 + 600 + 200,
      recordedBy: "3.11",
    });
  });

  it("takes blanks, tabs, CRLF, comments, empty lines and a byte order mark for what they are", () => {
    const plain = read("a 0 40 m\nr 0 8 m\nf 0 m\na 1 7\nm two words\np 16\n");
    const odd =
      "\ufeff\r\n  # why\n a\t0  40 m # b\r\n\tr 0 8\tm\r\n\nf 0 m#c\na 1 7 \r\nm   two words \t\r\n p\t16 # d";
    expect(read(odd)).toEqual(plain);
  });

  it("reads the malloc lab's traces: a weight, ids, ops, a weight, and frees of NULL, which the header counts", () => {
    const trace = read("1\n3\n8\n1\na 0 512\nf -1\na 1 128\nr 0 640\n f\t-1 # twice\r\na 2 128\nf 1\nf 0\n");
    expect(trace.opCount).toBe(6);
    expect(trace.words.length).toBe(12);
    expect(() => read("1\n1\n2\n1\nf -1\na 0 1\nf 0\n")).toThrow("header says 2 ops, trace has 3");
    expect(() => read("a 0 1\nf -2\n")).toThrow('x.rep:2: ID "-2", expected a decimal integer of 0 or more');
    expect(() => read("a 0 1\nF -1\n")).toThrow('ID "-1"');
  });

  it("takes any header of four integers whose lines 2 and 3 are right, with blanks and comments between", () => {
    expect(read("# made by hand\n4096  \n\n9\n2 # ops\n 77\na 5 1\nf 5\nA 6 1\n").opCount).toBe(2);
    expect(read("0\n0\n0\n1\n").words).toHaveLength(0);
  });

  it("believes no count when it reserves memory", () => {
    expect(read("9007199254740991\n9007199254740991\n1\n9007199254740991\na 0 1\n").idCount).toBe(1);
  });

  it("takes only the exact comment before the first op for the recorder's name, and the first of them", () => {
    const recorder = (text: string): string | null => read(`${text}\na 0 1\n`).recordedBy;
    expect(recorder("# python 3.8-32")).toBe("3.8-32");
    expect(recorder("m start\n# python 3.11.7\r\n# python 3.12")).toBe("3.11.7");
    expect(recorder("#python 3.8\n# python 3.8 or so\n# Python 3.8\n# python 3\n # recorded on python 3.8")).toBeNull();
    expect(read("a 0 1\n# python 3.8\n").recordedBy).toBeNull();
  });

  it("counts the ids, sizes and requests up to their limits", () => {
    const trace = read("a 9007199254740991 4294967295\nc 1 65535 65537\nc 2 4294967295 0\nA 3 4294967295\n");
    expect(trace.peakLiveBytes).toBe(3 * 4294967295);
    expect([...trace.callocs]).toEqual([65535, 65537, 4294967295, 0]);
  });

  it("keeps ids that are dense", () => {
    const trace = read("a 7 1\na 60000 1\nf 7\na 3 1\n");
    expect(events(trace).map(([, , id]) => id)).toEqual([7, 60000, 7, 3]);
    expect(trace.idCount).toBe(60001);
  });

  it("renumbers sparse ids in order of first use, and uses numbers again as they come free", () => {
    const trace = read(
      "a 0 1\na 134217727 8\na 140001234567890 16\nr 134217727 9\nf 134217727\na 5 1\nf 5\na 1000000 2\n",
    );
    expect(events(trace).map(([, , id]) => id)).toEqual([0, 1, 2, 1, 1, 1, 1, 1]);
    expect(trace.idCount).toBe(3);
    expect(read(write(trace))).toEqual(trace);
  });

  it("reads addresses as ids: each block gets the number that was freed last, or a new one", () => {
    const unused: number[] = [];
    const live: { id: number; address: number }[] = [];
    const [dense, sparse]: [string[], string[]] = [[], []];
    let [ids, x] = [0, 1];
    for (let event = 0; event < 40_000; event++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      if (live.length > 0 && x % 5 < 2) {
        const [{ id, address }] = live.splice(x % live.length, 1);
        unused.push(id);
        dense.push(`f ${id}\n`);
        sparse.push(`f ${address}\n`);
      } else {
        const block = { id: unused.pop() ?? ids++, address: 2 ** 47 + x * 16 };
        live.push(block);
        dense.push(`a ${block.id} ${x % 600}\n`);
        sparse.push(`a ${block.address} ${x % 600}\n`);
      }
    }
    expect(live.length).toBeGreaterThan(5000);
    expect(read(sparse.join(""))).toEqual(read(dense.join("")));
  });

  it("says the id of the text, not the number that it got", () => {
    expect(complaint("a 140001234567890 8\na 140001234567890 8\n")).toContain("id 140001234567890 is already live");
    expect(complaint("a 140001234567890 8\nf 140001234567891\n")).toContain("free of id 140001234567891");
    expect(complaint("0\n134217727\n1\n1\na 134217727 8\n")).toContain("trace has id 134217727");
  });

  it("reads the same whatever the pieces", () => {
    const whole = read(EXAMPLE);
    for (const size of [1, 2, 3, 5, 7, 64]) {
      const reader = new RepReader("x.rep");
      const content = bytes(EXAMPLE);
      for (let at = 0; at < content.length; at += size) reader.push(content.slice(at, at + size));
      expect(reader.finish()).toEqual(whole);
    }
  });

  it("does not need what it was given once `push` returned", () => {
    const reader = new RepReader("x.rep");
    for (const part of ["a 1", "2 3\nf", " 12", "\n"]) {
      const chunk = bytes(part);
      reader.push(chunk);
      chunk.fill(0x78);
    }
    expect(events(reader.finish())).toEqual([
      [OP_MALLOC, DOMAIN_OBJ, 12, 3],
      [OP_FREE, DOMAIN_OBJ, 12, 0],
    ]);
  });
});

describe("bad .rep text", () => {
  const LIMIT = "expected less than 4294967296 (4 GiB)";

  const ROWS: readonly (readonly [text: string | Uint8Array, message: string])[] = [
    // design: unknown letter
    ["a 0 1\nx 0 5\n", 'x.rep:2: unknown op "x", expected one of a c r f A C R F m p'],
    ["import sys\n", 'x.rep:1: unknown op "import", expected one of a c r f A C R F m p'],
    ["a 0 1\n5\n", 'x.rep:2: unknown op "5", expected one of a c r f A C R F m p'],
    ["a0 1\n", 'x.rep:1: unknown op "a0", expected one of a c r f A C R F m p'],
    ["constructor 1\n", 'x.rep:1: unknown op "constructor", expected one of a c r f A C R F m p'],
    // design: id twice live
    ["a 0 1\nf 0\na 0 1\n\na 0 2\n", "x.rep:5: id 0 is already live, expected a free of it first"],
    ["a 0 1\nC 0 2 2\n", "x.rep:2: id 0 is already live, expected a free of it first"],
    // design: free of an unknown id
    ["f 7\n", "x.rep:1: free of id 7, which is not live, expected an id that was allocated and not yet freed"],
    ["r 7 1\n", "x.rep:1: realloc of id 7, which is not live, expected an id that was allocated and not yet freed"],
    [
      "a 7 1\nf 7\nf 7\n",
      "x.rep:3: free of id 7, which is not live, expected an id that was allocated and not yet freed",
    ],
    [
      "f 99999999\n",
      "x.rep:1: free of id 99999999, which is not live, expected an id that was allocated and not yet freed",
    ],
    // conformance: another domain than the block's
    ["a 1 1 m\nf 1\n", "x.rep:2: free of id 1 in domain OBJ, expected MEM, where it was allocated"],
    ["A 1 1\nr 1 2 m\n", "x.rep:2: realloc of id 1 in domain MEM, expected RAW, where it was allocated"],
    ["a 1 1\nF 1\n", "x.rep:2: free of id 1 in domain RAW, expected OBJ, where it was allocated"],
    // design: size or product ≥ 4 GiB
    ["a 0 4294967296\n", `x.rep:1: size 4294967296, ${LIMIT}`],
    ["a 0 1\nr 0 4294967296\n", `x.rep:2: size 4294967296, ${LIMIT}`],
    ["c 0 65536 65536\n", `x.rep:1: calloc of 65536 × 65536 bytes, ${LIMIT} in all`],
    ["c 0 0 4294967296\n", `x.rep:1: calloc of 0 × 4294967296 bytes, ${LIMIT} each`],
    ["p 4294967296\n", `x.rep:1: base 4294967296, ${LIMIT}`],
    [`a 0 1${"0".repeat(400)}\n`, `x.rep:1: size Infinity, ${LIMIT}`],
    ["a 9007199254740992 1\n", "x.rep:1: id 9007199254740992, expected an integer less than 9007199254740992 (2^53)"],
    ["f 9007199254740992\n", "x.rep:1: id 9007199254740992, expected an integer less than 9007199254740992 (2^53)"],
    // missing numbers, extra fields, no integers
    ["a 0\n", 'x.rep:1: expected "a ID SIZE" or "a ID SIZE m", found "a 0"'],
    ["f\n", 'x.rep:1: expected "f ID" or "f ID m", found "f"'],
    ["c 0 1 # three\n", 'x.rep:1: expected "c ID COUNT SIZE" or "c ID COUNT SIZE m", found "c 0 1"'],
    ["p\n", 'x.rep:1: expected "p BYTES", found "p"'],
    ["a 0 1 2\n", 'x.rep:1: expected "a ID SIZE" or "a ID SIZE m", found "a 0 1 2"'],
    ["a 0 1 mm\n", 'x.rep:1: expected "a ID SIZE" or "a ID SIZE m", found "a 0 1 mm"'],
    ["A 0 1 m\n", 'x.rep:1: expected "A ID SIZE", found "A 0 1 m"'],
    ["p 16 m\n", 'x.rep:1: expected "p BYTES", found "p 16 m"'],
    ["a -1 5\n", 'x.rep:1: ID "-1", expected a decimal integer of 0 or more'],
    ["a 1 5.5\n", 'x.rep:1: SIZE "5.5", expected a decimal integer of 0 or more'],
    ["c 1 0x10 5\n", 'x.rep:1: COUNT "0x10", expected a decimal integer of 0 or more'],
    ["a 1 2m\n", 'x.rep:1: SIZE "2m", expected a decimal integer of 0 or more'],
    ["p -16\n", 'x.rep:1: BYTES "-16", expected a decimal integer of 0 or more'],
    [`a 1 ${"9".repeat(100)}x\n`, `x.rep:1: SIZE "${"9".repeat(40)}…", expected a decimal integer of 0 or more`],
    ["m a\u0007b\n", "x.rep:1: a mark's name with control characters or blanks around it, expected one plain line"],
    // design: cut off
    ["a 0 16\na 1", 'x.rep:2: expected "a ID SIZE" or "a ID SIZE m", found "a 1" (cut off?)'],
    [
      "a 0 16\na 123 1\nf 12",
      "x.rep:3: free of id 12, which is not live, expected an id that was allocated and not yet freed (cut off?)",
    ],
    ["0\n5\n4\n", "x.rep:3: header of 3 lines, expected none or four lines of one integer each"],
    // design: wrong counts
    ["0\n3\n5\n1\na 0 1\na 1 1\nA 2 1\nf 0\nF 2\nm\nf 1\n", "x.rep:3: header says 5 ops, trace has 4"],
    ["0\n\n 2 \n2\n1\na 2 1\nf 2\n", "x.rep:3: header says 2 ids, trace has id 2"],
    ["0\n1\n1\na 0 1\n", "x.rep:3: header of 3 lines, expected none or four lines of one integer each"],
    ["0\n1\np 16\n", "x.rep:2: header of 2 lines, expected none or four lines of one integer each"],
    ["0\n1\n1\n1\n1\na 0 1\n", 'x.rep:5: unknown op "1", expected one of a c r f A C R F m p'],
    ["0\n-1\n", 'x.rep:2: unknown op "-1", expected one of a c r f A C R F m p'],
    ["0 # \u2028\n1\n2\n3\na 0 1 # \u2028\n", "x.rep:3: header says 2 ops, trace has 1"],
    // design: not a trace
    ["", "x.rep: not a trace: empty"],
    ["\n# nothing\n", "x.rep: not a trace: no event in 2 lines"],
    ["\u0000\u0001\u0002", "x.rep:1: not a trace: binary data, expected ops as text"],
    [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 10), "x.rep:1: not a trace: binary data, expected ops as text"],
    [Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x20, 0), "x.rep:1: not a trace: binary data, expected ops as text"],
    ["a 0 1\n\u0000\u0001\n", 'x.rep:2: unknown op "??", expected one of a c r f A C R F m p'],
    [`a 0 1\n${" ".repeat(70_000)}f 0\n`, "x.rep:2: line of more than 65536 bytes, expected an op"],
  ];
  it.each(ROWS.map(([text, message]) => ({ title: JSON.stringify(text).slice(0, 60), text, message })))(
    "$title is an error",
    ({ text, message }) => {
      expect(complaint(text)).toBe(message);
    },
  );

  it("takes one byte order mark, not thousands", () => {
    expect(complaint("\ufeff".repeat(21_000))).toBe(
      `x.rep:1: unknown op "${"?".repeat(40)}…", expected one of a c r f A C R F m p (cut off?)`,
    );
  });

  it("has the same errors whatever the pieces", () => {
    const content = bytes(`a 0 1\n# ${"x".repeat(65_534)}\n${"y".repeat(70_000)}\n`);
    for (const size of [1000, 65_536, 65_537, 1_000_000]) {
      const reader = new RepReader("x.rep");
      const push = (): void => {
        for (let at = 0; at < content.length; at += size) reader.push(content.subarray(at, at + size));
      };
      expect(push).toThrow(new TraceError("x.rep:3: line of more than 65536 bytes, expected an op"));
    }
  });
});

describe("reading .rep text leniently", () => {
  it("passes over bad lines, says how many and which", () => {
    const { trace, skipped, messages } = readLeniently("0\n1\n9\n1\na 0 8\nx\na 0 9\nf 1\nf 0 m\nr 0 -1\nf 0\na 1 7");
    expect(events(trace).map(([op]) => op)).toEqual([OP_MALLOC, OP_FREE, OP_MALLOC]);
    expect(skipped).toBe(5);
    expect(messages.map((message) => message.split(":")[1])).toEqual(["6", "7", "8", "9", "10"]);
  });

  it("passes over a wrong header", () => {
    expect(readLeniently("0\n1\n9\n1\na 0 8\n")).toMatchObject({
      trace: { opCount: 1 },
      skipped: 1,
      messages: ["x.rep:3: header says 9 ops, trace has 1"],
    });
    expect(readLeniently("0\n1\na 0 8\n")).toMatchObject({ trace: { opCount: 1 }, skipped: 1 });
  });

  it("passes over lines that are too long", () => {
    const { trace, skipped } = readLeniently(`a 0 8\n${"z".repeat(200_000)}\nf 0\n`);
    expect({ opCount: trace.opCount, skipped }).toEqual({ opCount: 2, skipped: 1 });
  });

  it("keeps the first ten messages", () => {
    const { skipped, messages } = readLeniently(`a 0 8\n${"f 1\n".repeat(50)}`);
    expect({ skipped, kept: messages.length }).toEqual({ skipped: 50, kept: 10 });
  });

  it("makes no trace of a file that has none", () => {
    expect(() => readLeniently("import sys\nprint()\n")).toThrow("x.rep: not a trace: no event in 2 lines");
    expect(() => readLeniently("")).toThrow("x.rep: not a trace: empty");
  });
});

describe("writing .rep text", () => {
  it("gives the lines that were read, with a header of its own", () => {
    expect(write(read(EXAMPLE))).toBe(EXAMPLE);
    expect(write(read("a 0 1\n"))).toBe("0\n1\n1\n1\na 0 1\n");
  });

  it("keeps a name of a mark that starts with # or a letter of an op", () => {
    const trace = read("m #1\nm m\nm a 0 5 m\nm \u00a0é\u00a0\n");
    expect(trace.marks).toEqual(["#1", "m", "a 0 5 m", "\u00a0é\u00a0"]);
    expect(read(write(trace))).toEqual(trace);
  });

  it("comes in pieces", () => {
    const text = Array.from({ length: 50_000 }, (_, id) => `a ${id} 16\n`).join("");
    const pieces = [...writeRep(read(text))];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(66_000);
    expect(Buffer.concat(pieces).toString()).toBe(`0\n50000\n50000\n1\n${text}`);
  });
});
