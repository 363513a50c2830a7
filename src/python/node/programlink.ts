/**
 * What the main thread and the worker of a program share, so that a program that waits can be woken: Ctrl-C, and what comes from stdin.
 *
 * ╒═ words ════════════════════════════════════════════════════════════════════════════════════════════════════╕
 * │ +0 SIGNAL  its first byte is Pyodide's interrupt buffer: 2 once Ctrl-C was pressed, 0 once Python has heard │
 * │ +1 NEWS    goes up, which wakes the worker, when the main thread has written one of the others              │
 * │ +2 PHASE   of the program                                                                                   │
 * │ +3 GIVEN   bytes of stdin that are there, 0 at its end; AWAITED, FAILED                                     │
 * │ +4 the bytes                                                                                                │
 * └─────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
const [SIGNAL, NEWS, PHASE, GIVEN, WORDS] = [0, 1, 2, 3, 4];
const PIECE_BYTES = 65536;
const [AWAITED, FAILED] = [-1, -2];
const SIGINT = 2;

/** Before the program's first line; in the program; in it while it leaves SIGINT to the system; after its last line. */
export const [LOADING, RUNNING, HEEDLESS, OVER] = [0, 1, 2, 3];

export const sharedByLink = (): SharedArrayBuffer => new SharedArrayBuffer(4 * WORDS + PIECE_BYTES);

const notReady = (): boolean => false;

/** The worker's side. Its methods block the thread. */
export class WorkerSide {
  /** For Pyodide. */
  readonly interrupt: Uint8Array;
  readonly #words: Int32Array;
  readonly #piece: Uint8Array;
  readonly #askForStdin: () => void;
  #isAsked = false;
  #unread: Uint8Array = new Uint8Array(0);

  /** `askForStdin` lets the main thread call `giveStdin`. */
  constructor(shared: SharedArrayBuffer, askForStdin: () => void) {
    this.interrupt = new Uint8Array(shared, 0, 4);
    this.#words = new Int32Array(shared, 0, WORDS);
    this.#piece = new Uint8Array(shared, 4 * WORDS);
    this.#askForStdin = askForStdin;
  }

  set phase(phase: number) {
    if (Atomics.load(this.#words, PHASE) === OVER) return; // whatever is still to be called on the way out
    if (phase === OVER) this.#words[SIGNAL] = 0; // nobody will hear of it
    Atomics.store(this.#words, PHASE, phase);
  }

  /** Waits for `ms`, or until Ctrl-C that Python has not heard of. */
  pause(ms: number): void {
    this.#wait(notReady, ms);
  }

  /** As a system call: how many bytes are now in `buffer`, at least one unless stdin has ended; throws `EINTR`, and `EIO`. */
  readStdin(buffer: Uint8Array): number {
    if (this.#unread.length === 0) this.#unread = this.#nextPiece();
    const read = this.#unread.subarray(0, buffer.length);
    buffer.set(read);
    this.#unread = this.#unread.subarray(read.length);
    return read.length;
  }

  #nextPiece(): Uint8Array {
    if (!this.#isAsked) {
      Atomics.store(this.#words, GIVEN, AWAITED);
      this.#askForStdin();
      this.#isAsked = true; // also when Ctrl-C comes first
    }
    const isThere = (): boolean => Atomics.load(this.#words, GIVEN) !== AWAITED;
    this.#wait(isThere, Number.POSITIVE_INFINITY);
    if (!isThere()) throw systemError("EINTR");
    this.#isAsked = false;
    const given = this.#words[GIVEN];
    if (given === FAILED) throw systemError("EIO");
    return this.#piece.subarray(0, given);
  }

  #wait(isReady: () => boolean, ms: number): void {
    const end = performance.now() + ms;
    for (;;) {
      const news = Atomics.load(this.#words, NEWS);
      const left = end - performance.now();
      if (isReady() || left <= 0 || Atomics.load(this.#words, SIGNAL) !== 0) return;
      Atomics.wait(this.#words, NEWS, news, left);
    }
  }
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** The main thread's side. */
export class MainSide {
  readonly #words: Int32Array;
  readonly #piece: Uint8Array;
  #pieces: AsyncIterator<Uint8Array> | null = null;
  #unread: Uint8Array = new Uint8Array(0);

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared, 0, WORDS);
    this.#piece = new Uint8Array(shared, 4 * WORDS);
  }

  get phase(): number {
    return Atomics.load(this.#words, PHASE);
  }

  /** Tells Python of Ctrl-C; `false` where it has not heard of the one before. */
  interrupt(): boolean {
    if (Atomics.load(this.#words, SIGNAL) !== 0) return false;
    this.#tell(SIGNAL, SIGINT);
    return true;
  }

  /** Passes what comes next from `stdin` on. */
  async giveStdin(stdin: NodeJS.ReadStream): Promise<void> {
    this.#pieces ??= stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      if (this.#unread.length === 0) this.#unread = (await this.#pieces.next()).value ?? this.#unread;
    } catch {
      return this.#tell(GIVEN, FAILED);
    }
    const given = this.#unread.subarray(0, PIECE_BYTES);
    this.#unread = this.#unread.subarray(given.length);
    this.#piece.set(given);
    this.#tell(GIVEN, given.length);
  }

  #tell(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
    Atomics.add(this.#words, NEWS, 1);
    Atomics.notify(this.#words, NEWS);
  }
}
