/** What the page knows and shows: one state, which only session.ts and the panels' own controls change. */
import type {
  CursorView,
  Difference,
  LabCondition,
  PinTable,
  PlaceView,
  PoolView,
  SideIndex,
  SideInfo,
  Timeline,
  TraceInfo,
} from "../protocol/index.js";
import { Store } from "./store.js";

export type ColourMode = "class" | "occupancy" | "age" | "type" | "line";
export type Theme = "light" | "dark";

/** What is looked into: an arena, a pool of it, a block of that, or an address of the raw domain (`arena` −1). */
export interface Selection {
  readonly side: SideIndex;
  /** Ordinal. */
  readonly arena: number;
  readonly pool: number | null;
  readonly address: number | null;
}

export interface Breakpoint {
  readonly condition: LabCondition;
  readonly isOn: boolean;
}

/** From one position to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a long operation says of itself. */
export interface Busy {
  readonly text: string;
  /** 0 to 1, or `null` where it is not known. */
  readonly done: number | null;
}

export type PanelName = "inspect" | "breaks" | "marks" | "pins" | "versions";

export interface LabState {
  readonly info: TraceInfo | null;
  readonly sides: readonly SideInfo[];
  readonly view: CursorView | null;
  /** Of the whole trace, by side. */
  readonly timelines: readonly (Timeline | null)[];
  /** What the time line shows, and, when it was sampled, its own lines by side; `null`: the whole. */
  readonly span: Span | null;
  readonly closer: readonly Timeline[] | null;
  /** Python runs, and what is shown is its heap now: there is no other moment to go to. */
  readonly isLive: boolean;
  /** Python is loading or runs: what is open stays until what was recorded takes its place. */
  readonly isRunning: boolean;
  readonly busy: Busy | null;
  /** One line on what went wrong, what was done, or what a link offers. */
  readonly message: { readonly kind: "problem" | "note" | "offer"; readonly text: string } | null;
  readonly selection: Selection | null;
  /** Of the selection, at the moment shown; `null` when nothing of it is there. */
  readonly pool: PoolView | null;
  readonly place: PlaceView | null;
  readonly colour: ColourMode;
  /** Arenas to be seen among the others: ordinals, on one side. */
  readonly highlight: { readonly side: SideIndex; readonly arenas: ReadonlySet<number> } | null;
  readonly breakpoints: readonly Breakpoint[];
  readonly found: string | null;
  readonly pins: PinTable | null;
  readonly a: number | null;
  readonly b: number | null;
  readonly difference: Difference | null;
  /** Events a second; `null` when it stands. */
  readonly playing: number | null;
  readonly speed: number;
  readonly panel: PanelName;
  readonly theme: Theme;
  readonly asTables: boolean;
  /** Step of the tour, from 0. */
  readonly tour: number | null;
  readonly isHelpOpen: boolean;
  readonly hasEditor: boolean;
  /** The example that is open, or `null`. */
  readonly example: string | null;
  /** Name of the script that the editor began with. */
  readonly script: string;
  /** What the editor holds. */
  readonly code: string;
}

export const lab = new Store<LabState>({
  info: null,
  sides: [],
  view: null,
  timelines: [],
  span: null,
  closer: null,
  isLive: false,
  isRunning: false,
  busy: null,
  message: null,
  selection: null,
  pool: null,
  place: null,
  colour: "class",
  highlight: null,
  breakpoints: [],
  found: null,
  pins: null,
  a: null,
  b: null,
  difference: null,
  playing: null,
  speed: 1000,
  panel: "inspect",
  theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  asTables: false,
  tour: null,
  isHelpOpen: false,
  hasEditor: true,
  example: null,
  script: "script.py",
  code: "",
});
