/** The engine, in its worker: made when first asked for. */
import { type Remote, wrap } from "comlink";
import type { LabEngine } from "../protocol.js";

let remote: Remote<LabEngine> | null = null;

export function engine(): Remote<LabEngine> {
  remote ??= wrap<LabEngine>(
    new Worker(new URL("../heapworker.ts", import.meta.url), { type: "module", name: "heap" }),
  );
  return remote;
}
