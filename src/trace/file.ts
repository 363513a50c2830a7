/** Traces in files, for Node. */
import { on } from "node:events";
import { createReadStream, createWriteStream, fstatSync } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { unreadable, unwritable } from "../text/fileerrors.js";
import { encodeTrace } from "./formats/binary.js";
import { writeRep } from "./formats/rep.js";
import { GzipError, type ReadOptions, type ReadTrace, readTrace } from "./read.js";
import { type Trace, TraceError } from "./trace.js";

/** Bytes of a piece: reading, decompression and parsing go on side by side, a piece each. */
const PIECE_BYTES = 2 ** 19;

/**
 * Reads the trace in the file `path`, or from standard input where that is `-`. Throws `TraceError`, one line, also where there
 * is no such file or it cannot be read.
 */
export function readTraceFile(
  path: string,
  options: Pick<ReadOptions, "lenient" | "onProgress"> = {},
): Promise<ReadTrace> {
  const name = path === "-" ? "stdin" : path;
  return readTrace(fileChunks(path, name), { ...options, name, gunzip });
}

/** A form that traces are written in. */
type WrittenFormat = "rep" | "pytrace";

/** A form, compressed or not. */
export interface TraceForm {
  readonly format: WrittenFormat;
  readonly gzip: boolean;
}

/** What the end of a file's name says of its content; `null` where it says nothing. */
export function traceFormOf(path: string): TraceForm | null {
  const [, format, gz] = /\.(rep|pytrace)(\.gz)?$/.exec(path) ?? [];
  return format === undefined ? null : { format: format as WrittenFormat, gzip: gz !== undefined };
}

/**
 * Writes `trace` to the file `path`, in the form that its name ends in: `.rep`, `.rep.gz`, `.pytrace` or `.pytrace.gz`; or, where
 * `path` is `-`, as `.rep` text to standard output, until its reader closes it. Throws `RangeError` for another name, and
 * `TraceError` where the file cannot be written.
 */
export async function writeTraceFile(path: string, trace: Trace): Promise<void> {
  const form: TraceForm | null = path === "-" ? { format: "rep", gzip: false } : traceFormOf(path);
  if (form === null)
    throw new RangeError(`${path}: expected a name that ends in .rep or .pytrace, or one of them and .gz`);
  try {
    if (path === "-" && fstatSync(1).isFile())
      await pipeTrace(trace, form, createWriteStream("", { fd: 1 })); // all or an error
    else if (path === "-") await pipeline(piecesOf(trace, form), process.stdout, { end: false });
    else await pipeTrace(trace, form, createWriteStream(path));
  } catch (error) {
    if (error instanceof RangeError) throw error; // of the machine, not the file
    if (path === "-" && codeOf(error) === "EPIPE") return;
    throw new TraceError(unwritable(path, error));
  }
}

/** Writes `trace` to `stream` and ends it. Throws the stream's error. */
export async function pipeTrace(trace: Trace, form: TraceForm, stream: Writable): Promise<void> {
  if (form.gzip) await pipeline(piecesOf(trace, form), createGzip(), stream);
  else await pipeline(piecesOf(trace, form), stream);
}

const piecesOf = (trace: Trace, { format }: TraceForm): Readable =>
  Readable.from(format === "rep" ? writeRep(trace) : [encodeTrace(trace)]);

async function* fileChunks(path: string, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* path === "-" ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES });
  } catch (error) {
    throw new TraceError(unreadable(name, error, "a trace file"));
  }
}

/** By events, not by the stream's own iterator: that one drops what it holds when the data turn out to be damaged. */
async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = createGunzip({ chunkSize: PIECE_BYTES });
  let failure: { error: unknown } | null = null; // of the source, not of the decompression
  async function* compressed(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* source;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const data = on(stream, "data", { close: ["end"], highWaterMark: 4, lowWaterMark: 2 });
  const feeding = pipeline(compressed(), stream).catch(() => {}); // `data` throws the same
  try {
    for await (const [chunk] of data) yield chunk;
  } catch (error) {
    const cause = failure as { error: unknown } | null;
    if (cause !== null) throw cause.error;
    throw new GzipError(`compressed data is ${codeOf(error) === "Z_BUF_ERROR" ? "cut off" : "damaged"}`);
  } finally {
    stream.destroy();
    await feeding;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
