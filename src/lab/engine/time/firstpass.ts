/**
 * A time line: a stretch of a trace replayed in steps, with the ledger at every so many and a tick where arenas came or went.
 *
 *     from                                                to
 *      ├─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┤      ┼ sample   ┬ step: the counters of arenas are compared
 *
 * To stop at the very event that obtains an arena would double the time of the pass; steps cost nothing and are finer than a picture.
 */
import { arenaCounters } from "../../../inspect/heapstats.js";
import type { Replay } from "../../../replay/replay.js";
import { distinctPositions, type Sample, sample } from "../../../replay/sample.js";
import { timelineColumns } from "../../../replay/timeline.js";
import type { Timeline } from "../../protocol/index.js";
import type { Requests } from "../document/requests.js";
import type { Pauses } from "./tasks.js";

export const SAMPLES = 600;
/** Steps of the whole pass at most, whatever the samples. */
const STEPS = 8400;

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}

/**
 * Runs a replay over the stretch, and leaves it somewhere. `onDone` is told the share that is done. Others may run it during the
 * pauses.
 */
export async function sampleStretch(
  moving: () => Replay,
  requests: Requests,
  stretch: Stretch,
  pauses: Pauses,
  onDone: (done: number) => void,
): Promise<Omit<Timeline, "side">> {
  const sampled = distinctPositions(stretch.from, stretch.to, Math.max(stretch.samples, 1));
  const stepsEach = Math.max(Math.ceil(STEPS / sampled.length), 1);
  const samples: Sample[] = [];
  const obtained: number[] = [];
  const released: number[] = [];
  let tickEvents = 1;
  const take = (replay: Replay): void => void samples.push(sample(replay, requests.liveBytesAt(replay.position)));
  const runTo = (position: number): Replay => {
    const replay = moving();
    replay.runTo(position);
    return replay;
  };
  const first = runTo(stretch.from);
  take(first);
  let before = arenaCounters(first.heap.core);
  for (let index = 1; index < sampled.length; index++) {
    let at = sampled[index - 1];
    for (const step of distinctPositions(at, sampled[index], stepsEach).slice(1)) {
      tickEvents = Math.max(tickEvents, step - at);
      await pauses.pause();
      at = step;
      const now = arenaCounters(runTo(step).heap.core);
      const got = now.obtained - before.obtained;
      for (let i = 0; i < got; i++) obtained.push(step);
      for (let i = now.live; i < before.live + got; i++) released.push(step);
      before = now;
    }
    take(runTo(at));
    onDone(index / (sampled.length - 1));
  }
  return {
    ...timelineColumns(samples),
    obtained: Uint32Array.from(obtained),
    released: Uint32Array.from(released),
    tickEvents,
  };
}
