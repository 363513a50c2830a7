/** The stretch of the time line that is shown: at once with the lines of the whole, soon with lines of its own. */
import type { SideIndex, Timeline } from "../protocol/index.js";
import { engine } from "./engineclient.js";
import { type LabState, lab, type Span } from "./state.js";
import { waiting } from "./waiting.js";

/** Of fewer each has its place already. */
const LEAST_EVENTS = 30;
/** What comes sooner after another belongs to the same turn of a wheel. */
const TURN_MS = 120;
/** Before sampling is tried again that a move of the cursor has ended. */
const AGAIN_MS = 250;

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What is shown, the whole where nothing else was wanted. */
export const shownSpan = ({ span, info }: Pick<LabState, "span" | "info">): Span =>
  span ?? { from: 0, to: info?.events ?? 0 };

/** One side after the other: of two samplings the newer ends the other. `null` where the cursor has moved, or something else is open. */
async function sampled(span: Span): Promise<Timeline[] | null> {
  const timelines: Timeline[] = [];
  for (const side of lab.state.sides.keys()) {
    const timeline = await engine()
      .timeline(side as SideIndex, span)
      .catch(() => null); // the engine has what was just opened, of which the page is still to hear
    if (timeline === null) return null;
    timelines.push(timeline);
  }
  return timelines;
}

async function sample(span: Span): Promise<void> {
  const isShown = (): boolean => lab.state.span === span;
  await after(TURN_MS);
  while (isShown()) {
    const closer = await sampled(span);
    if (closer === null) await after(AGAIN_MS);
    else if (isShown()) return lab.set({ closer });
  }
}

function show(from: number, wanted: number): void {
  const events = lab.state.info?.events ?? 0;
  const length = Math.max(Math.round(wanted), LEAST_EVENTS);
  const first = Math.min(Math.max(Math.round(from), 0), events - length);
  const span = length >= events ? null : { from: first, to: first + length };
  lab.set({ span, closer: null });
  if (span !== null) void waiting(sample(span));
}

/** Shows `factor` times as many events, with that at `position` where it was. */
export function zoom(factor: number, position = lab.state.view?.position ?? 0): void {
  const { from, to } = shownSpan(lab.state);
  const length = Math.max((to - from) * factor, LEAST_EVENTS);
  const share = to > from ? Math.min(Math.max((position - from) / (to - from), 0), 1) : 0;
  show(position - share * length, length);
}

export const zoomIn = (): void => zoom(1 / 4);
export const zoomOut = (): void => zoom(4);

/** Moves by a share of what is shown. */
export function pan(share: number): void {
  const { from, to } = shownSpan(lab.state);
  show(from + share * (to - from), to - from);
}

export const showWhole = (): void => lab.set({ span: null, closer: null });

/** Turns the page where the cursor has left it. */
export function follow(position: number): void {
  const { span } = lab.state;
  if (span === null || (span.from <= position && position <= span.to)) return;
  const length = span.to - span.from;
  show(position - length * (position > span.to ? 0.05 : 0.95), length);
}

/** Samples again what is shown, for other sides. */
export function sampleAgain(): void {
  const { span } = lab.state;
  if (span !== null) show(span.from, span.to - span.from);
}
