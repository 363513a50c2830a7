/** What the word at `ob_refcnt` says. */
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";

export class Refcounts {
  readonly #space: Space;
  readonly #isWide: boolean;
  /** The least count of an object that is never freed. */
  readonly #immortal: number;
  /** One more than the greatest count that makes sense. */
  readonly #end: number;

  constructor(space: Space, { minor, wordBytes }: Layout) {
    this.#space = space;
    // Until 3.11 the count is a whole word. From 3.12 on it has 32 bits, and from 3.14 on flags above those.
    this.#isWide = minor < 12 && wordBytes === 8;
    this.#immortal = minor < 12 ? Infinity : wordBytes === 8 ? 2 ** 31 : 2 ** 30 - 1;
    this.#end = minor < 12 ? 2 ** 40 : wordBytes === 8 ? 2 ** 32 : 2 ** 31;
  }

  /** The reference count of the object at `address`; 0 if none could have it. */
  at(address: number): number {
    const count = this.#isWide ? this.#space.word(address) : this.#space.uint32(address);
    return count < this.#end ? count : 0;
  }

  isImmortal(count: number): boolean {
    return count >= this.#immortal;
  }
}
