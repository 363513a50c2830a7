/** Reading the page's state, which is all that views do with it. What changes it are the other functions of the model. */
import { type Output, output } from "./run/output.js";
import { type RunState, runs } from "./run/runner.js";
import { type LabState, lab } from "./state.js";
import { useStore } from "./store.js";

/** What `select` finds in the state; the component is drawn again when that is another. */
export const useLab = <Part>(select: (state: LabState) => Part): Part => useStore(lab, select);

/** The state now. */
export const current = (): LabState => lab.state;

/** What `select` finds in the state of the run of a script. */
export const useRun = <Part>(select: (state: RunState) => Part): Part => useStore(runs, select);

/** What `select` finds in what the script printed. */
export const useOutput = <Part>(select: (state: Output) => Part): Part => useStore(output, select);
