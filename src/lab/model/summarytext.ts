/** What `pymalloc replay` says of the trace that is open: the same report, of moments that the engine answers. */

import { renderReport } from "../../report/renderreplay.js";
import { type ProfileReport, samplePositions } from "../../report/replayreport.js";
import { withCommas } from "../../text/units.js";
import type { MomentView, SideInfo, SideView } from "../protocol/index.js";
import { engine } from "./engineclient.js";
import { lab } from "./state.js";

/** The moments at `positions`. The engine's cursor goes through them; what the page shows stays, and the cursor comes back to it. */
async function momentsAt(positions: readonly number[]): Promise<Map<number, MomentView>> {
  const shown = lab.state.view?.position ?? 0;
  const moments = new Map<number, MomentView>();
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    lab.set({ busy: { text: `summary: event ${withCommas(position)}`, done: position / (positions.at(-1) || 1) } });
    const moment = await engine().seek(position);
    if (moment === null) throw new Error("no file was made, for the page went to another moment meanwhile");
    moments.set(position, moment);
  }
  await engine().seek(shown);
  return moments;
}

/** `sampled` begins at 0. */
function profileReport(
  { profile, witness, geometry, classCount }: SideInfo,
  marks: readonly SideView[],
  sampled: readonly SideView[],
): ProfileReport {
  const { moment: end, stats, failures } = sampled[sampled.length - 1];
  return {
    profile,
    witness,
    arenaSizeBytes: geometry.arenaSize,
    poolSizeBytes: geometry.poolSize,
    classCount,
    alignmentBytes: geometry.alignment,
    release: geometry.release,
    failures,
    arenas: end.arenas,
    arenaPeakBytes: end.arenas.high * geometry.arenaSize,
    os: stats.os,
    costs: stats.costs,
    marks: marks.map(({ moment }) => moment),
    end: { ...end, name: "end" },
    timeline: sampled.map(({ moment: { position, liveBytes, arenas, raw } }) => ({
      position,
      liveBytes,
      arenaBytes: arenas.live * geometry.arenaSize,
      rawBytes: raw.regionBytes,
    })),
  };
}

export async function summaryText(): Promise<string> {
  const { info, sides } = lab.state;
  if (info === null) throw new Error("nothing is open");
  const samples = [0, ...samplePositions(info.events)];
  const marks = info.marks.map(({ position }) => position);
  try {
    const moments = await momentsAt([...marks, ...samples]);
    const of = (positions: readonly number[], side: number): SideView[] =>
      positions.map((position) => (moments.get(position) as MomentView).sides[side]);
    const trace = { ...info, marks: info.marks.map(({ name }) => name) };
    const profiles = sides.map((info, side) => profileReport(info, of(marks, side), of(samples, side)));
    return renderReport({ trace, notes: [...info.notes, ...(sides[0]?.notes ?? [])], profiles }, false);
  } finally {
    lab.set({ busy: null });
  }
}
