/**
 * What the recorder in native/ leaves, made a trace. Its events are already as a trace has them (docs/trace-format.md), in place; the
 * last ones, which are in memory, are appended, and the sections behind them.
 */
import { fstatSync, ftruncateSync } from "node:fs";
import { DOMAIN_RAW, domainOf, idOf, OP_CALLOC, OP_MARK, opOf } from "../trace/event.js";
import { encodeTrace } from "../trace/formats/binary.js";
import { cutOffOf } from "./native-cutoff.js";
import {
  EVENTS_AT,
  type NativeCounts,
  type Notes,
  type OpenFile,
  type RawFiles,
  readInto,
  type Side,
  writeAll,
} from "./native-files.js";

const EVENT_BYTES = 8;
/** Of a calloc in section CALC, and of a base in BASE. */
const NOTED_BYTES = 8;
const CHUNK_BYTES = 2 ** 22;

/** The most that a trace has beside its events, factors, bases and names of marks: heads of sections, padding, META. */
const FRAME_BYTES = 256;

/** A trace's first events, and the counts that belong to them. */
interface Prefix {
  readonly events: number;
  readonly ops: number;
  readonly ids: number;
  readonly callocs: number;
  readonly marks: number;
}

export interface FinishedTrace extends NativeCounts {
  /** Why it ends before the program did; `null` where it does not. */
  readonly cutOff: string | null;
}

/** What was recorded: events in a file, and the rest in memory. */
export class Recording {
  readonly #notes: Notes;
  /** How many events the file of events has. */
  #inFile: number;

  /** Takes the notes into memory, and gives up their room on the disk: the trace may need it. */
  constructor(
    private readonly files: RawFiles,
    private readonly side: Side,
    private readonly recordedBy: string,
  ) {
    this.#notes = side.readNotes(files.notes);
    ftruncateSync(files.notes.fd, 0);
    const { fd } = files.events;
    this.#inFile = Math.min(side.control.written, eventsWithin(fstatSync(fd).size));
    ftruncateSync(fd, byteOf(this.#inFile));
  }

  /**
   * Makes `file` a whole trace: the file of events, or an empty one if that has failed. If the disk has no room for all of it, the file
   * becomes the longest trace for which it has the room already. Throws the system's error if it cannot be written at all.
   */
  finish(file: OpenFile): FinishedTrace {
    const { events: source } = this.files;
    const rest = this.side.eventsFrom(this.#inFile);
    const available = this.#inFile + rest.length / EVENT_BYTES;
    let prefix: Prefix;
    let shortenedBy: NodeJS.ErrnoException | null = null;
    try {
      if (file !== source) for (const [bytes, at] of chunks(source, this.#inFile)) writeAll(file.fd, bytes, at);
      writeAll(file.fd, rest, byteOf(this.#inFile));
      prefix = this.#all(file, available);
      this.#writeAround(file, prefix);
    } catch (error) {
      shortenedBy = error as NodeJS.ErrnoException;
      if (shortenedBy.errno === undefined) throw error;
      const room = fstatSync(file.fd).size;
      prefix = this.#longest(file, Math.min(available, eventsWithin(room)), room);
      this.#writeAround(file, prefix);
    }
    const { events, ops, ids, marks } = prefix;
    const { failed, unknown, unseen, crossed, oversized } = this.side.control;
    const cutOff = cutOffOf(this.side, events, shortenedBy);
    return { events, ops, ids, marks, failed, unknown, unseen, crossed, oversized, cutOff };
  }

  /** The first `available` events, of which the process itself may have kept count. */
  #all(file: OpenFile, available: number): Prefix {
    const { isFinished, events, ops, ids, marks } = this.side.control;
    const isCounted = isFinished && events === available && this.#notes.isWhole;
    return isCounted
      ? { events, ops, ids, marks, callocs: this.#notes.callocs.length / 2 }
      : this.#longest(file, available, Number.POSITIVE_INFINITY);
  }

  /** As many of the first `available` events as have their notes, and make a trace of no more than `room` bytes. */
  #longest(file: OpenFile, available: number, room: number): Prefix {
    const { callocs: factors, bases, marks: names } = this.#notes;
    let [events, ops, ids, callocs, marks, base] = [0, 0, 0, 0, 0, 0];
    let bytes = EVENTS_AT + FRAME_BYTES;
    scan: for (const [chunk] of chunks(file, available)) {
      const words = new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length / 4);
      for (let at = 0; at < words.length; at += 2) {
        const head = words[at];
        const op = opOf(head);
        bytes += EVENT_BYTES;
        for (; bases[base] <= events; base += 2) bytes += NOTED_BYTES;
        if (op === OP_CALLOC) {
          if (2 * callocs === factors.length) break scan;
          bytes += NOTED_BYTES;
        } else if (op === OP_MARK) {
          if (marks === names.length) break scan;
          bytes += Buffer.byteLength(JSON.stringify(names[marks])) + 1;
        }
        if (bytes > room) break scan;
        events++;
        if (op === OP_CALLOC) callocs++;
        if (op === OP_MARK) {
          marks++;
          continue;
        }
        if (domainOf(head) !== DOMAIN_RAW) ops++;
        if (idOf(head) >= ids) ids = idOf(head) + 1;
      }
    }
    return { events, ops, ids, callocs, marks };
  }

  /** Writes all but the events; over those which are behind the prefix. */
  #writeAround(file: OpenFile, { events, ops, ids, callocs, marks }: Prefix): void {
    const { bases } = this.#notes;
    let end = bases.length;
    while (bases[end - 2] > events) end -= 2;
    const frame = encodeTrace({
      words: new Uint32Array(0),
      callocs: this.#notes.callocs.subarray(0, 2 * callocs),
      bases: bases.subarray(0, end),
      marks: this.#notes.marks.slice(0, marks),
      idCount: ids,
      opCount: ops,
      peakLiveBytes: 0,
      recordedBy: this.recordedBy,
    });
    this.#inFile = Math.min(this.#inFile, events);
    new DataView(frame.buffer).setBigUint64(EVENTS_AT - 8, BigInt(EVENT_BYTES * events), true);
    writeAll(file.fd, frame.subarray(EVENTS_AT), byteOf(events));
    ftruncateSync(file.fd, byteOf(events) + frame.length - EVENTS_AT);
    writeAll(file.fd, frame.subarray(0, EVENTS_AT), 0);
  }
}

/** The file's first `events` events and the byte at which they are, in pieces. Each piece is overwritten by the next. */
function* chunks({ fd }: OpenFile, events: number): Generator<[bytes: Buffer, at: number], void, undefined> {
  const buffer = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
  for (let at = EVENTS_AT; at < byteOf(events); at += CHUNK_BYTES) {
    const bytes = buffer.subarray(0, Math.min(CHUNK_BYTES, byteOf(events) - at));
    readInto(bytes, fd, at);
    yield [bytes, at];
  }
}

/** The byte of a trace at which event `index` is. */
const byteOf = (index: number): number => EVENTS_AT + EVENT_BYTES * index;

/** How many events a file of so many bytes has at most. */
const eventsWithin = (bytes: number): number => Math.max(0, Math.floor((bytes - EVENTS_AT) / EVENT_BYTES));
