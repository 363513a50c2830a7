/**
 * `.rep` text, read and written: one op a line, as in the malloc lab of CS:APP.
 *
 *     a ID SIZE          malloc        A   the same of       0        the first four lines may be a header of integers:
 *     c ID COUNT SIZE    calloc        C   the RAW domain    9        line 2 is above the highest id, line 3 counts the
 *     r ID SIZE          realloc       R                     120      MEM and OBJ ops, lines 1 and 4 mean nothing here
 *     f ID               free          F                     1
 *     f -1               free(NULL): nothing, but a line that the header counts
 *     m [NAME]           mark
 *     p BYTES            the next arena starts so far past a pool boundary
 *
 * ` m` after the numbers is the MEM domain, nothing is OBJ. `#` starts a comment, but not in a mark's name, which is the rest
 * of its line. The comment `# python 3.11`, before the first op, names the recorder. See docs/trace-format.md.
 */

import { BadInput, isRecorderName, TraceBuilder, type Verdict } from "../builder.js";
import {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  type Domain,
  domainOf,
  idOf,
  OP_CALLOC,
  OP_FREE,
  OP_MARK,
  opOf,
} from "../event.js";
import { type Trace, TraceError } from "../trace.js";
import type { TraceReader } from "./foreignrecording.js";
import { MAX_LINE_BYTES, quote } from "./lines.js";

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const HASH = 35;
const ZERO = 48;
const LOWER_CASE = 32;
const LETTER_A = 97;
const LETTER_C = 99;
const LETTER_M = 109;
const LETTER_R = 114;

const FORMS = new Map(
  [
    "a ID SIZE",
    "c ID COUNT SIZE",
    "r ID SIZE",
    "f ID",
    "A ID SIZE",
    "C ID COUNT SIZE",
    "R ID SIZE",
    "F ID",
    "p BYTES",
  ].map((form) => [form[0], form]),
);

/** By the code of an op's letter: how many numbers follow it; 0 for all other bytes. */
const NUMBERS = new Uint8Array(256);
for (const [letter, form] of FORMS) if (letter !== "p") NUMBERS[letter.charCodeAt(0)] = form.split(" ").length - 1;

/** A free of NULL, as newer traces of the malloc lab have it: nothing happens, but their header counts it. */
const FREE_OF_NULL = /^[ \t]*f[ \t]+-1[ \t\r]*(?:#.*)?$/s;

/** How the comment begins that names the recorder. */
const RECORDER = "# python ";

/** How far the text has come. */
const IN_HEADER = 0;
const AFTER_HEADER = 1;
const IN_OPS = 2;

const isBlank = (byte: number): boolean => byte === BLANK || byte === TAB;

/**
 * Reads text that comes in pieces, cut anywhere:
 *
 *     const reader = new RepReader("x.rep");
 *     for await (const chunk of chunks) reader.push(chunk);
 *     const trace = reader.finish();
 *
 * It works on bytes; a line becomes a string only when it is no op, or a wrong one.
 */
export class RepReader implements TraceReader {
  /** None: this text says what it is. */
  readonly notes: readonly string[] = [];
  readonly #bad: BadInput;
  readonly #builder = new TraceBuilder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The line that the last piece cut: at most one byte more than a line may have, so that a longer one shows. */
  #rest = new Uint8Array(256);
  #restLength = 0;
  #bytes = 0;
  #line = 0;
  /** Whether a byte order mark may come: before anything else. */
  #mayHaveMark = true;
  #phase = IN_HEADER;
  #header: { value: number; line: number }[] = [];
  #freesOfNull = 0;
  /** Whether this line has no newline behind it. */
  #isLastLine = false;

  /** `name` is the file, as messages are to call it. */
  constructor(name: string, { lenient = false }: { lenient?: boolean } = {}) {
    this.#bad = new BadInput(name, lenient);
  }

  /** Lines passed over so far; always 0 when not lenient. */
  get skipped(): number {
    return this.#bad.skipped;
  }

  /** The first few of them, as the errors that they would have been. */
  get messages(): readonly string[] {
    return this.#bad.messages;
  }

  /** Takes the next bytes of the text; the caller may overwrite them afterwards. Throws `TraceError`. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (end > 0 && this.#restLength > 0) {
      start = chunk.indexOf(NEWLINE) + 1;
      this.#keep(chunk.subarray(0, start - 1));
      this.#readRest();
    }
    this.#readLines(chunk, start, end);
    this.#keep(chunk.subarray(end));
  }

  /** The trace, once all bytes are pushed. Throws `TraceError`. */
  finish(): Trace {
    this.#isLastLine = true;
    if (this.#restLength > 0) this.#readRest();
    if (this.#bytes === 0) throw new TraceError(`${this.#bad.name}: not a trace: empty`);
    if (this.#phase === IN_HEADER) this.#leaveHeader(AFTER_HEADER);
    const trace = this.#builder.finish();
    if (trace.words.length + trace.bases.length + this.#header.length === 0) {
      throw new TraceError(`${this.#bad.name}: not a trace: no event in ${this.#line} lines`);
    }
    this.#checkHeader();
    return trace;
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_LINE_BYTES + 1 - this.#restLength);
    const length = this.#restLength + kept.length;
    if (length >= this.#rest.length) {
      const rest = new Uint8Array(2 * length);
      rest.set(this.#rest);
      this.#rest = rest;
    }
    this.#rest.set(kept, this.#restLength);
    this.#restLength = length;
  }

  #readRest(): void {
    const length = this.#restLength;
    this.#restLength = 0;
    this.#rest[length] = NEWLINE;
    this.#readLines(this.#rest, 0, length + 1);
  }

  /** Reads whole lines, from `start` up to `end`, which is behind a newline; so no line needs to look for its end. */
  #readLines(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      this.#line++;
      let next = at;
      let byte = bytes[next];
      while (byte === BLANK || byte === TAB) byte = bytes[++next];
      const letter = byte;
      const expected = NUMBERS[letter];
      if (expected === 0) {
        at = this.#readOther(bytes, at, next);
        continue;
      }
      byte = bytes[++next];
      let count = 0;
      let first = 0;
      let second = 0;
      let third = 0;
      while (byte === BLANK || byte === TAB) {
        byte = bytes[++next];
        let digit = byte - ZERO;
        if (digit >>> 0 > 9) continue;
        let number = digit;
        while ((digit = (byte = bytes[++next]) - ZERO) >>> 0 <= 9) number = number * 10 + digit;
        if (count === 0) first = number;
        else if (count === 1) second = number;
        else third = number;
        count++;
      }
      let domain: Domain = letter < LETTER_A ? DOMAIN_RAW : DOMAIN_OBJ;
      if (byte === LETTER_M && domain === DOMAIN_OBJ && isBlank(bytes[next - 1])) {
        domain = DOMAIN_MEM;
        do byte = bytes[++next];
        while (byte === BLANK || byte === TAB);
      }
      if (byte === RETURN) byte = bytes[++next];
      else if (byte === HASH) byte = bytes[(next = bytes.indexOf(NEWLINE, next))];
      if (byte !== NEWLINE || count !== expected || next - at > MAX_LINE_BYTES) {
        at = this.#complain(bytes, at);
        continue;
      }
      if (this.#phase !== IN_OPS) this.#leaveHeader(IN_OPS);
      this.#judge(this.#event(letter | LOWER_CASE, domain, first, second, third));
      at = next + 1;
    }
  }

  #event(letter: number, domain: Domain, id: number, second: number, third: number): Verdict {
    switch (letter) {
      case LETTER_A:
        return this.#builder.malloc(domain, id, second);
      case LETTER_C:
        return this.#builder.calloc(domain, id, second, third);
      case LETTER_R:
        return this.#builder.realloc(domain, id, second);
      default:
        return this.#builder.free(domain, id);
    }
  }

  #judge(verdict: Verdict): void {
    if (verdict !== null) this.#bad.report(`:${this.#line}`, this.#isLastLine ? `${verdict} (cut off?)` : verdict);
  }

  /** A line from `start` that is no op of a heap, `from` its first byte that is not blank. Returns where the next line starts. */
  #readOther(bytes: Uint8Array, start: number, from: number): number {
    const end = bytes.indexOf(NEWLINE, from);
    let last = end;
    while (last > from && (isBlank(bytes[last - 1]) || bytes[last - 1] === RETURN)) last--;
    const isByteOrderMark =
      this.#mayHaveMark && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
    this.#mayHaveMark = false;
    if (end - start > MAX_LINE_BYTES) {
      this.#complain(bytes, start);
    } else if (isByteOrderMark) {
      this.#line--;
      this.#readLines(bytes, from + 3, end + 1);
    } else if (bytes[from] === HASH) {
      this.#comment(this.#decoder.decode(bytes.subarray(from, last)));
    } else if (bytes[from] === LETTER_M && (last === from + 1 || isBlank(bytes[from + 1]))) {
      this.#mark(this.#decoder.decode(bytes.subarray(from + 1, last)));
    } else if (last > from && !this.#integerOrBase(this.#decoder.decode(bytes.subarray(from, last)))) {
      this.#complain(bytes, start);
    }
    return end + 1;
  }

  #comment(text: string): void {
    if (this.#phase === IN_OPS || this.#builder.recordedBy !== null || !text.startsWith(RECORDER)) return;
    const recorder = text.slice(RECORDER.length);
    if (isRecorderName(recorder)) this.#builder.recordedBy = recorder;
  }

  #mark(name: string): void {
    if (this.#phase === IN_HEADER) this.#leaveHeader(AFTER_HEADER);
    this.#judge(this.#builder.mark(name.replace(/^[ \t]+/, "")));
  }

  /** Whether `text` is a line of the header or a `p` line. */
  #integerOrBase(text: string): boolean {
    const [, letter, digits] = /^(p[ \t]+)?(\d+)[ \t]*(?:#.*)?$/s.exec(text) ?? [];
    if (digits === undefined) return false;
    if (letter === undefined) {
      if (this.#phase !== IN_HEADER || this.#header.length === 4) return false;
      this.#header.push({ value: Number(digits), line: this.#line });
      return true;
    }
    if (this.#phase === IN_HEADER) this.#leaveHeader(AFTER_HEADER);
    this.#judge(this.#builder.base(Number(digits)));
    return true;
  }

  #leaveHeader(phase: number): void {
    this.#phase = phase;
    this.#mayHaveMark = false;
    const lines = this.#header.length;
    if (lines === 0 || lines === 4) return;
    const { line } = this.#header[lines - 1];
    this.#header = [];
    this.#bad.report(`:${line}`, `header of ${lines} lines, expected none or four lines of one integer each`);
  }

  /** The counts of a lenient reader's trace mean nothing once a line was skipped. */
  #checkHeader(): void {
    if (this.#header.length === 0 || this.#bad.skipped > 0) return;
    const [, ids, ops] = this.#header;
    const { highestId } = this.#builder;
    const opCount = this.#builder.opCount + this.#freesOfNull;
    if (ids.value <= highestId)
      this.#bad.report(`:${ids.line}`, `header says ${ids.value} ids, trace has id ${highestId}`);
    if (ops.value !== opCount) this.#bad.report(`:${ops.line}`, `header says ${ops.value} ops, trace has ${opCount}`);
  }

  /** Says what is wrong with the line from `start`. Returns where the next line starts. */
  #complain(bytes: Uint8Array, start: number): number {
    const end = bytes.indexOf(NEWLINE, start);
    const text = this.#decoder.decode(bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES)));
    if (FREE_OF_NULL.test(text)) {
      if (this.#phase !== IN_OPS) this.#leaveHeader(IN_OPS);
      this.#freesOfNull++;
      return end + 1;
    }
    const isFirst = this.#phase === IN_HEADER && this.#header.length === 0;
    if (isFirst && /(?![\t\r])\p{Cc}|\ufffd/u.test(text)) {
      this.#bad.report(`:${this.#line}`, "not a trace: binary data, expected ops as text");
    } else if (end - start > MAX_LINE_BYTES) {
      this.#judge(`line of more than ${MAX_LINE_BYTES} bytes, expected an op`);
    } else {
      this.#judge(explain(text));
    }
    return end + 1;
  }
}

/** What is wrong with a line that the reader did not take. */
function explain(line: string): string {
  const words = line.replace(/#.*/s, "").split(/[ \t\r]+/);
  const [op = "", ...fields] = words.filter((word) => word !== "");
  const form = FORMS.get(op);
  if (form === undefined) return `unknown op ${quote(op)}, expected one of a c r f A C R F m p`;
  const names = form.split(" ").slice(1);
  for (const [index, name] of names.entries()) {
    const field = fields[index];
    if (field !== undefined && !/^\d+$/.test(field))
      return `${name} ${quote(field)}, expected a decimal integer of 0 or more`;
  }
  const mem = "acrf".includes(op) ? ` or "${form} m"` : "";
  return `expected "${form}"${mem}, found ${quote([op, ...fields].join(" "))}`;
}

const LETTERS = ["acrf", "acrf", "ACRF"]; // by domain, then op
const PIECE_CHARACTERS = 65536;

/**
 * The text of `trace`, in pieces, with a header. Reading it gives an equal trace, provided that `trace` is as `TraceBuilder`
 * makes it.
 */
export function* writeRep(trace: Trace): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { words, callocs, marks, bases } = trace;
  const encoder = new TextEncoder();
  let text = `0\n${trace.idCount}\n${trace.opCount}\n1\n`;
  if (trace.recordedBy !== null) text += `${RECORDER}${trace.recordedBy}\n`;
  let calloc = 0;
  let base = 0;
  for (let at = 0; at <= words.length; at += 2) {
    for (; base < bases.length && 2 * bases[base] === at; base += 2) text += `p ${bases[base + 1]}\n`;
    if (at === words.length) break;
    const op = opOf(words[at]);
    const domain = domainOf(words[at]);
    if (op === OP_MARK) {
      const name = marks[words[at + 1]];
      text += name === "" ? "m\n" : `m ${name}\n`;
    } else {
      text += LETTERS[domain][op] + " " + idOf(words[at]);
      if (op === OP_CALLOC) text += " " + callocs[calloc++] + " " + callocs[calloc++];
      else if (op !== OP_FREE) text += " " + words[at + 1];
      text += domain === DOMAIN_MEM ? " m\n" : "\n";
    }
    if (text.length >= PIECE_CHARACTERS) {
      yield encoder.encode(text);
      text = "";
    }
  }
  yield encoder.encode(text);
}
