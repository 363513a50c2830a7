/** A program that writes all of every block it is given, and knows what must still be there. */
import type { Event } from "./arbitrary.js";
import { type BytesAt, Shadow } from "./shadow.js";

/** The four functions of a heap or of one of its domains. 0 is no block. */
export interface Allocator {
  malloc(nbytes: number): number;
  calloc(count: number, nbytes: number): number;
  realloc(address: number, nbytes: number): number;
  free(address: number): void;
}

export abstract class Program {
  readonly shadow: Shadow;
  /** Addresses of the live blocks by id. */
  readonly blocks = new Map<number, number>();
  failures = 0;
  readonly #bytesAt: BytesAt;

  constructor(bytesAt: BytesAt) {
    this.#bytesAt = bytesAt;
    this.shadow = new Shadow(bytesAt);
  }

  /** What serves the requests for `id`. */
  protected abstract allocatorOf(id: number): Allocator;
  /** Bytes that the holder of the block may use. */
  protected abstract usableSize(address: number): number;
  /** What a test demands of a block that was handed out, before the program writes to it. */
  protected abstract onBlock(id: number, address: number, nbytes: number): void;

  /** Does what the event says. Throws if a block overlaps another or has lost what was in it. */
  run(event: Event): void {
    if (event.op === "malloc") this.#enter(event.id, this.allocatorOf(event.id).malloc(event.nbytes), event.nbytes);
    else if (event.op === "calloc") this.#calloc(event.id, event.count, event.nbytes);
    else if (event.op === "realloc") this.#realloc(event.id, event.nbytes);
    else this.#free(event.id);
  }

  freeAll(): void {
    for (const id of [...this.blocks.keys()]) this.#free(id);
  }

  #calloc(id: number, count: number, nbytes: number): void {
    const address = this.allocatorOf(id).calloc(count, nbytes);
    const wrong = address === 0 ? -1 : this.#bytesAt(address, count * nbytes).findIndex((byte) => byte !== 0);
    if (wrong >= 0) throw new Error(`byte ${wrong} of ${count} × ${nbytes} at ${address} is not zero`);
    this.#enter(id, address, count * nbytes);
  }

  #realloc(id: number, nbytes: number): void {
    const old = this.blocks.get(id);
    const address = this.allocatorOf(id).realloc(old ?? 0, nbytes);
    if (old === undefined) {
      this.#enter(id, address, nbytes);
    } else if (address === 0) {
      this.failures++;
      this.shadow.verify(old); // it is as it was
    } else {
      this.shadow.move(old, address, nbytes, this.#sizeOf(id, address, nbytes));
      this.blocks.set(id, address);
    }
  }

  #free(id: number): void {
    const address = this.blocks.get(id);
    if (address === undefined) return; // its request failed
    this.shadow.verify(address);
    this.shadow.leave(address);
    this.blocks.delete(id);
    this.allocatorOf(id).free(address);
  }

  #enter(id: number, address: number, nbytes: number): void {
    if (address === 0) {
      this.failures++;
      return;
    }
    this.shadow.enter(address, this.#sizeOf(id, address, nbytes));
    this.blocks.set(id, address);
  }

  /** What the program may write of a block that it asked `nbytes` of. */
  #sizeOf(id: number, address: number, nbytes: number): number {
    this.onBlock(id, address, nbytes);
    const usable = this.usableSize(address);
    if (usable < nbytes) throw new Error(`the block at ${address} has ${usable} bytes, not ${nbytes}`);
    return usable;
  }
}
