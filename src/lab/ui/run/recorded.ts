/** The chunks that a run posted, put together: what is left of one whose worker was ended. */
import type { RecordedRun, SourceLine } from "../../protocol.js";
import type { RunChunk } from "../../pythonprotocol.js";

function joined(parts: readonly (Uint32Array | null)[]): Uint32Array | null {
  if (parts.some((part) => part === null)) return null;
  const all = new Uint32Array(parts.reduce((count, part) => count + (part?.length ?? 0), 0));
  let at = 0;
  for (const part of parts) {
    all.set(part as Uint32Array, at);
    at += (part as Uint32Array).length;
  }
  return all;
}

/** `null` where there are no events. */
export function recordedOf(name: string, chunks: readonly RunChunk[]): RecordedRun | null {
  const last = chunks.at(-1);
  if (last === undefined) return null;
  const words = joined(chunks.map((chunk) => chunk.words)) as Uint32Array;
  if (words.length === 0) return null;
  return {
    name,
    trace: {
      words,
      callocs: joined(chunks.map((chunk) => chunk.callocs)) as Uint32Array,
      marks: chunks.flatMap(({ marks }) => marks),
      bases: new Uint32Array(),
      idCount: last.idCount,
      opCount: last.opCount,
      peakLiveBytes: last.peakLiveBytes,
      recordedBy: "wasm32",
    },
    lines: chunks.flatMap(({ lines }): (SourceLine | null)[] => [...lines]),
    types: chunks.flatMap(({ types }) => [...types]),
    layouts: chunks.flatMap(({ layouts }) => [...layouts]),
    seen: chunks.flatMap(({ seen }) => [...seen]),
    lineOfEvent: joined(chunks.map((chunk) => chunk.lineOfEvent)),
    typeOfEvent: joined(chunks.map((chunk) => chunk.typeOfEvent)),
    notes: ["The run was stopped: this is what was recorded up to then."],
  };
}
