/** What `pymalloc replay` says of the trace that is open: the same report, of moments that the engine answers. */

import { renderReport } from "../../report/renderreplay.js";
import { type ProfileReport, replayedReport, reportPositions, reportSample } from "../../report/replayreport.js";
import { withCommas } from "../../text/units.js";
import type { CursorView, SideInfo, SideView } from "../protocol/index.js";
import { engine } from "./engineclient.js";
import { lab } from "./state.js";

/** The moments at `positions`. The engine's cursor goes through them; what the page shows stays, and the cursor comes back to it. */
async function momentsAt(positions: readonly number[]): Promise<Map<number, CursorView>> {
  const shown = lab.state.view?.position ?? 0;
  const moments = new Map<number, CursorView>();
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    lab.set({ busy: { text: `summary: event ${withCommas(position)}`, done: position / (positions.at(-1) || 1) } });
    const moment = await engine().seek(position);
    if (moment === null) throw new Error("no file was made, for the page went to another moment meanwhile");
    moments.set(position, moment);
  }
  await engine().seek(shown);
  return moments;
}

/** `sampled` is in order of position, from 0 to the end. */
function profileReport(
  { profile, ...about }: SideInfo,
  marks: readonly SideView[],
  sampled: readonly SideView[],
): ProfileReport {
  const { moment, stats, failures } = sampled[sampled.length - 1];
  return replayedReport(
    { name: profile, ...about },
    {
      marks: marks.map(({ moment }) => moment),
      end: { ...moment, name: "end" },
      timeline: sampled.map(({ moment, stats }) => reportSample(stats, moment)),
      stats,
      failures,
    },
  );
}

export async function summaryText(): Promise<string> {
  const { info, sides } = lab.state;
  if (info === null) throw new Error("nothing is open");
  const samples = reportPositions(info.events);
  const marks = info.marks.map(({ position }) => position);
  try {
    const moments = await momentsAt([...marks, ...samples]);
    const of = (positions: readonly number[], side: number): SideView[] =>
      positions.map((position) => (moments.get(position) as CursorView).sides[side]);
    const trace = { ...info, marks: info.marks.map(({ name }) => name) };
    const profiles = sides.map((info, side) => profileReport(info, of(marks, side), of(samples, side)));
    return renderReport({ trace, notes: [...info.notes, ...(sides[0]?.notes ?? [])], profiles }, false);
  } finally {
    lab.set({ busy: null });
  }
}
