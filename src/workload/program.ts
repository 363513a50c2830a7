/** A program as it is made up: requests and frees with random numbers at hand, an id freed last used first. */

import { TraceBuilder } from "../trace/builder.js";
import { DOMAIN_OBJ } from "../trace/event.js";
import type { Trace } from "../trace/trace.js";
import type { Distribution } from "./distribution.js";
import type { Random } from "./random.js";

export class Program {
  readonly #builder = new TraceBuilder();
  readonly #unused: number[] = [];
  #idCount = 0;

  constructor(readonly random: Random) {}

  /** Events so far, marks included. */
  get eventCount(): number {
    return this.#builder.eventCount;
  }

  get liveBytes(): number {
    return this.#builder.liveBytes;
  }

  malloc(nbytes: number): number {
    const id = this.#unused.pop() ?? this.#idCount++;
    this.#builder.malloc(DOMAIN_OBJ, id, nbytes);
    return id;
  }

  free(id: number): void {
    this.#builder.free(DOMAIN_OBJ, id);
    this.#unused.push(id);
  }

  mark(name: string): void {
    this.#builder.mark(name);
  }

  /** Removes and returns a random item; the last one fills the gap. */
  take(ids: number[]): number {
    const i = this.random.below(ids.length);
    const id = ids[i];
    ids[i] = ids[ids.length - 1];
    ids.pop();
    return id;
  }

  /** `count` times: frees a random block of `ids` and asks for another. */
  replaceAtRandom(ids: number[], sizes: Pick<Distribution, "draw">, count: number): void {
    for (let i = 0; i < count; i++) {
      this.free(this.take(ids));
      ids.push(this.malloc(sizes.draw(this.random)));
    }
  }

  /** Frees random blocks of `ids` until `kept` are left. */
  freeAtRandom(ids: number[], kept = 0): void {
    while (ids.length > kept) this.free(this.take(ids));
  }

  trace(): Trace {
    return this.#builder.finish();
  }
}
