/** The chunks that a run posted, put together: what is left of one whose worker was ended. */
import type { RecordedRun } from "../../protocol/index.js";
import type { RunChunk } from "../../protocol/python.js";

function joinedColumns(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((count, part) => count + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Each column and each table, whatever a chunk has. A column that one chunk does not know is not known. Totals are the last chunk's. */
function joined(chunks: readonly RunChunk[]): RunChunk {
  const keys = Object.keys(chunks[0]) as (keyof RunChunk)[];
  const join = (parts: readonly unknown[]): unknown => {
    if (parts.includes(null)) return null;
    if (typeof parts[0] === "number") return parts.at(-1);
    return parts[0] instanceof Uint32Array ? joinedColumns(parts as readonly Uint32Array[]) : parts.flat();
  };
  return Object.fromEntries(keys.map((key) => [key, join(chunks.map((chunk) => chunk[key]))])) as unknown as RunChunk;
}

/** `null` where there are no events. */
export function recordedOf(name: string, chunks: readonly RunChunk[]): RecordedRun | null {
  if (chunks.length === 0) return null;
  const { words, callocs, marks, idCount, opCount, peakLiveBytes, ...labels } = joined(chunks);
  if (words.length === 0) return null;
  return {
    ...labels,
    name,
    trace: { words, callocs, marks, bases: new Uint32Array(), idCount, opCount, peakLiveBytes, recordedBy: "wasm32" },
    notes: ["The run was stopped: this is what was recorded up to then."],
  };
}
