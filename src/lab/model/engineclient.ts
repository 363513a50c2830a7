/** The engine, in its worker. */
import { type Remote, wrap } from "comlink";
import { takeAnswers } from "../engine/transferables.js";
import type { LabEngine } from "../protocol/index.js";

let remote: Remote<LabEngine> | null = null;

/** To be called once, before anything else. A report file has its worker inside itself, a page has it beside. */
export function startEngine(worker: Worker): void {
  takeAnswers();
  remote = wrap<LabEngine>(worker);
}

export const engine = (): Remote<LabEngine> => remote as Remote<LabEngine>;
