/**
 * What the recorder in native/ leaves, made a trace. Its events are already as a trace has them (docs/trace-format.md), in place; what
 * is in memory that the recorder shared is appended, and the sections behind them. native/log.h has the drawing.
 */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeFileSync, writeSync } from "node:fs";
import { DOMAIN_RAW, domainOf, idOf, OP_CALLOC, OP_MARK, opOf } from "../trace/event.js";
import { encodeTrace } from "../trace/formats/binary.js";
import { markName } from "../trace/markname.js";

// As in native/log.h.
const CONTROL_BYTES = 4096;
const EVENTS = 16384;
const NOTES = 16384;
const NOTES_AT = CONTROL_BYTES + 8 * EVENTS;
const SIDE_BYTES = NOTES_AT + 4 * NOTES;
const EVENTS_AT = 32;
const FORMAT = 1;
const NOTE_CALLOC = 1;
const NOTE_BASE = 2;
const NOTE_MARK = 3;

const CHUNK_BYTES = 2 ** 22;

/** Why the recorder stopped before the program did. */
export type Stopped = "write" | "memory" | "ids" | "events" | "replaced";

const STOPPED: readonly (Stopped | null)[] = [null, "write", "memory", "ids", "events", "replaced"];

/** What the recorder counted. */
export interface NativeCounts {
  /** Requests and frees of all domains, and marks. */
  readonly events: number;
  /** Those of the domains MEM and OBJ. */
  readonly ops: number;
  /** One more than the highest id: the most blocks that were live at one time. */
  readonly ids: number;
  readonly marks: number;
  /** Requests that were answered with NULL. They are not in the trace. */
  readonly failed: number;
  /** Frees and reallocs of blocks that were allocated before recording began or around it. They are not in the trace. */
  readonly unknown: number;
  /** Blocks that were freed around the recorder; their frees stand where their addresses were used again. */
  readonly unseen: number;
  /** Frees and reallocs through another domain than the allocation's. They are in the trace, in the allocation's. */
  readonly crossed: number;
  /** Requests of 4 GiB and more. They are not in the trace. */
  readonly oversized: number;
}

interface Control extends NativeCounts {
  readonly isStarted: boolean;
  /** Whether the process ended in its own way. If not, `ops` and `ids` may be ahead of the events. */
  readonly isFinished: boolean;
  readonly stopped: Stopped | null;
  readonly errorNumber: number;
  readonly noteWords: number;
}

/** Makes the two files for the recorder to fill. */
export function prepareFiles(eventsPath: string, sidePath: string): void {
  writeFileSync(eventsPath, emptyTrace().subarray(0, EVENTS_AT));
  const side = Buffer.alloc(SIDE_BYTES);
  side.writeUInt32LE(FORMAT);
  writeFileSync(sidePath, side);
}

const emptyTrace = (): Uint8Array =>
  encodeTrace({
    words: new Uint32Array(0),
    callocs: new Uint32Array(0),
    bases: new Uint32Array(0),
    marks: [],
    idCount: 0,
    opCount: 0,
    peakLiveBytes: 0,
    recordedBy: null,
  });

/** The side file. Only its notes grow: with callocs, arenas and marks. */
export class Side {
  readonly control: Control;
  readonly #path: string;
  /** Control and rings. */
  readonly #bytes = Buffer.alloc(SIDE_BYTES);

  constructor(path: string) {
    this.#path = path;
    readInto(this.#bytes, path, 0);
    const u32 = (at: number): number => this.#bytes.readUInt32LE(at);
    const u64 = (at: number): number => Number(this.#bytes.readBigUInt64LE(at));
    this.control = {
      isStarted: u32(4) === 1,
      isFinished: u32(8) === 1,
      stopped: STOPPED[u32(12)],
      errorNumber: u32(16),
      ids: u32(20),
      events: u64(24),
      noteWords: u64(32),
      ops: u64(40),
      marks: u64(48),
      failed: u64(56),
      unknown: u64(64),
      unseen: u64(72),
      crossed: u64(80),
      oversized: u64(88),
    };
  }

  /** The ring's events from index `from` on, in order; no more of them than the ring has. */
  eventsFrom(from: number): Buffer {
    const { events } = this.control;
    const bytes = Buffer.alloc(8 * (events - from));
    for (let index = from; index < events; ) {
      const slot = index % EVENTS;
      const count = Math.min(events - index, EVENTS - slot);
      const at = CONTROL_BYTES + 8 * slot;
      this.#bytes.copy(bytes, 8 * (index - from), at, at + 8 * count);
      index += count;
    }
    return bytes;
  }

  /** What the notes say; a last one that is not whole is none. Callocs can be many: they stay where they are, moved together. */
  notes(): { callocs: Uint32Array; bases: Uint32Array; marks: string[] } {
    const words = this.#noteWords();
    const bases: number[] = [];
    const marks: string[] = [];
    let used = 0;
    for (let at = 0; at + 2 <= words.length; ) {
      const kind = words[at];
      const first = words[at + 1];
      const end = at + (kind === NOTE_MARK ? 2 + Math.ceil(first / 4) : 3);
      if (end > words.length) break;
      if (kind === NOTE_CALLOC) {
        words[used++] = first;
        words[used++] = words[at + 2];
      } else if (kind === NOTE_BASE) {
        bases.push(first, words[at + 2]);
      } else {
        marks.push(markName(Buffer.from(words.buffer, 4 * (at + 2), first).toString("utf8")));
      }
      at = end;
    }
    return { callocs: words.subarray(0, used), bases: Uint32Array.from(bases), marks };
  }

  /** What was written to the end of the file, and the rest from the ring. */
  #noteWords(): Uint32Array {
    const { noteWords } = this.control;
    const inFile = Math.floor((statSync(this.#path).size - SIDE_BYTES) / 4);
    const written = Math.min(inFile - (inFile % NOTES), noteWords);
    const rest = Math.min(noteWords - written, NOTES);
    const words = new Uint32Array(written + rest);
    readInto(Buffer.from(words.buffer, 0, 4 * written), this.#path, SIDE_BYTES);
    Buffer.from(words.buffer, 4 * written).set(this.#bytes.subarray(NOTES_AT, NOTES_AT + 4 * rest));
    return words;
  }
}

/** Fills `buffer` from byte `at` of a file that has so much. */
function readInto(buffer: Buffer, path: string, at: number): void {
  const fd = openSync(path, "r");
  try {
    for (let done = 0; done < buffer.length; ) {
      const count = readSync(fd, buffer, done, buffer.length - done, at + done);
      if (count === 0) break;
      done += count;
    }
  } finally {
    closeSync(fd);
  }
}

/** As a trace takes it: one line, no blanks around it. */

/** Makes the events in the file `eventsPath` a whole trace, in place. Returns what is in it. */
export function finishTrace(eventsPath: string, side: Side, recordedBy: string): NativeCounts {
  const fd = openSync(eventsPath, "r+");
  try {
    const { isFinished, events } = side.control;
    const written = Math.min(writtenEvents(fd), events);
    writeAll(fd, side.eventsFrom(written), EVENTS_AT + 8 * written);

    const { callocs, bases, marks } = side.notes();
    const found = isFinished ? null : countEvents(fd, events);
    const { failed, unknown, unseen, crossed, oversized } = side.control;
    const { ops, ids, marks: markCount } = found ?? side.control;
    const sections = encodeTrace({
      words: new Uint32Array(0),
      callocs: found === null ? callocs : callocs.subarray(0, 2 * found.callocs),
      bases,
      marks: marks.slice(0, markCount),
      idCount: ids,
      opCount: ops,
      peakLiveBytes: 0,
      recordedBy,
    }).subarray(EVENTS_AT);

    const end = EVENTS_AT + 8 * events;
    writeAll(fd, sections, end);
    ftruncateSync(fd, end + sections.length);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(8 * events));
    writeAll(fd, length, EVENTS_AT - 8);
    return { events, ops, ids, marks: markCount, failed, unknown, unseen, crossed, oversized };
  } finally {
    closeSync(fd);
  }
}

/** How many whole rings of events are in the file. */
function writtenEvents(fd: number): number {
  return Math.floor((fstatSync(fd).size - EVENTS_AT) / 8 / EVENTS) * EVENTS;
}

/** Counts anew what a process that was cut off may have counted too far. */
function countEvents(fd: number, events: number) {
  let [ops, ids, marks, callocs] = [0, 0, 0, 0];
  for (const chunk of chunks(fd, EVENTS_AT, EVENTS_AT + 8 * events)) {
    const words = new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length / 4);
    for (let at = 0; at < words.length; at += 2) {
      const head = words[at];
      const op = opOf(head);
      if (op === OP_MARK) {
        marks++;
        continue;
      }
      if (op === OP_CALLOC) callocs++;
      if (domainOf(head) !== DOMAIN_RAW) ops++;
      if (idOf(head) >= ids) ids = idOf(head) + 1;
    }
  }
  return { ops, ids, marks, callocs };
}

/** The file from byte `from` to byte `to`, a piece at a time. A piece is overwritten by the next. */
function* chunks(fd: number, from: number, to: number): Generator<Buffer, void, undefined> {
  const buffer = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
  for (let at = from; at < to; ) {
    const count = readSync(fd, buffer, 0, Math.min(CHUNK_BYTES, to - at), at);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    at += count;
  }
}

function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
