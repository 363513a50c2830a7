/** What is open: a trace with what is known of its events, or a saved heap. */
import { HeapImage, isHeapImage } from "../../../inspect/image.js";
import { markNames, markPositions } from "../../../report/replayreport.js";
import { domainOf, idOf, OP_FREE, OP_MARK, opOf } from "../../../trace/event.js";
import { readTrace } from "../../../trace/read.js";
import type { Trace } from "../../../trace/trace.js";
import type { EventInfo, OnProgress, RecordedRun, TraceInfo } from "../../protocol/index.js";
import { type HeapSource, imageSource } from "../heapsource.js";
import { type Labels, labelsOf, NO_LABELS } from "./labels.js";
import { LiveBlocks } from "./liveblocks.js";
import { DOMAIN_NAMES } from "./origins.js";
import { Requests } from "./requests.js";

const OPS = ["malloc", "calloc", "realloc", "free", "mark"] as const;

/** A trace that is open. */
export class TraceDocument {
  readonly trace: Trace;
  readonly requests: Requests;
  readonly labels: Labels;
  readonly info: TraceInfo;
  #live: LiveBlocks | null = null;

  constructor(about: Pick<TraceInfo, "kind" | "name" | "format" | "notes">, trace: Trace, run: RecordedRun | null) {
    this.trace = trace;
    this.requests = new Requests(trace);
    this.labels = run === null ? NO_LABELS : labelsOf(run, this.requests);
    const names = markNames(trace);
    this.info = {
      ...about,
      events: this.requests.length,
      ops: trace.opCount,
      ids: trace.idCount,
      peakLiveBytes: trace.peakLiveBytes,
      recordedBy: trace.recordedBy,
      marks: markPositions(trace).map((position, index) => ({ name: names[index], position })),
      types: this.labels.types,
      lines: this.labels.lines,
    };
  }

  /** The live blocks at a place; made when first asked for. */
  liveAt(position: number): LiveBlocks {
    this.#live ??= new LiveBlocks(this.requests);
    return this.#live.moveTo(position);
  }

  /** `null` where there is no such event. */
  event(index: number): EventInfo | null {
    if (index < 0 || index >= this.requests.length) return null;
    const { words, previous } = this.requests;
    const op = opOf(words[2 * index]);
    const value = words[2 * index + 1];
    if (op === OP_MARK) {
      const name = this.info.marks.find(({ position }) => position === index + 1)?.name ?? "";
      return { index, op: "mark", domain: "obj", id: 0, nbytes: 0, type: 0, line: 0, name };
    }
    const asking = op === OP_FREE ? previous[index] : index;
    return {
      index,
      op: OPS[op],
      domain: DOMAIN_NAMES[domainOf(words[2 * index])],
      id: idOf(words[2 * index]),
      nbytes: op === OP_FREE ? words[2 * asking + 1] : value,
      type: this.labels.typeOfEvent?.[asking] ?? 0,
      line: this.labels.lineOfEvent?.[asking] ?? 0,
      name: null,
    };
  }

  /** What the moment at `position` is called, as in `replay --json`: by its mark, or "end"; "" for most. */
  nameAt(position: number): string {
    const mark = this.info.marks.find((one) => one.position === position);
    return mark?.name ?? (position === this.requests.length ? "end" : "");
  }
}

/** A heap image that is open. */
export interface ImageDocument {
  readonly info: TraceInfo;
  readonly source: HeapSource;
}

/** Throws a `RangeError` for a damaged heap image, a `TraceError` for what is neither that nor a trace. */
export async function openDocument(
  bytes: Uint8Array,
  name: string,
  onProgress: OnProgress,
): Promise<TraceDocument | ImageDocument> {
  if (isHeapImage(bytes)) return openImage(bytes, name);
  const { trace, format, notes } = await readTrace(inPieces(bytes), {
    name,
    onProgress: (taken) => onProgress({ doing: "reading", done: taken / Math.max(bytes.length, 1) }),
  });
  return new TraceDocument({ kind: "trace", name, format, notes }, trace, null);
}

export const openRun = (run: RecordedRun): TraceDocument =>
  new TraceDocument({ kind: "recording", name: run.name, format: "recording", notes: run.notes ?? [] }, run.trace, run);

function openImage(bytes: Uint8Array, name: string): ImageDocument {
  const source = imageSource(HeapImage.open(bytes), bytes.slice());
  const { types, lines } = NO_LABELS;
  const none = { events: 0, ops: 0, ids: 0, peakLiveBytes: 0, recordedBy: null, marks: [], notes: [] };
  return { info: { kind: "image", name, format: "image", types, lines, ...none }, source };
}

const PIECE_BYTES = 1 << 20;

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
