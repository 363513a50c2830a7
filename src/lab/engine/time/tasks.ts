/** Long work in a thread that must hear: it stops for a moment now and then, and asks whether it is still wanted. */

/** Resolves when the messages that have come by now were heard. */
export function nextTask(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel(); // setTimeout would wait for 4 ms
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Longest stretch of work without a pause, in ms: what a message waits at most. */
const STRETCH_MS = 20;

/** Thrown where work is superseded; ends at the engine's door. */
export class Superseded extends Error {
  override name = "Superseded";
}

/** The pauses of one piece of work. */
export class Pauses {
  #since = performance.now();

  constructor(private readonly isWanted: () => boolean) {}

  /** Lets messages in when it is time to; throws `Superseded` when the work is wanted no more. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < STRETCH_MS) return;
    await nextTask();
    if (!this.isWanted()) throw new Superseded("superseded");
    this.#since = performance.now();
  }
}

/** Which of the works of a kind came last. */
export class Tickets {
  #last = 0;

  /** A ticket: whether no later one was taken. */
  take(): () => boolean {
    this.#last++;
    return this.look();
  }

  /** The same without taking one: whether none is taken from here on. */
  look(): () => boolean {
    const number = this.#last;
    return () => number === this.#last;
  }
}
