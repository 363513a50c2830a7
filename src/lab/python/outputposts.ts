/** Sends the output to a page that shares no memory: copies of it, so many in some time at most, for no answer can come. */
import type { Say } from "../protocol/python.js";
import type { OutputLog } from "./outputlog.js";

const WINDOW_MS = 100;
const POSTS_IN_WINDOW = 10;

export class OutputPosts {
  readonly #log: OutputLog;
  readonly #say: Say;
  #posted = 0;
  #windowEnd = 0;
  #left = 0;

  constructor(log: OutputLog, say: Say) {
    this.#log = log;
    this.#say = say;
  }

  /** To be called whenever something may be new. */
  tick(): void {
    if (this.#log.changes === this.#posted) return;
    const now = performance.now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#left = POSTS_IN_WINDOW;
    }
    if (this.#left > 0) this.post();
  }

  post(): void {
    const log = this.#log.copy();
    if (log === null) return;
    this.#left--;
    this.#posted = this.#log.changes;
    this.#say({ kind: "output", log }, [log]);
  }
}
