/** A trace from bytes, wherever they come from: compressed or not, text or binary, told by content. */
import { decodeTrace, isBinaryTrace } from "./formats/binary.js";
import type { TraceReader } from "./formats/foreignrecording.js";
import { HeaptrackReader, isHeaptrack } from "./formats/heaptrack.js";
import { isMemray, MemrayReader } from "./formats/memray.js";
import { isMtrace, MtraceReader } from "./formats/mtrace.js";
import { RepReader } from "./formats/rep.js";
import { type Trace, TraceError } from "./trace.js";

/** Bytes, at once or in pieces. */
export type ByteSource = AsyncIterable<Uint8Array> | Uint8Array;

/** Decompresses gzip. Where the data are no good it throws a `GzipError`; errors of the source go through as they are. */
export type Gunzip = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What is wrong with compressed data, in words that follow a file's name: `compressed data is cut off`. */
export class GzipError extends Error {
  override name = "GzipError";
}

export interface ReadOptions {
  /** The file, as messages are to call it. */
  name: string;
  /** Whether to pass over what is wrong, and count it, instead of throwing. */
  lenient?: boolean;
  /** Called after each piece of the source with the number of bytes taken so far, compressed ones where it is compressed. */
  onProgress?: (bytes: number) => void;
  /** By default the platform's `DecompressionStream`. */
  gunzip?: Gunzip;
}

export interface ReadTrace {
  readonly trace: Trace;
  /** What the bytes were, under any compression. */
  readonly format: TextFormat | "pytrace";
  /** Lines or events that were passed over; 0 when not lenient. */
  readonly skipped: number;
  /** The first few of them, as the errors that they would have been. */
  readonly messages: readonly string[];
  /** What a user of another tool's recording must know, a sentence each: what was read of it, what it cannot tell. Else none. */
  readonly notes: readonly string[];
}

type TextFormat = "rep" | "mtrace" | "heaptrack" | "memray";

/** A tool's form of text: how its files begin, and its reader. */
interface TextForm {
  readonly format: TextFormat;
  readonly begins: (head: string) => boolean;
  readonly Reader: new (name: string, options: { lenient: boolean }) => TraceReader;
}

const TEXT_FORMS: readonly TextForm[] = [
  { format: "mtrace", begins: isMtrace, Reader: MtraceReader },
  { format: "heaptrack", begins: isHeaptrack, Reader: HeaptrackReader },
  { format: "memray", begins: isMemray, Reader: MemrayReader },
];

/** As much of a first line as tells all forms. */
const HEAD_BYTES = 64;

const MEMRAY_CAPTURE = "a capture of memray, or LZ4; expected text, as memray parse prints it";

/** What tools write and this does not read: the first bytes, and what to do. */
const OTHER_FILES: readonly (readonly [magic: readonly number[], advice: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd, expected plain text or gzip: unpack it with zstd -d"],
  [[0x04, 0x22, 0x4d, 0x18], MEMRAY_CAPTURE], // LZ4, in which memray packs it
  [[0x6d, 0x65, 0x6d, 0x72, 0x61, 0x79], MEMRAY_CAPTURE],
];

const HTML_PAGE = /^\s*<(!doctype|html)\b/i;

/**
 * Reads a trace. Throws `TraceError`, one line, where the bytes are no trace or, unless lenient, a bad one. A lenient reader
 * takes text from compressed data up to where they are damaged. Errors of the source itself go through as they are.
 */
export async function readTrace(source: ByteSource, options: ReadOptions): Promise<ReadTrace> {
  const counted = countBytes(source instanceof Uint8Array ? [source] : source, options.onProgress);
  const { head, all } = await peek(counted, 2, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return readPlain(all, options);
  const gzip = new GuardedGzip((options.gunzip ?? gunzip)(all), options);
  const read = await readPlain(gzip.chunks(), options);
  if (gzip.message === null) return read;
  return { ...read, skipped: read.skipped + 1, messages: [...read.messages, gzip.message] };
}

/** @internal The pieces that a `ReadableStream` gives: not every browser can iterate over one. */
async function* streamChunks<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk, void, undefined> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {}); // of interest to nobody: the reading is over
  }
}

async function readPlain(source: AsyncIterable<Uint8Array>, options: ReadOptions): Promise<ReadTrace> {
  const { name, lenient = false } = options;
  const { head, all } = await peek(source, 8, HEAD_BYTES);
  if (isBinaryTrace(head))
    return { format: "pytrace", ...decodeTrace(await collect(all), name, { lenient }), notes: [] };
  for (const [magic, advice] of OTHER_FILES) {
    if (magic.every((byte, index) => head[index] === byte)) throw new TraceError(`${name}: ${advice}`);
  }
  const { format, reader } = readerOf(head, name, lenient);
  for await (const chunk of all) reader.push(chunk);
  const trace = reader.finish();
  return { trace, format, skipped: reader.skipped, messages: reader.messages, notes: reader.notes };
}

function readerOf(head: Uint8Array, name: string, lenient: boolean): { format: TextFormat; reader: TraceReader } {
  const text = new TextDecoder().decode(head.subarray(0, HEAD_BYTES));
  if (HTML_PAGE.test(text))
    throw new TraceError(`${name}: an HTML page, as reports of this tool are; expected a trace`);
  const form = TEXT_FORMS.find(({ begins }) => begins(text));
  if (form === undefined) return { format: "rep", reader: new RepReader(name, { lenient }) };
  return { format: form.format, reader: new form.Reader(name, { lenient }) };
}

/** Decompressed pieces; damage becomes a `TraceError` or, for a lenient reader, an early end with a message. */
class GuardedGzip {
  /** What ended the data early. */
  message: string | null = null;

  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly options: ReadOptions,
  ) {}

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.source;
    } catch (error) {
      if (!(error instanceof GzipError)) throw error;
      this.message = `${this.options.name}: ${error.message}`;
      if (!this.options.lenient) throw new TraceError(this.message);
    }
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let failure: { error: unknown } | null = null; // of the source, not of the decompression
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  try {
    yield* streamChunks(compressed.pipeThrough(new DecompressionStream("gzip")));
  } catch {
    const cause = failure as { error: unknown } | null;
    throw cause === null ? new GzipError("compressed data is damaged or cut off") : cause.error;
  }
}

async function* countBytes(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of source) {
    yield chunk;
    bytes += chunk.length;
    onProgress?.(bytes);
  }
}

/**
 * The first bytes, `least` or more and as far as a line end or `most`, fewer only where there are no more; and the source as if
 * nothing had been taken.
 */
async function peek(
  source: AsyncIterable<Uint8Array>,
  least: number,
  most: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let hasLine = false;
  for (let length = 0; length < least || (length < most && !hasLine); ) {
    const next = await iterator.next();
    if (next.done) break;
    taken.push(next.value);
    length += next.value.length;
    hasLine ||= next.value.includes(10);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* taken;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: join(taken), all: all() };
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return join(chunks);
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
