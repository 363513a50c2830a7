/** Text line by line, as bytes, from pieces that are cut anywhere; and what a line is made of. */

/** Without its newline. The limit bounds what waits for the rest of a line. */
export const MAX_LINE_BYTES = 65536;

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const ZERO = 48;

/** By the code of a character: the hexadecimal digit that it is, or 16. */
const HEX_DIGITS = new Uint8Array(256).fill(16);
for (let digit = 0; digit < 16; digit++) {
  HEX_DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  HEX_DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Takes the line in `bytes` from `start` to before `end`, without blanks at its end. The bytes may be overwritten afterwards. */
export type TakeLine = (bytes: Uint8Array, start: number, end: number) => void;

/** Gives each line that ends in a newline and is not blank to a function; of one that is too long, what a line may have. */
export class Lines {
  /** The number of the line that was given last, from 1. */
  number = 0;

  /** The line that the last piece cut. */
  #rest = new Uint8Array(256);
  #restLength = 0;

  constructor(private readonly take: TakeLine) {}

  /** Takes the next bytes of the text; the caller may overwrite them afterwards. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#restLength > 0) {
      const end = chunk.indexOf(NEWLINE);
      this.#keep(end < 0 ? chunk : chunk.subarray(0, end));
      if (end < 0) return;
      const length = this.#restLength;
      this.#restLength = 0;
      this.#give(this.#rest, 0, length);
      at = end + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, at); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      this.#give(chunk, at, end);
      at = end + 1;
    }
    this.#keep(chunk.subarray(at));
  }

  /** The last line if it has no newline, else "". The numbers of lines count it. */
  finish(): string {
    const rest = text(this.#rest, 0, this.#restLength).trimEnd();
    if (this.#restLength > 0) this.number++;
    this.#restLength = 0;
    return rest;
  }

  #give(bytes: Uint8Array, start: number, newline: number): void {
    this.number++;
    let end = newline - start > MAX_LINE_BYTES ? start + MAX_LINE_BYTES : newline;
    while (end > start && isSpace(bytes[end - 1])) end--;
    if (end > start) this.take(bytes, start, end);
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_LINE_BYTES - this.#restLength);
    const length = this.#restLength + kept.length;
    if (length > this.#rest.length) {
      const rest = new Uint8Array(2 * length);
      rest.set(this.#rest);
      this.#rest = rest;
    }
    this.#rest.set(kept, this.#restLength);
    this.#restLength = length;
  }
}

const isSpace = (byte: number): boolean => byte === BLANK || byte === TAB || byte === RETURN;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const text = (bytes: Uint8Array, start: number, end: number): string =>
  decoder.decode(bytes.subarray(start, end));

/** Whether `word`, in ASCII, stands in `bytes` at `at` and ends no later than `end`. */
export function hasWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (end - at < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** Where the word starts that ends before `end`, no earlier than `start`. */
export function wordStart(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && !isSpace(bytes[at - 1])) at--;
  return at;
}

/** Where the word ends that starts at `at`, no later than `end`. */
export function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && !isSpace(bytes[next])) next++;
  return next;
}

/** Where the blanks start that end before `end`, no earlier than `start`. */
export function blanksStart(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(bytes[at - 1])) at--;
  return at;
}

/** The number whose hexadecimal digits are from `start` to before `end`; −1 where anything else is there. Not exact from 2^53 on. */
export function hexNumber(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = HEX_DIGITS[bytes[at]];
    if (digit > 15) return -1;
    number = number * 16 + digit;
  }
  return number;
}

/** The same for decimal digits. */
export function decimalNumber(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >>> 0 > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** As a string literal without control characters, shortened. */
export function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return `"${shown.replace(/\p{Cc}|\p{Cf}|\ufffd/gu, "?")}"`;
}
