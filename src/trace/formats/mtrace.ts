/**
 * The text that glibc's mtrace(3) writes to the file that MALLOC_TRACE names. Read only.
 *
 *     = Start
 *     @ ./app:[0x11a0] + 0x55d0a0001000 0x28           allocation; (nil) where it failed
 *     @ ./app:(main+0x1d)[0x11c3] < 0x55d0a0001000     realloc: the old address, and on the next line
 *     @ ./app:(main+0x1d)[0x11c3] > 0x55d0a0001290 0   the new one, and bytes
 *     @ ./app:[0x11d3] - 0x55d0a0001290                free
 *     @ ./app:[0x11e1] ! 0x55d0a0001290 0x4000         realloc that failed
 *     = End                                            by muntrace(3); few programs call it
 *
 * The place may have blanks in it, or be missing with its `@`: lines are read from their end. See docs/trace-format.md.
 */

import { DOMAIN_OBJ } from "../event.js";
import { RecordingReader } from "./foreignrecording.js";
import { blanksStart, hexNumber, text, wordStart } from "./lines.js";

const BANG = 33;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const AT = 64;
const LETTER_X = 120;

const NONE = -1;

/** Whether a file that begins with `head` is one. */
export const isMtrace = (head: string): boolean => /^= Start[ \t\r]*(\n|$)/.test(head);

export class MtraceReader extends RecordingReader {
  /** The address of the line before, if that was the first half of a realloc. */
  #from = NONE;
  #failed = 0;
  #isEnded = false;

  protected override readLine(bytes: Uint8Array, start: number, end: number): void {
    const last = wordStart(bytes, start, end);
    const second = blanksStart(bytes, start, last);
    const secondStart = wordStart(bytes, start, second);
    const sign = second - secondStart === 1 ? bytes[secondStart] : 0;
    const from = this.#from;
    this.#from = NONE;
    if (from !== NONE) {
      const third = blanksStart(bytes, start, secondStart);
      if (third === start || bytes[third - 1] !== GREATER)
        this.judge('expected the second half of a realloc, ">", after its first, "<"');
    }
    if ((sign === MINUS || sign === LESS) && isPlaced(bytes, start, secondStart)) {
      const address = pointer(bytes, last, end);
      if (address < 0) this.complain(bytes, start, end, EXPECTED);
      else if (sign === LESS) this.#from = address;
      else this.requests.free(address);
      return;
    }
    const third = blanksStart(bytes, start, secondStart);
    const thirdStart = wordStart(bytes, start, third);
    const op = third - thirdStart === 1 && isPlaced(bytes, start, thirdStart) ? bytes[thirdStart] : 0;
    const address = pointer(bytes, secondStart, second);
    const nbytes = pointer(bytes, last, end);
    if (address >= 0 && nbytes >= 0 && (op === PLUS || op === GREATER || op === BANG)) {
      this.#request(op, from, address, nbytes);
    } else if (bytes[start] === EQUALS) {
      this.#frame(bytes, start, end);
    } else {
      this.complain(bytes, start, end, EXPECTED);
    }
  }

  #request(op: number, from: number, address: number, nbytes: number): void {
    if (op === BANG || address === 0) this.#failed++;
    else if (op === PLUS) this.judge(this.requests.allocate(DOMAIN_OBJ, address, nbytes));
    else if (from === NONE) this.judge('second half of a realloc, ">", expected its first, "<", on the line before');
    else this.judge(this.requests.reallocate(DOMAIN_OBJ, from, address, nbytes));
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    const line = text(bytes, start, end);
    if (line === "= End") this.#isEnded = true;
    else if (line === "= Start") this.#isEnded = false;
    else this.complain(bytes, start, end, EXPECTED);
  }

  protected override readEnd(rest: string): readonly string[] {
    if (rest === "= End") this.#isEnded = true;
    const isCut = (rest !== "" && rest !== "= End" && rest !== "= Start") || this.#from !== NONE;
    const summary = this.requests.summary("mtrace", [
      [this.#failed, "failed request", ""],
      [isCut ? 1 : 0, "event", " cut off at the end"],
    ]);
    return [
      this.#isEnded ? `${summary}.` : `${summary}; no "= End": the program did not call muntrace, or died.`,
      "mtrace sees what is asked of the C library and no domains of Python: all requests are replayed as OBJ.",
    ];
  }
}

const EXPECTED = '"@ PLACE" and "+ ADDRESS SIZE", "- ADDRESS", "< ADDRESS", "> ADDRESS SIZE" or "! ADDRESS SIZE"';

/** Whether the sign at `at` is what the line begins with, or stands behind a place. */
const isPlaced = (bytes: Uint8Array, start: number, at: number): boolean => at === start || bytes[start] === AT;

/** What printf's %p or %#lx wrote: `0x28`, `0` or `(nil)`; −1 for anything else. */
function pointer(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 2 && bytes[start] === ZERO && bytes[start + 1] === LETTER_X)
    return hexNumber(bytes, start + 2, end);
  if (end - start === 1 && bytes[start] === ZERO) return 0;
  return end - start === 5 && text(bytes, start, end) === "(nil)" ? 0 : -1;
}
