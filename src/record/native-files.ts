/**
 * The files that the recorder in native/ fills, and what is in its shared memory. native/log.h has the drawing.
 *
 * This process holds them open from before the program starts, which may remove them or give their names to other files.
 */
import { closeSync, fstatSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeTrace } from "../trace/formats/binary.js";
import { markName } from "../trace/markname.js";

// As in native/log.h.
const CONTROL_BYTES = 4096;
const EVENTS = 16384;
const NOTES = 16384;
const NOTES_AT = CONTROL_BYTES + 8 * EVENTS;
const SIDE_BYTES = NOTES_AT + 4 * NOTES;
const FORMAT = 2;
const NOTE_CALLOC = 1;
const NOTE_BASE = 2;
const NOTE_MARK = 3;

/** Byte of a trace at which its first event is. */
export const EVENTS_AT = 32;

/** A folder whose files are in memory: no full disk can take a page from the recorder there. */
const MEMORY_FOLDER = "/dev/shm";

/** A file that is held open. */
export class OpenFile {
  #isKept = false;

  private constructor(
    readonly path: string,
    readonly fd: number,
  ) {}

  /** Makes the file `NAME.PID.SUFFIX`; another number follows PID if that name is taken. Touches no file that is there. */
  static make(name: string, suffix: string, content: Uint8Array, mode = 0o600): OpenFile {
    const file = OpenFile.#makeEmpty(`${name}.${process.pid}`, suffix, mode);
    try {
      writeAll(file.fd, content, 0);
      return file;
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  static #makeEmpty(name: string, suffix: string, mode: number): OpenFile {
    for (let number = 0; ; number++) {
      const path = `${name}${number === 0 ? "" : `.${number}`}.${suffix}`;
      try {
        return new OpenFile(path, openSync(path, "wx+", mode));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  /** Whether its path still leads to it. */
  get isThere(): boolean {
    try {
      const [named, own] = [statSync(this.path, { bigint: true }), fstatSync(this.fd, { bigint: true })];
      return named.dev === own.dev && named.ino === own.ino;
    } catch {
      return false;
    }
  }

  /** Makes it outlive `remove()`. Returns its path. */
  keep(): string {
    this.#isKept = true;
    return this.path;
  }

  /** Closes the file, and removes it if it is not kept. */
  remove(): void {
    if (!this.#isKept && this.isThere) rmSync(this.path, { force: true });
    closeSync(this.fd);
  }
}

export interface RawFiles {
  /** The trace, up to the end of its section EVNT. */
  readonly events: OpenFile;
  readonly notes: OpenFile;
  /** Shared memory. */
  readonly side: OpenFile;
}

/** Makes the files for the recorder to fill: events and notes beside `output`. */
export function makeRawFiles(output: string): RawFiles {
  const made: OpenFile[] = [];
  try {
    made.push(OpenFile.make(output, "pytrace", emptyTrace().subarray(0, EVENTS_AT), 0o666));
    made.push(OpenFile.make(output, "notes", new Uint8Array(0)));
    made.push(makeSide(output));
  } catch (error) {
    for (const file of made) file.remove();
    throw error;
  }
  const [events, notes, side] = made;
  return { events, notes, side };
}

function makeSide(output: string): OpenFile {
  const control = Buffer.alloc(SIDE_BYTES);
  control.writeUInt32LE(FORMAT);
  try {
    return OpenFile.make(join(MEMORY_FOLDER, "pymalloc"), "side", control);
  } catch {
    return OpenFile.make(output, "side", control); // no such folder, or no room in it
  }
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
  /** The system's number of the error that stopped it. */
  readonly errorNumber: number;
  readonly noteWords: number;
  /** Events that were written to their file. */
  readonly written: number;
  /** The system's number of the error that ended the file of statistics, or 0. */
  readonly statsError: number;
}

/** The notes of a recording, in order. */
export interface Notes {
  readonly callocs: Uint32Array;
  readonly bases: Uint32Array;
  readonly marks: readonly string[];
  /** Whether none are missing at the end. */
  readonly isWhole: boolean;
}

/** A copy of the shared memory. */
export class Side {
  readonly control: Control;
  /** Control and rings. */
  readonly #bytes = Buffer.alloc(SIDE_BYTES);

  constructor({ fd }: OpenFile) {
    readInto(this.#bytes, fd, 0);
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
      written: u64(96),
      statsError: u32(104),
    };
  }

  /** The ring's events from index `from` to the last, in order; empty if the ring has not so many. */
  eventsFrom(from: number): Buffer {
    const { events } = this.control;
    if (events - from > EVENTS) return Buffer.alloc(0);
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

  /** The notes of the file and the ring; a last one that is not whole is none. Callocs can be many: they move within their words. */
  readNotes({ fd }: OpenFile): Notes {
    const { words, isWhole } = this.#noteWords(fd);
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
    return { callocs: words.subarray(0, used), bases: Uint32Array.from(bases), marks, isWhole };
  }

  /** Whole rings from the file, and the rest from memory. */
  #noteWords(fd: number): { words: Uint32Array; isWhole: boolean } {
    const { noteWords } = this.control;
    const inFile = Math.floor(fstatSync(fd).size / 4);
    const written = Math.min(inFile - (inFile % NOTES), noteWords);
    const isWhole = noteWords - written <= NOTES;
    const rest = isWhole ? noteWords - written : 0;
    const words = new Uint32Array(written + rest);
    readInto(Buffer.from(words.buffer, 0, 4 * written), fd, 0);
    Buffer.from(words.buffer, 4 * written).set(this.#bytes.subarray(NOTES_AT, NOTES_AT + 4 * rest));
    return { words, isWhole };
  }
}

/** Fills `buffer` from byte `at` of a file that has so much. */
export function readInto(buffer: Buffer, fd: number, at: number): void {
  for (let done = 0; done < buffer.length; ) {
    const count = readSync(fd, buffer, done, buffer.length - done, at + done);
    if (count === 0) break;
    done += count;
  }
}

/** Writes at byte `at`, also more than the system takes at once. */
export function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
