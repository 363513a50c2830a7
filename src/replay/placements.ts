/**
 * The answer to a trace: where each block went, as lines of text, or as the hash that stands for them.
 *
 *     A+ N   A- N           arena N obtained, released
 *     ARENA POOL OFFSET     a block in a pool       L   one of the raw domain       -   a free
 */

import * as layout from "../memory/layout.js";
import { DOMAIN_RAW, domainOf, OP_MARK, opOf } from "../trace/event.js";
import { type Trace, TraceError } from "../trace/trace.js";
import type { Replay } from "./replay.js";

/** A hash line stands after so many MEM and OBJ events. */
const HASH_EVERY = 65536;

/** Positions in the trace after each `HASH_EVERY` MEM and OBJ events. */
function hashPositions({ words }: Trace): number[] {
  const positions: number[] = [];
  let ops = 0;
  for (let i = 0; i < words.length; i += 2) {
    if (opOf(words[i]) === OP_MARK || domainOf(words[i]) === DOMAIN_RAW) continue;
    if (++ops % HASH_EVERY === 0) positions.push(i / 2 + 1);
  }
  return positions;
}

const hex8 = (word: number): string => word.toString(16).padStart(8, "0");

/** Throws a `TraceError` when a request could not be served: then there is no answer. */
export function refuseFailures(replay: Replay): void {
  if (replay.failures > 0) {
    throw new TraceError(`out of memory: ${replay.failures} of its requests do not fit into the emulated heap`);
  }
}

/** The lines that end both forms. */
export function* summaryLines(replay: Replay): Generator<string> {
  const { obtained, released, live, high } = replay.heap.stats().pymalloc.arenas;
  yield `= ops ${replay.ops} hash ${hex8(replay.hash)}`;
  yield `= arenas obtained ${obtained} released ${released} live ${live} high ${high}`;
  yield `= blocks small ${replay.smallCount} first-arena-at-op ${replay.firstArenaAtOp}`;
}

/** The golden form: a line `h OPS HASH` after every 65,536 MEM and OBJ events, then the summary. Runs the whole trace. */
export function* hashLines(replay: Replay): Generator<string> {
  for (const position of hashPositions(replay.trace)) {
    replay.runTo(position);
    yield `h ${replay.ops} ${hex8(replay.hash)}`;
  }
  replay.runTo(replay.length);
  refuseFailures(replay);
  yield* summaryLines(replay);
}

const OFFSET_MASK = (1 << layout.ANSWER_POOL_SHIFT) - 1;

/** The line, with its newline, for the two words of an answer line of assembly/replay/replay.ts. */
export function answerLine(first: number, second: number): string {
  switch (first) {
    case layout.ANSWER_ARENA_OBTAINED:
      return `A+ ${second}\n`;
    case layout.ANSWER_ARENA_RELEASED:
      return `A- ${second}\n`;
    case layout.ANSWER_FREED:
      return "-\n";
    case layout.ANSWER_RAW_BLOCK:
      return "L\n";
    default:
      return `${first} ${second >>> layout.ANSWER_POOL_SHIFT} ${second & OFFSET_MASK}\n`;
  }
}

/** Events whose lines are put into one string. */
const CHUNK_EVENTS = 16384;

/** The full answer, in strings of many lines, then the summary. Runs the whole trace. */
export function* placementText(replay: Replay): Generator<string> {
  while (replay.position < replay.length) {
    let text = "";
    replay.runAnswered(Math.min(replay.position + CHUNK_EVENTS, replay.length), (words) => {
      for (let i = 0; i < words.length; i += 2) text += answerLine(words[i], words[i + 1]);
    });
    refuseFailures(replay);
    yield text;
  }
  for (const line of summaryLines(replay)) yield `${line}\n`;
}
