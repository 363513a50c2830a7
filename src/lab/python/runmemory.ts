/**
 * The memory that the page shares with the worker that runs Python, which answers no messages while it does.
 *
 * ╒═ words ═══════════════════════════════════════════════════════════════════════════════════════════════╕
 * │ +0 SIGNAL  its first byte is Pyodide's interrupt buffer: 2 once Stop was pressed, 0 once Python has seen │
 * │ +4 TAKEN   how many snapshots the page has taken                                                         │
 * │ +8 the script's output, an `OutputLog`                                                                   │
 * └─────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
import { OUTPUT_LOG_BYTES, OutputLog } from "./outputlog.js";

const [SIGNAL, TAKEN, WORDS] = [0, 1, 2];
const SIGINT = 2;

export const RUN_MEMORY_BYTES = 4 * WORDS + OUTPUT_LOG_BYTES;

export class RunMemory {
  /** Pyodide's. */
  readonly interruptBuffer: Uint8Array;
  readonly output: OutputLog;
  readonly #words: Int32Array;

  /** Over `RUN_MEMORY_BYTES`, which are 0 at first. */
  constructor(readonly buffer: ArrayBufferLike) {
    this.interruptBuffer = new Uint8Array(buffer, 0, 4);
    this.output = new OutputLog(buffer, 4 * WORDS);
    this.#words = new Int32Array(buffer, 0, WORDS);
  }

  /** Raises KeyboardInterrupt in the script. */
  interrupt(): void {
    Atomics.store(this.#words, SIGNAL, SIGINT);
    Atomics.notify(this.#words, SIGNAL);
  }

  /** Waits for `ms`, or until an interrupt that Python has not seen. For the worker; the memory must be shared. */
  pause(ms: number): void {
    Atomics.wait(this.#words, SIGNAL, 0, ms);
  }

  get snapshotsTaken(): number {
    return Atomics.load(this.#words, TAKEN);
  }

  snapshotTaken(): void {
    Atomics.add(this.#words, TAKEN, 1);
  }
}
