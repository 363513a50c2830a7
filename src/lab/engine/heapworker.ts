/** The worker that the heap lives in: the engine behind comlink. Arrays in answers are moved to the page, not copied. */
import { expose, transfer } from "comlink";
import type { LabEngine } from "../protocol/index.js";
import { Engine } from "./engine.js";
import { transferables } from "./transferables.js";

const engine = new Engine();

type Method = (...args: unknown[]) => Promise<unknown>;

/** `LabEngine`, each answer with what of it is to be moved. */
function moving(methods: readonly (keyof LabEngine)[]): LabEngine {
  const wrapped = methods.map((name): [string, Method] => [
    name,
    async (...args) => {
      const answer = await (engine[name] as Method).apply(engine, args);
      const arrays = transferables(answer);
      return arrays.length > 0 ? transfer(answer, arrays) : answer; // comlink marks objects only, and there is null
    },
  ]);
  return Object.fromEntries(wrapped) as unknown as LabEngine;
}

expose(
  moving([
    "open",
    "openRecording",
    "setProfiles",
    "seek",
    "step",
    "toMark",
    "cancel",
    "timeline",
    "pool",
    "block",
    "locate",
    "pins",
    "diff",
    "runUntil",
    "exportTimeline",
    "exportImage",
  ]),
);
