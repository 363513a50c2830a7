/** The chunks that a run posted, put together: what is left of one whose worker was ended. */
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../../trace/event.js";
import type { RecordedRun, SourceLine } from "../../protocol/index.js";
import type { RunChunk } from "../../protocol/python.js";

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
  const words = joined(chunks.map((chunk) => chunk.words)) as Uint32Array;
  if (words.length === 0) return null;
  const sizes = new Map<number, number>();
  let [idCount, opCount, live, peakLiveBytes] = [0, 0, 0, 0];
  for (let at = 0; at < words.length; at += 2) {
    const [op, domain, id] = [opOf(words[at]), domainOf(words[at]), idOf(words[at])];
    if (op === OP_MARK) continue;
    if (domain !== DOMAIN_RAW) opCount++;
    idCount = Math.max(idCount, id + 1);
    if (op === OP_FREE || op === OP_REALLOC) live -= sizes.get(id) ?? 0;
    if (op === OP_FREE) sizes.delete(id);
    else {
      sizes.set(id, words[at + 1]);
      live += words[at + 1];
    }
    peakLiveBytes = Math.max(peakLiveBytes, live);
  }
  return {
    name,
    trace: {
      words,
      callocs: joined(chunks.map((chunk) => chunk.callocs)) as Uint32Array,
      marks: chunks.flatMap(({ marks }) => marks),
      bases: new Uint32Array(),
      idCount,
      opCount,
      peakLiveBytes,
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
