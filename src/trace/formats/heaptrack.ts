/**
 * The text that `heaptrack --raw` writes, once it is unpacked. Read only.
 *
 *     v 10400 3            version of heaptrack (1.4.0), version of the format
 *     x b /opt/demo/app    the program; X its command line, which may have newlines; I, m, t, c, R, A, S, # likewise
 *     I 1000 3e8000        tell nothing here
 *     + 28 1 55d0a2000010  allocation: bytes, trace node, address
 *     - 55d0a2000010       free
 *
 * Numbers are hexadecimal. A realloc is written as a free and an allocation, and is read as such: nothing in the file tells the
 * two apart, and of the frees that are followed by an allocation most are none. See docs/trace-format.md.
 */

import { DOMAIN_OBJ } from "../event.js";
import { TraceError } from "../trace.js";
import { RecordingReader } from "./foreignrecording.js";
import { hexNumber, text, wordEnd } from "./lines.js";

const BLANK = 32;
const PLUS = 43;
const MINUS = 45;
const LETTER_X = 88;

const OTHER_KINDS = new Set([..."vxXImtcRAS#"].map((letter) => letter.charCodeAt(0)));
const INTERPRETED_KINDS = new Set([..."sia"].map((letter) => letter.charCodeAt(0)));

const EXPECTED = '"+ SIZE TRACE ADDRESS", "- ADDRESS" or a line that begins with one of v x X I m t c R A S #';

/** Whether a file that begins with `head` is one. */
export const isHeaptrack = (head: string): boolean => /^v [0-9a-f]+( [0-9a-f]+)?[ \t\r]*(\n|$)/.test(head);

export class HeaptrackReader extends RecordingReader {
  #tool = "heaptrack";
  #others = 0;
  /** Within the command line, whose later lines may look like anything. */
  #isInCommand = false;

  protected override readLine(bytes: Uint8Array, start: number, end: number): void {
    const kind = bytes[start];
    const isAlone = end === start + 1 || bytes[start + 1] === BLANK;
    if (this.#isInCommand) {
      this.#isInCommand = !/^(I [0-9a-f]+ [0-9a-f]+|m 1 -)$/.test(text(bytes, start, end));
      this.#others++;
    } else if (kind === PLUS && isAlone) {
      this.#allocate(bytes, start, end);
    } else if (kind === MINUS && isAlone) {
      const address = hexNumber(bytes, start + 2, end);
      if (address < 0) this.complain(bytes, start, end, EXPECTED);
      else this.requests.free(address);
    } else if (isAlone && OTHER_KINDS.has(kind)) {
      this.#readOther(kind, bytes, start, end);
    } else if (isAlone && INTERPRETED_KINDS.has(kind)) {
      throw new TraceError(
        `${this.name}: interpreted by heaptrack, which leaves no addresses; expected what heaptrack --raw writes`,
      );
    } else {
      this.complain(bytes, start, end, EXPECTED);
    }
  }

  #allocate(bytes: Uint8Array, start: number, end: number): void {
    const sizeEnd = wordEnd(bytes, start + 2, end);
    const traceEnd = wordEnd(bytes, sizeEnd + 1, end);
    const nbytes = hexNumber(bytes, start + 2, sizeEnd);
    const address = hexNumber(bytes, traceEnd + 1, end);
    if (nbytes < 0 || address < 0 || hexNumber(bytes, sizeEnd + 1, traceEnd) < 0) {
      this.complain(bytes, start, end, EXPECTED);
    } else {
      this.judge(this.requests.allocate(DOMAIN_OBJ, address, nbytes));
    }
  }

  #readOther(kind: number, bytes: Uint8Array, start: number, end: number): void {
    this.#others++;
    if (kind === LETTER_X) this.#isInCommand = true;
    if (this.#others > 1) return;
    const [, version = "", format = "1"] = /^v ([0-9a-f]+)(?: ([0-9a-f]+))?$/.exec(text(bytes, start, end)) ?? [];
    const number = Number.parseInt(version, 16);
    const name = [number >>> 16, (number >>> 8) & 255, number & 255].join(".");
    if (version !== "") this.#tool = `heaptrack ${name} (format ${Number.parseInt(format, 16)})`;
  }

  protected override readEnd(rest: string): readonly string[] {
    const summary = this.requests.summary(this.#tool, [
      [this.#others, "line", " of other kinds"],
      [rest === "" ? 0 : 1, "line", " cut off at the end"],
    ]);
    return [
      `${summary}.`,
      "heaptrack sees what is asked of the C library and no domains of Python: all requests are replayed as OBJ; " +
        "a reallocation stands in its file as a free and an allocation, and is replayed so.",
    ];
  }
}
