/** What the page's own controls change: no heap is asked, so each is done at once. */
import type { LabCondition } from "../protocol/index.js";
import { lab } from "./state.js";

export const showNote = (text: string): void => lab.set({ message: { kind: "note", text } });
export const showProblem = (text: string): void => lab.set({ message: { kind: "problem", text } });
export const dismissMessage = (): void => lab.set({ message: null });

export const toggleEditor = (): void => lab.set({ hasEditor: !lab.state.hasEditor });
export const toggleTables = (): void => lab.set({ asTables: !lab.state.asTables });
export const toggleTheme = (): void => lab.set({ theme: lab.state.theme === "dark" ? "light" : "dark" });
export const toggleHelp = (): void => lab.set({ isHelpOpen: !lab.state.isHelpOpen });

export const startTour = (): void => lab.set({ tour: 0, hasEditor: true });
/** Shows the step of the tour with this number, from 0; `null` ends the tour. */
export const showTourStep = (step: number | null): void => lab.set({ tour: step });

/** Adds a breakpoint that is on. One with the same condition is replaced. */
export function addBreakpoint(condition: LabCondition): void {
  const others = lab.state.breakpoints.filter((b) => JSON.stringify(b.condition) !== JSON.stringify(condition));
  lab.set({ breakpoints: [...others, { condition, isOn: true }], found: null });
}

export const switchBreakpoint = (index: number, isOn: boolean): void =>
  lab.set({ breakpoints: lab.state.breakpoints.map((b, i) => (i === index ? { ...b, isOn } : b)) });

export const removeBreakpoint = (index: number): void =>
  lab.set({ breakpoints: lab.state.breakpoints.filter((_, i) => i !== index) });

/** Chooses one of the two positions that are compared. */
export const choosePosition = (which: "a" | "b", position: number | null): void => lab.set({ [which]: position });

/** Points out arenas, by ordinal, on the side that is selected; `null` ends it. */
export const highlightArenas = (arenas: Iterable<number> | null): void =>
  lab.set({ highlight: arenas === null ? null : { side: lab.state.selection?.side ?? 0, arenas: new Set(arenas) } });

export const writeCode = (code: string): void => lab.set({ code });

/** Events a second of Play, also while it plays. */
export const setSpeed = (speed: number): void => lab.set({ speed, playing: lab.state.playing === null ? null : speed });
