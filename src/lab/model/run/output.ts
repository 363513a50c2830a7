/** What the script of the last run has printed, read from its log while it runs, and what the page says of the run. */
import { OutputLog, type OutputText, type Stream } from "../../python/outputlog.js";
import { Store } from "../store.js";

/** Text of one stream within a block. `page`: what the page says of the run. */
export interface Span {
  readonly stream: Stream | "page";
  readonly text: string;
}

/** Whole lines, which the browser lays out together, and only when they come into view. */
export type Block = readonly Span[];

export interface Output {
  readonly head: readonly Block[];
  readonly leftOut: OutputText["leftOut"];
  /** Empty if nothing is left out. */
  readonly tail: readonly Block[];
}

const NO_TEXT: OutputText = { head: [], leftOut: null, tail: [] };
export const output = new Store<Output>({ head: [], leftOut: null, tail: [] });

/** A block ends with the line with which it has this size: its characters, and so many more for each line. */
const BLOCK_SIZE = 6000;
const LINE_SIZE = 20;
/** Milliseconds between two looks at the log. */
const PAUSE_MS = 100;

let log: OutputLog | null = null;
let changes = 0;
let text = NO_TEXT;
/** The page's lines, behind those of the script. */
let said = "";
let timer: ReturnType<typeof setInterval> | null = null;

export function clearOutput(): void {
  [log, text, said] = [null, NO_TEXT, ""];
  show();
}

/** Shows what `newLog` has, from now on. */
export function followOutput(newLog: OutputLog): void {
  [log, changes] = [newLog, 0];
  timer ??= setInterval(() => read(false), PAUSE_MS);
}

/** Shows the rest of it: nobody writes to the log any more. */
export function endOutput(): void {
  if (timer !== null) clearInterval(timer);
  timer = null;
  read(true);
}

export function say(line: string): void {
  said += `${line}\n`;
  show();
}

function read(isOver: boolean): void {
  if (log === null || log.changes === changes) return;
  const copy = log.copy(isOver);
  if (copy === null) return;
  const copied = new OutputLog(copy);
  changes = copied.changes;
  text = copied.text();
  show();
}

function show(): void {
  const { head, leftOut, tail } = text;
  if (leftOut === null) output.set({ head: blocksOf([...head, ...ownSpans(head)]), leftOut, tail: [] });
  else output.set({ head: blocksOf(head), leftOut, tail: blocksOf([...tail, ...ownSpans(tail)]) });
}

function ownSpans(before: readonly Span[]): Span[] {
  const isInLine = before.at(-1)?.text.endsWith("\n") === false;
  return said === "" ? [] : [{ stream: "page", text: `${isInLine ? "\n" : ""}${said}` }];
}

function blocksOf(spans: readonly Span[]): Block[] {
  const blocks: Block[] = [];
  let [block, size]: [Span[], number] = [[], 0];
  for (const { stream, text } of spans) {
    for (let at = 0, start = 0; at < text.length; ) {
      const newline = text.indexOf("\n", at);
      const end = newline < 0 ? text.length : newline + 1;
      size += LINE_SIZE + end - at;
      at = end;
      const isFull = newline >= 0 && size >= BLOCK_SIZE;
      if (!isFull && at < text.length) continue;
      block.push({ stream, text: text.slice(start, at) });
      start = at;
      if (!isFull) continue;
      blocks.push(block);
      [block, size] = [[], 0];
    }
  }
  return block.length === 0 ? blocks : [...blocks, block];
}
