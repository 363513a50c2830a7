/**
 * A script's output in a fixed number of bytes: its start, its end, and how much between them is left out. The worker writes to it
 * at any speed, and the page copies it when it is about to draw, so no queue can grow between them.
 *
 * ╒═ header ═══════════════════════════════════════════════════════════════╤═ head ═══════════╤═ tail ══════════════════════════╕
 * │ +0 LOCK  +4 STREAM  +8 CHANGES  │ +16 BYTES  +24 CHARACTERS  +32 LINES │ first HEAD_BYTES │ ring: byte n, counted after the │
 * │ three i32                       │ three f64, of all that was written   │                  │ head, is at n mod TAIL_BYTES    │
 * └────────────────────────────────────────────────────────────────────────┴──────────────────┴─────────────────────────────────┘
 *
 * The bytes are UTF-8. STDOUT and STDERR, two bytes that UTF-8 never has, say which stream the bytes after them are from. STREAM is the
 * last of them.
 */
const [LOCK, STREAM, CHANGES] = [0, 1, 2];
const [BYTES, CHARACTERS, LINES] = [2, 3, 4];
const HEADER_BYTES = 40;
export const HEAD_BYTES = 2 ** 15;
export const TAIL_BYTES = 2 ** 17;
export const OUTPUT_LOG_BYTES = HEADER_BYTES + HEAD_BYTES + TAIL_BYTES;

const [STDOUT, STDERR] = [0xfe, 0xff];
/** What stands for a byte of the script that would be one of these: not UTF-8 either. */
const NOT_UTF8 = 0xfd;
/** A change of stream is this many equal bytes, so that a script which changes at every line makes few pieces. */
const CHANGE_BYTES = 128;
const NEWLINE = 0x0a;

/** The cut falls between two lines if a line ends within this many bytes of it; otherwise between two characters. */
const CUT_BYTES = 2 ** 11;
/** How often the page tries to take the lock. If every try fails, the page keeps what it shows until its next look. */
const MOST_TRIES = 1000;
/** Milliseconds between two tries of the worker. */
const PAUSE_MS = 1;

export type Stream = "stdout" | "stderr";

/** Text that one stream wrote while the other wrote nothing. */
export interface Piece {
  readonly stream: Stream;
  readonly text: string;
}

export interface OutputText {
  readonly head: readonly Piece[];
  /** How much there was between head and tail: code points, and ends of lines among them. `null` if the head is all there is. */
  readonly leftOut: { readonly characters: number; readonly lines: number } | null;
  readonly tail: readonly Piece[];
}

export class OutputLog {
  readonly #all: Uint8Array;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;

  /** Over `OUTPUT_LOG_BYTES` of `buffer` from `offset` on, a multiple of 8. They are 0 before the first write. */
  constructor(buffer: ArrayBufferLike, offset = 0) {
    this.#all = new Uint8Array(buffer, offset, OUTPUT_LOG_BYTES);
    this.#words = new Int32Array(buffer, offset, HEADER_BYTES / 4);
    this.#numbers = new Float64Array(buffer, offset, HEADER_BYTES / 8);
    this.#head = this.#all.subarray(HEADER_BYTES, HEADER_BYTES + HEAD_BYTES);
    this.#tail = this.#all.subarray(HEADER_BYTES + HEAD_BYTES);
  }

  /** Another number after each write. */
  get changes(): number {
    return Atomics.load(this.#words, CHANGES);
  }

  /** Appends what the script has written. Waits while the page copies, which takes microseconds. */
  write(stream: Stream, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { characters, lines, changes } = countsOf(bytes);
    const text = changes === 0 ? bytes : bytes.map((byte) => Math.min(byte, NOT_UTF8));
    const code = stream === "stdout" ? STDOUT : STDERR;
    while (!this.#tryLock()) Atomics.wait(this.#words, LOCK, 1, PAUSE_MS);
    if (this.#words[STREAM] !== code) this.#append(new Uint8Array(CHANGE_BYTES).fill(code));
    this.#words[STREAM] = code;
    this.#append(text);
    this.#numbers[CHARACTERS] += characters + changes;
    this.#numbers[LINES] += lines;
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.store(this.#words, LOCK, 0);
  }

  /**
   * A copy of all this, to make an `OutputLog` of; `null` if the worker is writing, for the page cannot wait. `isOver`: the worker was
   * ended, perhaps while it wrote; the copy is made all the same.
   */
  copy(isOver = false): ArrayBuffer | null {
    let isLocked = this.#tryLock();
    for (let tries = 1; !isLocked && tries < MOST_TRIES; tries++) isLocked = this.#tryLock();
    if (!isLocked && !isOver) return null;
    const copy = this.#all.slice().buffer;
    Atomics.store(this.#words, LOCK, 0);
    new Int32Array(copy)[LOCK] = 0;
    return copy;
  }

  /** Returns the text. Nobody may write to the log meanwhile: use a copy. */
  text(): OutputText {
    const [bytes, characters, lines] = this.#numbers.subarray(BYTES);
    const inTail = Math.max(bytes - HEAD_BYTES, 0);
    if (inTail <= TAIL_BYTES) {
      const all = this.#all.subarray(HEADER_BYTES, HEADER_BYTES + bytes);
      return { head: piecesOf(all, 0, STDOUT), leftOut: null, tail: [] };
    }
    const head = this.#head.subarray(0, endOfHead(this.#head));
    const at = inTail % TAIL_BYTES;
    const tail = new Uint8Array(TAIL_BYTES);
    tail.set(this.#tail.subarray(at));
    tail.set(this.#tail.subarray(0, at), TAIL_BYTES - at);
    const start = startOfTail(tail);
    const kept = [countsOf(head), countsOf(tail.subarray(start))];
    return {
      head: piecesOf(head, 0, STDOUT),
      leftOut: {
        characters: characters - kept[0].characters - kept[1].characters,
        lines: lines - kept[0].lines - kept[1].lines,
      },
      tail: piecesOf(tail, start, this.#streamAt(tail, start)),
    };
  }

  #tryLock(): boolean {
    return Atomics.compareExchange(this.#words, LOCK, 0, 1) === 0;
  }

  #append(bytes: Uint8Array): void {
    const start = this.#numbers[BYTES];
    const end = start + bytes.length;
    const first = bytes.subarray(0, Math.max(HEAD_BYTES - start, 0));
    this.#head.set(first, Math.min(start, HEAD_BYTES));
    const rest = bytes.subarray(Math.max(first.length, bytes.length - TAIL_BYTES));
    const at = Math.max(end - rest.length - HEAD_BYTES, 0) % TAIL_BYTES;
    this.#tail.set(rest.subarray(0, TAIL_BYTES - at), at);
    this.#tail.set(rest.subarray(TAIL_BYTES - at), 0);
    this.#numbers[BYTES] = end;
  }

  /** Returns the stream of the byte at `at`. A change names the new stream, so the bytes before it are from the other. */
  #streamAt(tail: Uint8Array, at: number): number {
    const change = changeIn(tail, at);
    if (change === tail.length) return this.#words[STREAM];
    return tail[change] === STDOUT ? STDERR : STDOUT;
  }
}

/** Counts code points by their first bytes, newlines, and the bytes that change the stream. */
function countsOf(bytes: Uint8Array): { characters: number; lines: number; changes: number } {
  let [continuations, lines, changes] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isContinuation(byte)) continuations++;
    else if (byte === NEWLINE) lines++;
    else if (byte >= STDOUT) changes++;
  }
  return { characters: bytes.length - continuations - changes, lines, changes };
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Returns where the head is cut: after its last whole line, or before its last character. */
function endOfHead(head: Uint8Array): number {
  let end = head.lastIndexOf(NEWLINE) + 1;
  if (head.length - end <= CUT_BYTES) return end;
  end = head.length - 1;
  while (end > 0 && isContinuation(head[end])) end--;
  return end;
}

/** Returns where the tail begins: after its first newline, or at its first whole character. */
function startOfTail(tail: Uint8Array): number {
  let start = tail.indexOf(NEWLINE) + 1;
  if (start > 0 && start <= CUT_BYTES) return start;
  start = 0;
  while (start < tail.length && isContinuation(tail[start])) start++;
  return start;
}

/** Returns the index of the first byte from `from` on that is a change of stream, or the length if no byte is. */
function changeIn(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] < STDOUT) at++;
  return at;
}

/** Splits the text from `from` on into pieces. `stream` is the stream of the byte at `from`. */
function piecesOf(bytes: Uint8Array, from: number, stream: number): Piece[] {
  const pieces: Piece[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let now = stream;
  for (let start = from; start < bytes.length; ) {
    const end = changeIn(bytes, start);
    if (end > start) {
      const text = decoder.decode(bytes.subarray(start, end));
      pieces.push({ stream: now === STDOUT ? "stdout" : "stderr", text });
    }
    now = bytes[end];
    for (start = end; start < bytes.length && bytes[start] === now; ) start++;
  }
  return pieces;
}
