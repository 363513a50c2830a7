/** While Python runs: its heap as the worker tells of it, several times a second, and the time line that these moments make. */
import { type Sample, sampleOf } from "../../../replay/sample.js";
import { timelineColumns } from "../../../replay/timeline.js";
import type { CursorView, SideInfo, Timeline } from "../../protocol/index.js";
import { type LabState, lab } from "../state.js";

/** What was shown before the run, and is open until the run is. */
type Before = Pick<LabState, "info" | "sides" | "view" | "timelines" | "selection" | "pool" | "place">;

let before: Before = lab.state;
let samples: Sample[] = [];
let obtained: number[] = [];
let released: number[] = [];

/** Forgets the run before. */
export function startLive(): void {
  samples = [];
  obtained = [];
  released = [];
}

/** Shows again what is open. */
export function endLive(): void {
  const { info, sides, view, timelines, selection, pool, place } = before;
  if (lab.state.isLive) lab.set({ isLive: false, info, sides, view, timelines, selection, pool, place });
}

/** The profiles that the run before was seen on, where one is open behind what is live. */
export const profilesBefore = (): string[] | undefined =>
  lab.state.isLive && before.info?.kind === "recording" ? before.sides.map(({ profile }) => profile) : undefined;

function keep({ position, sides }: CursorView): void {
  const [{ moment, stats }] = sides;
  const { arenas, pinned } = moment;
  while (obtained.length < arenas.obtained) obtained.push(position);
  while (released.length < arenas.released) released.push(position);
  samples.push(sampleOf(stats, pinned.arenas, moment));
}

const timeline = (): Timeline => ({
  side: 0,
  ...timelineColumns(samples),
  obtained: Uint32Array.from(obtained),
  released: Uint32Array.from(released),
  tickEvents: samples.reduce((most, { position }, i) => Math.max(most, position - (samples[i - 1]?.position ?? 0)), 1),
});

/** Shows it in place of what is open, which the engine keeps until the run is opened. */
export function showLive(name: string, view: CursorView, side: SideInfo): void {
  if (!lab.state.isLive) before = lab.state;
  keep(view);
  const { moment } = view.sides[0];
  lab.set({
    isLive: true,
    playing: null,
    info: {
      kind: "recording",
      name: `${name}, running`,
      format: "recording",
      events: view.position,
      ops: view.position,
      ids: 0,
      peakLiveBytes: moment.liveBytes,
      recordedBy: side.profile,
      marks: [],
      types: ["unknown"],
      lines: [null],
      notes: side.notes,
    },
    sides: [side],
    view,
    timelines: [timeline()],
    pool: null,
    place: null,
    ...(lab.state.isLive
      ? {}
      : { selection: null, pins: null, difference: null, a: null, b: null, highlight: null, span: null, closer: null }),
  });
}
