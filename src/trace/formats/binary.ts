/**
 * The binary form of a trace, `.pytrace`: eight bytes an event, exactly as `Trace.words` has them. docs/trace-format.md is its
 * specification.
 *
 * ╒═ Head, 16 bytes ═══════════════════════════════╕
 * │  +0  magic     89 "PYMT" 0D 0A 1A              │
 * │  +8  version   u32, 1                          │
 * │ +12  reserved  u32, 0                          │
 * ╞═ Section, as often as needed ══════════════════╡
 * │  +0  tag       four letters                    │   EVNT, first: so event i is at byte 32 + 8 × i
 * │  +4  reserved  u32, 0                          │   CALC, BASE, MARK, in any order, where not empty
 * │  +8  length    u64, bytes of the payload       │   META, last: a file without it is cut off
 * │ +16  payload, then zeros to a multiple of 8    │
 * └────────────────────────────────────────────────┘
 */

import { BadInput, isRecorderName, TraceBuilder, type Verdict } from "../builder.js";
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
} from "../event.js";
import { type Trace, TraceError } from "../trace.js";

const MAGIC = Uint8Array.of(0x89, 0x50, 0x59, 0x4d, 0x54, 0x0d, 0x0a, 0x1a);
const VERSION = 1;
const HEAD_BYTES = 16;
const SECTION_HEAD_BYTES = 16;
const EVENT_BYTES = 8;

const padded = (length: number): number => Math.ceil(length / 8) * 8;

const KNOWN: ReadonlySet<string> = new Set(["EVNT", "CALC", "BASE", "MARK", "META"]);

/** Whether `bytes` begin as the binary form does; `false` where there are fewer than 8. */
export function isBinaryTrace(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, index) => bytes[index] === byte);
}

/** The binary form of `trace`, which must be as `TraceBuilder` makes it. Throws `RangeError` on a big-endian machine. */
export function encodeTrace(trace: Trace): Uint8Array<ArrayBuffer> {
  requireLittleEndian();
  const { words, callocs, bases, marks, idCount, opCount, recordedBy } = trace;
  const sections: [tag: string, payload: Uint8Array][] = [
    ["EVNT", bytesOf(words)],
    ["CALC", bytesOf(callocs)],
    ["BASE", bytesOf(bases)],
    ["MARK", marks.length === 0 ? new Uint8Array(0) : jsonBytes(marks)],
  ];
  const used = sections.filter(([tag, payload]) => tag === "EVNT" || payload.length > 0);
  used.push(["META", jsonBytes({ recordedBy, idCount, opCount })]);

  const length = used.reduce((sum, [, payload]) => sum + SECTION_HEAD_BYTES + padded(payload.length), HEAD_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  let at = HEAD_BYTES;
  for (const [tag, payload] of used) {
    for (let i = 0; i < 4; i++) bytes[at + i] = tag.charCodeAt(i);
    view.setBigUint64(at + 8, BigInt(payload.length), true);
    bytes.set(payload, at + SECTION_HEAD_BYTES);
    at += SECTION_HEAD_BYTES + padded(payload.length);
  }
  return bytes;
}

/** A trace that was read, and what a lenient reader passed over. */
export interface DecodedTrace {
  readonly trace: Trace;
  /** Events that were passed over; 0 when not lenient. */
  readonly skipped: number;
  /** The first few of them, as the errors that they would have been. */
  readonly messages: readonly string[];
}

/**
 * Reads the binary form. Nothing in `bytes` is trusted, and nothing of it is kept: all events go through `TraceBuilder`.
 *
 * `name` is the file, as messages are to call it. `lenient` passes over events that break a rule; a file that is cut off or
 * has other sections than it must is an error all the same. Throws `TraceError`, and `RangeError` on a big-endian machine.
 */
export function decodeTrace(
  bytes: Uint8Array,
  name: string,
  { lenient = false }: { lenient?: boolean } = {},
): DecodedTrace {
  requireLittleEndian();
  const sections = readSections(bytes, name);
  const bad = new BadInput(name, lenient);
  const meta = readMeta(sections, name);
  const words = readWords(sections, "EVNT", name);
  const builder = new TraceBuilder(words.length / 2);
  builder.recordedBy = meta.recordedBy;
  new EventReader(builder, bad, sections).readAll(words);
  if (bad.skipped === 0) {
    const { highestId, opCount } = builder;
    if (meta.idCount !== highestId + 1) bad.report("", `META says ${meta.idCount} ids, trace has ${highestId + 1}`);
    if (meta.opCount !== opCount) bad.report("", `META says ${meta.opCount} ops, trace has ${opCount}`);
  }
  return { trace: builder.finish(), skipped: bad.skipped, messages: bad.messages };
}

type Sections = ReadonlyMap<string, Uint8Array>;

/** Payloads by tag: a view each of `bytes`, or of a copy if `bytes` do not lie where words can be read. */
function readSections(file: Uint8Array, name: string): Sections {
  const fail = (what: string): never => {
    throw new TraceError(`${name}: ${what}`);
  };
  if (!isBinaryTrace(file)) fail("not a trace: does not begin with the magic number of the binary form");
  if (file.length < HEAD_BYTES) fail(`cut off: ${file.length} bytes, expected a head of ${HEAD_BYTES}`);
  const bytes = file.byteOffset % 4 === 0 ? file : new Uint8Array(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) fail(`format version ${version}, expected ${VERSION}`);
  if (view.getUint32(12, true) !== 0) fail("reserved bytes of the head are not 0");

  const sections = new Map<string, Uint8Array>();
  let at = HEAD_BYTES;
  while (!sections.has("META")) {
    const left = bytes.length - at - SECTION_HEAD_BYTES;
    if (left < 0) fail("cut off: ends before the section META");
    const tag = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = Number(view.getBigUint64(at + 8, true));
    if (!/^[A-Za-z]{4}$/.test(tag)) fail(`section at byte ${at} has no tag of four letters`);
    if (view.getUint32(at + 4, true) !== 0) fail(`section ${tag}: reserved bytes are not 0`);
    if (padded(length) > left) fail(`cut off: section ${tag} has ${left} of ${padded(length)} bytes`);
    if (!KNOWN.has(tag) && !/^[a-z]/.test(tag)) fail(`unknown section ${tag}, expected one of ${[...KNOWN].join(" ")}`);
    if (sections.has(tag)) fail(`section ${tag} is there twice`);
    if ((tag === "EVNT") !== (at === HEAD_BYTES))
      fail(`section ${tag} at byte ${at}, expected EVNT to be the first section`);
    at += SECTION_HEAD_BYTES;
    if (KNOWN.has(tag)) sections.set(tag, bytes.subarray(at, at + length));
    at += padded(length);
  }
  if (at !== bytes.length) fail(`${bytes.length - at} bytes after the section META, which is the last`);
  return sections;
}

/** Pairs of words; none where the section is missing. */
function readWords(sections: Sections, tag: string, name: string): Uint32Array {
  const payload = sections.get(tag) ?? new Uint8Array(0);
  if (payload.length % EVENT_BYTES !== 0) {
    throw new TraceError(`${name}: section ${tag} has ${payload.length} bytes, expected a multiple of ${EVENT_BYTES}`);
  }
  return new Uint32Array(payload.buffer, payload.byteOffset, payload.length / 4);
}

function readJson(sections: Sections, tag: string, name: string): unknown {
  const payload = sections.get(tag);
  if (payload === undefined) return [];
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    throw new TraceError(`${name}: section ${tag} is not JSON in UTF-8`);
  }
}

function readMarks(sections: Sections, name: string): readonly string[] {
  const marks = readJson(sections, "MARK", name);
  if (Array.isArray(marks) && marks.every((mark) => typeof mark === "string")) return marks;
  throw new TraceError(`${name}: section MARK is not a list of strings`);
}

type Meta = Pick<Trace, "recordedBy" | "idCount" | "opCount">;

function readMeta(sections: Sections, name: string): Meta {
  const meta = readJson(sections, "META", name);
  const { recordedBy, idCount, opCount } = { ...(meta as Partial<Record<keyof Meta, unknown>> | null) };
  if (typeof idCount !== "number" || typeof opCount !== "number") {
    throw new TraceError(`${name}: section META lacks a number idCount or opCount`);
  }
  const isRecorder = typeof recordedBy === "string" && isRecorderName(recordedBy);
  if (recordedBy !== null && !isRecorder) {
    throw new TraceError(`${name}: section META has no recordedBy of the form "3.11" or "3.8-32", or null`);
  }
  return { recordedBy, idCount, opCount };
}

/** Gives events to the builder, each with what the other sections have for it. */
class EventReader {
  readonly #callocs: Uint32Array;
  readonly #bases: Uint32Array;
  readonly #marks: readonly string[];
  #calloc = 0;
  #base = 0;
  #mark = 0;

  constructor(
    private readonly builder: TraceBuilder,
    private readonly bad: BadInput,
    sections: Sections,
  ) {
    this.#callocs = readWords(sections, "CALC", bad.name);
    this.#bases = readWords(sections, "BASE", bad.name);
    this.#marks = readMarks(sections, bad.name);
  }

  readAll(words: Uint32Array): void {
    let at = 0;
    while (at < words.length) {
      const baseAt = this.#addBases(at, words.length);
      at = this.builder.plainEvents(words, at, baseAt);
      if (at === baseAt) continue;
      const verdict = this.#add(words[at], words[at + 1]);
      if (verdict !== null) this.bad.report(`: event ${at / 2}`, verdict);
      at += 2;
    }
    this.#addBases(at, words.length);
    this.#checkCount("CALC", "callocs", this.#callocs.length / 2, this.#calloc);
    this.#checkCount("MARK", "marks", this.#marks.length, this.#mark);
    if (this.#base < this.#bases.length) {
      const event = this.#bases[this.#base];
      this.bad.report("", `section BASE: event ${event} is out of order, or beyond the ${words.length / 2} events`);
    }
  }

  #add(head: number, value: number): Verdict {
    const domain = domainOf(head) as Domain;
    const id = idOf(head);
    if (domain > DOMAIN_RAW) return "domain 3, expected 0 (OBJ), 1 (MEM) or 2 (RAW)";
    switch (opOf(head)) {
      case OP_MALLOC:
        return this.builder.malloc(domain, id, value);
      case OP_CALLOC:
        return this.#addCalloc(domain, id, value);
      case OP_REALLOC:
        return this.builder.realloc(domain, id, value);
      case OP_FREE:
        return value === 0 ? this.builder.free(domain, id) : `free with second word ${value}, expected 0`;
      case OP_MARK:
        return this.#addMark(head, value);
      default:
        return `op ${opOf(head)}, expected 0 to 4`;
    }
  }

  #addCalloc(domain: Domain, id: number, nbytes: number): Verdict {
    const at = 2 * this.#calloc++;
    if (at >= this.#callocs.length) return "calloc, expected no more of them than section CALC has factors for";
    const count = this.#callocs[at];
    const size = this.#callocs[at + 1];
    if (count * size !== nbytes) return `calloc of ${nbytes} bytes, expected ${count} × ${size} as in section CALC`;
    return this.builder.calloc(domain, id, count, size);
  }

  #addMark(head: number, index: number): Verdict {
    const expected = this.#mark++;
    if (head !== OP_MARK) return `mark with first word ${head}, expected ${OP_MARK}`;
    if (index !== expected) return `mark with index ${index}, expected ${expected}`;
    if (index >= this.#marks.length)
      return `mark with index ${index}, expected less than the ${this.#marks.length} names`;
    return this.builder.mark(this.#marks[index]);
  }

  /**
   * Adds the bases that stand before the event at word `at`. Returns the word at which the next one stands, `end` where there is
   * none; one that is out of order stays where it is, and everything behind it.
   */
  #addBases(at: number, end: number): number {
    for (; this.#base < this.#bases.length; this.#base += 2) {
      const next = 2 * this.#bases[this.#base];
      if (next !== at) return next > at && next < end ? next : end;
      this.builder.base(this.#bases[this.#base + 1]);
    }
    return end;
  }

  #checkCount(tag: string, what: string, has: number, used: number): void {
    if (has > used) this.bad.report("", `section ${tag} is for ${has} ${what}, trace has ${used}`);
  }
}

function requireLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
    throw new RangeError("binary traces need a little-endian machine");
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
