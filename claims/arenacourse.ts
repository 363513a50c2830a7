/** What a trace's small blocks ask for and what their arenas take, over time. */

import { type CustomGeometry, customProfile } from "../src/geometry/profiles.js";
import { Replay } from "../src/replay/replay.js";
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../src/trace/event.js";
import type { Trace } from "../src/trace/trace.js";
import { meanOf } from "./claim.js";

/** Evenly spaced moments of a run. */
export interface ArenaCourse {
  readonly positions: readonly number[];
  /** Bytes of arenas. */
  readonly arenaBytes: readonly number[];
  /** Bytes asked for and live, of what pools serve. */
  readonly liveBytes: readonly number[];
  /** The most bytes of arenas: exact. */
  readonly arenaPeakBytes: number;
}

const SAMPLES = 1000;

/** 256 KiB arenas of 4 KiB pools by 16 bytes, as 3.9 has them. */
const AS_IN_3_9 = {
  arenaSize: 256 * 1024,
  poolSize: 4096,
  alignment: 16,
  threshold: 512,
  poolOverhead: 48,
  release: "keep-last",
} as const;

export function arenaCourse(trace: Trace, geometry: Partial<CustomGeometry>): ArenaCourse {
  const profile = customProfile({ ...AS_IN_3_9, ...geometry });
  const replay = Replay.createSync(trace, { profile });
  const positions = Array.from({ length: SAMPLES }, (_, i) => Math.floor((replay.length * (i + 1)) / SAMPLES));
  const arenaBytes = positions.map((position) => {
    replay.runTo(position);
    return replay.heap.stats().pymalloc.arenas.live * profile.geometry.arenaSize;
  });
  return {
    positions,
    arenaBytes,
    liveBytes: smallLiveBytes(trace, profile.geometry.threshold, positions),
    arenaPeakBytes: replay.heap.stats().pymalloc.arenas.high * profile.geometry.arenaSize,
  };
}

/** A request of more than `threshold` bytes is large, and stays so when it is made smaller. */
function smallLiveBytes({ words, idCount }: Trace, threshold: number, positions: readonly number[]): number[] {
  const small = new Uint16Array(idCount);
  const isLarge = new Uint8Array(idCount);
  let live = 0;
  let at = 0;
  return positions.map((position) => {
    for (; at < position; at++) {
      const [word, nbytes] = [words[2 * at], words[2 * at + 1]];
      const op = opOf(word);
      if (op === OP_MARK || domainOf(word) === DOMAIN_RAW) continue;
      const id = idOf(word);
      live -= small[id];
      if (op !== OP_REALLOC) isLarge[id] = 0;
      if (nbytes === 0 || nbytes > threshold) isLarge[id] = 1;
      small[id] = op === OP_FREE || isLarge[id] ? 0 : nbytes;
      live += small[id];
    }
    return live;
  });
}

const LEAST_LIVE = 4096;

/** Johnstone & Wilson's first number: how much more is held than asked for, on average over time; 0.5 is half as much again. */
export const timeAverage = ({ arenaBytes, liveBytes }: ArenaCourse): number =>
  meanOf(arenaBytes.flatMap((held, i) => (liveBytes[i] < LEAST_LIVE ? [] : [held / liveBytes[i]]))) - 1;

/** The trace of claims/programs/orders.py. */
export const ORDERS = "claims/data/orders.pytrace.gz";
export const CSV_3_8 = "examples/traces/3.8.18-csv_sqlite.rep.gz";
export const CSV_3_11 = "examples/traces/3.11.7-csv_sqlite.rep.gz";
/** What the processes printed at the marks of these traces. */
export const CSV_3_8_STATS = "test/conformance/data/3.8.18-csv_sqlite.rep.stats";
export const CSV_3_11_STATS = "test/conformance/data/3.11.7-csv_sqlite.rep.stats";

/** How much more `now` is than `before`, in percent. */
export const percentMore = (now: number, before: number): number => (100 * now) / before - 100;
