/** What a reader does to the heap: open, go to a moment, play, search, look into something. Asks the engine, and keeps the state. */
import { proxy } from "comlink";
import { plural } from "../../text/units.js";
import type {
  CursorView,
  LabCondition,
  Opened,
  PoolView,
  ProfileChoice,
  Progress,
  RecordedRun,
  SideIndex,
  ViewOptions,
} from "../protocol/index.js";
import { engine } from "./engineclient.js";
import { sampleAgain } from "./span.js";
import { lab, type Selection } from "./state.js";
import { waiting } from "./waiting.js";

/** The one line of an error from the worker. */
export const lineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0].replace(/^\w*Error: /, "");

function problem(error: unknown): void {
  if (error instanceof Error && error.name === "Superseded") return; // what came after it says how it went
  lab.set({ message: { kind: "problem", text: lineOf(error) }, busy: null });
}

/** Says what went wrong beside what is said already. */
export function complain(text: string): void {
  const said = lab.state.message === null ? "" : `${lab.state.message.text} `;
  lab.set({ message: { kind: "problem", text: said + text } });
}

const viewOptions = (): ViewOptions => {
  const { colour } = lab.state;
  return { colour: colour === "age" || colour === "type" || colour === "line" ? colour : null };
};

const onProgress = (what: string): ((progress: Progress) => void) =>
  proxy(({ doing, done }: Progress) => {
    if (lab.state.busy !== null) lab.set({ busy: { text: `${what}: ${doing}`, done } });
  });

/** Shows the moment that comes. Resolves to whether one came: a newer one may have taken its place. */
const show = (coming: Promise<CursorView | null>): Promise<boolean> => waiting(showNow(coming));

async function showNow(coming: Promise<CursorView | null>): Promise<boolean> {
  const view = await coming;
  if (view === null) return false;
  lab.set({ view });
  await lookAgain();
  return true;
}

/** Asks for what is selected and for the open panel's table at the moment that is shown. */
async function lookAgain(): Promise<void> {
  const { selection, panel, sides, view, isLive } = lab.state;
  if (isLive) return lab.set({ pool: null, place: null });
  const isCurrent = (): boolean => lab.state.view === view && lab.state.selection === selection;
  if (selection === null) lab.set({ pool: null, place: null });
  else {
    const { side, arena, pool, address } = selection;
    const [poolView, place] = await Promise.all([
      pool === null
        ? null
        : engine()
            .pool(side, arena, pool)
            .catch(() => null),
      address === null
        ? null
        : engine()
            .block(side, address)
            .catch(() => null),
    ]);
    if (isCurrent()) lab.set({ pool: poolView, place });
  }
  if (panel === "pins" && sides.length > 0 && lab.state.playing === null) {
    const pins = await engine().pins(lab.state.selection?.side ?? 0);
    if (lab.state.view === view) lab.set({ pins });
  }
}

/** What is open, as it was given: to be put into a file. A blob is the browser's to keep, and no memory of the page. */
let given: Blob | RecordedRun | null = null;

export const openAsGiven = (): Blob | RecordedRun | null => given;

async function opened(what: Promise<Opened>, from: Blob | RecordedRun, example: string | null): Promise<boolean> {
  try {
    const { info, sides } = await what;
    given = from;
    lab.set({
      info,
      sides,
      view: null,
      timelines: [],
      span: null,
      closer: null,
      selection: null,
      pool: null,
      place: null,
      highlight: null,
      pins: null,
      a: null,
      b: null,
      difference: null,
      found: null,
      playing: null,
      message: null,
      isLive: false,
      example,
    });
    await refresh();
    lab.set({ busy: null });
    return true;
  } catch (error) {
    problem(error);
    return false;
  }
}

/** The moment and the time lines again, after what is open or its sides have changed. */
async function refresh(): Promise<void> {
  const { sides } = lab.state;
  await show(engine().step(0, viewOptions()));
  if (!hasTime()) return;
  const timelines = await Promise.all(sides.map((_, side) => engine().timeline(side as SideIndex)));
  lab.set({ timelines });
  sampleAgain();
}

export async function openBytes(
  bytes: Uint8Array,
  name: string,
  { profiles = null, example = null }: { profiles?: readonly ProfileChoice[] | null; example?: string | null } = {},
): Promise<boolean> {
  if (lab.state.isRunning) {
    lab.set({ busy: null, message: { kind: "problem", text: `${name}: a script runs; stop it first` } });
    return false;
  }
  lab.set({ busy: { text: `${name}: reading`, done: null }, message: null, playing: null });
  const from = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  return opened(engine().open(bytes, name, profiles, onProgress(name)), from, example);
}

export async function openFile(file: File): Promise<boolean> {
  return openBytes(new Uint8Array(await file.arrayBuffer()), file.name);
}

/** On `profiles`, on those of the run before, or on that of the heap that it ran on. */
export async function openRun(run: RecordedRun, profiles?: readonly ProfileChoice[]): Promise<boolean> {
  lab.set({ busy: { text: `${run.name}: replaying`, done: null }, playing: null });
  const { info, sides, isLive } = lab.state;
  const before = info?.kind === "recording" && !isLive ? sides.map(({ profile }) => profile) : ["wasm32"];
  return opened(engine().openRecording(run, profiles ?? before, onProgress(run.name)), run, null);
}

export async function setProfiles(profiles: readonly ProfileChoice[]): Promise<void> {
  if (!hasTime()) return;
  lab.set({ busy: { text: "another profile: replaying", done: null } });
  try {
    const sides = await engine().setProfiles(profiles, onProgress(profiles.join(" and ")));
    lab.set({ sides, selection: null, pool: null, place: null, highlight: null, pins: null, difference: null });
    await refresh();
    lab.set({ busy: null });
  } catch (error) {
    problem(error);
  }
}

// ---- moments ---------------------------------------------------------------------------------------------

const end = (): number => lab.state.info?.events ?? 0;

/** Whether there are moments to go to: not of a heap image, nor while Python runs. */
const hasTime = (): boolean => {
  const { info, isLive } = lab.state;
  return info !== null && info.kind !== "image" && !isLive;
};

/** Goes to a moment. Resolves to whether it is shown. */
export async function seek(position: number): Promise<boolean> {
  if (!hasTime()) return false;
  const target = Math.min(Math.max(Math.round(position), 0), end());
  return show(engine().seek(target, viewOptions()));
}

export async function step(count: number): Promise<boolean> {
  return hasTime() && show(engine().step(count, viewOptions()));
}

export async function toMark(direction: 1 | -1): Promise<boolean> {
  return hasTime() && show(engine().toMark(direction, viewOptions()));
}

/** Plays on from here, or from the start when it stands at the end; a second call stops it. */
export async function togglePlay(): Promise<void> {
  const { playing, view, speed, info } = lab.state;
  if (playing !== null || info === null || view === null || !hasTime()) return lab.set({ playing: null });
  lab.set({ playing: speed });
  if (view.position >= end()) await seek(0);
  let last = performance.now();
  let owed = 0;
  while (lab.state.playing !== null && lab.state.info === info) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    owed += (Math.max(now - last, 0) * lab.state.playing) / 1000;
    last = now;
    const count = Math.floor(owed);
    if (count === 0) continue;
    owed -= count;
    if (!(await step(count))) break;
    if ((lab.state.view?.position ?? 0) >= end()) break;
  }
  lab.set({ playing: null });
  await lookAgain();
}

/** Runs on, or back, to where one of the breakpoints that are on comes to hold. */
export async function find(direction: 1 | -1): Promise<void> {
  const on = lab.state.breakpoints.filter(({ isOn }) => isOn).map(({ condition }) => condition);
  if (!hasTime()) return;
  if (on.length === 0) return lab.set({ found: "No breakpoint is on." });
  lab.set({ busy: { text: "searching", done: null }, found: null, playing: null });
  try {
    const result = await engine().runUntil(on, direction, {}, onProgress("breakpoint"));
    lab.set({ busy: null });
    if (result === null) return;
    if (result.position === null) {
      return lab.set({ found: `Nothing of this ${direction > 0 ? "after" : "before"} this moment.` });
    }
    await seek(result.position);
    const hits = new Set(result.hits.map(({ side, condition }) => `${nameOf(on[condition])}${sideName(side)}`));
    lab.set({ found: `Event ${result.position.toLocaleString("en")}: ${[...hits].join("; ")}.` });
  } catch (error) {
    problem(error);
  }
}

const sideName = (side: SideIndex): string =>
  lab.state.sides.length > 1 ? ` in ${lab.state.sides[side].profile}` : "";

/** A condition as a sentence says it. */
export function nameOf(condition: LabCondition): string {
  switch (condition.type) {
    case "arena-obtained":
      return "an arena is obtained";
    case "arena-released":
      return "an arena is released";
    case "arena-held-by":
      return `an arena would be released but for ${plural(condition.blocks, "block")}`;
    case "pool-full":
    case "pool-empty": {
      const { szidx } = condition;
      const sizes = new Set(lab.state.sides.map(({ geometry }) => ((szidx ?? 0) + 1) * geometry.alignment));
      const of = szidx === undefined ? "" : ` of class ${szidx} (${[...sizes].join(" or ")} bytes)`;
      return `a pool${of} becomes ${condition.type === "pool-full" ? "full" : "empty"}`;
    }
    case "live-above":
      return `live bytes pass ${condition.bytes.toLocaleString("en")}`;
    case "pinned-above":
      return `pinned bytes pass ${condition.bytes.toLocaleString("en")}`;
    case "block-freed":
      return `block ${condition.id} is freed`;
  }
}

export function cancel(): void {
  lab.set({ busy: null, playing: null });
  void engine().cancel();
}

// ---- looking into it -------------------------------------------------------------------------------------

export async function select(selection: Selection | null): Promise<void> {
  lab.set({ selection, ...(selection === null ? {} : { panel: "inspect" as const }) });
  await waiting(lookAgain());
}

/** One level up: from a block to its pool, its arena, the whole heap. */
export async function selectUp(): Promise<void> {
  const { selection } = lab.state;
  if (selection === null) return;
  if (selection.address !== null && selection.pool !== null) return select({ ...selection, address: null });
  if (selection.pool !== null) return select({ ...selection, pool: null, address: null });
  return select(null);
}

export async function setColour(colour: typeof lab.state.colour): Promise<void> {
  lab.set({ colour });
  if (lab.state.info !== null && !lab.state.isLive) await show(engine().step(0, viewOptions()));
}

export async function openPanel(panel: typeof lab.state.panel): Promise<void> {
  lab.set({ panel, highlight: null });
  await waiting(lookAgain());
}

export async function compareMoments(): Promise<void> {
  const { a, b, selection } = lab.state;
  if (a === null || b === null || !hasTime()) return lab.set({ difference: null });
  try {
    const difference = await waiting(engine().diff(selection?.side ?? 0, a, b));
    if (difference !== null) lab.set({ difference });
  } catch (error) {
    problem(error);
  }
}

/** What the engine knows of a pool that is not selected. */
export const poolOf = (side: SideIndex, arena: number, pool: number): Promise<PoolView> =>
  engine().pool(side, arena, pool);
