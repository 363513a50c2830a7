/** What the readers of other tools' recordings have in common: lines in, requests by address out, notes on what was made of them. */

import { BadInput, type Verdict } from "../builder.js";
import type { Trace } from "../trace.js";
import { AddressedRequests } from "./addresses.js";
import { Lines, quote, text } from "./lines.js";

/** Reads the text of a trace in pieces, cut anywhere. `push` and `finish` throw `TraceError`. */
export interface TraceReader {
  push(chunk: Uint8Array): void;
  /** The trace, once all bytes are pushed. */
  finish(): Trace;
  /** Lines passed over that are wrong; always 0 when not lenient. */
  readonly skipped: number;
  /** The first few of them, as the errors that they would have been. */
  readonly messages: readonly string[];
  /** Once it is finished: what a user of the trace must know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * A tool that dies with its program leaves a line cut anywhere, so that even one that reads well may have lost digits: a last line
 * without its newline is no error and no event.
 */
export abstract class RecordingReader implements TraceReader {
  protected readonly requests = new AddressedRequests();
  readonly #bad: BadInput;
  readonly #lines = new Lines((bytes, start, end) => this.readLine(bytes, start, end));
  #notes: readonly string[] = [];

  /** `name` is the file, as messages are to call it. */
  constructor(name: string, { lenient = false }: { lenient?: boolean } = {}) {
    this.#bad = new BadInput(name, lenient);
  }

  /** A line that is not blank, from `start` to before `end`. */
  protected abstract readLine(bytes: Uint8Array, start: number, end: number): void;

  /** After the last line; `rest` is one without a newline, or "". Returns the notes. */
  protected abstract readEnd(rest: string): readonly string[];

  get skipped(): number {
    return this.#bad.skipped;
  }

  get messages(): readonly string[] {
    return this.#bad.messages;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): Trace {
    this.#notes = this.readEnd(this.#lines.finish());
    return this.requests.builder.finish();
  }

  /** The file, as messages are to call it. */
  protected get name(): string {
    return this.#bad.name;
  }

  /** What is wrong with the line, if anything is. */
  protected judge(verdict: Verdict): void {
    if (verdict !== null) this.#bad.report(`:${this.#lines.number}`, verdict);
  }

  /** The line is none that the format has. */
  protected complain(bytes: Uint8Array, start: number, end: number, expected: string): void {
    this.judge(`${quote(text(bytes, start, end))}, expected ${expected}`);
  }
}
