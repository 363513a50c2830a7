/**
 * A script: a program that makes its requests up as it goes, and the `.rep` text of what it asked for.
 *
 * Ids are a stack: the id freed last is the next one given. Chance is xorshift32, brought below n as floor(x · n ÷ 2^32). With
 * n up to 2^21 that product is exact in a double, so every language that follows the same steps writes the same bytes.
 */

/** Room in front of the ops for the four header lines, whose counts are known only at the end. */
const HEADER_ROOM = 32;
/** More than the longest line: a letter, three numbers of ten digits, blanks, a newline. */
const LINE_ROOM = 64;

const code = (character: string): number => character.charCodeAt(0);
const SPACE = code(" ");
const NEWLINE = code("\n");
const ZERO = code("0");

export class Script {
  /** Ops so far. */
  opCount = 0;
  #x: number;
  #bytes = new Uint8Array(1 << 16);
  #end = HEADER_ROOM;
  #unusedIds: number[] = [];
  #idCount = 0;

  /** `seed` is any 32-bit number but 0, at which xorshift stands still. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed <= 0 || seed >= 2 ** 32) {
      throw new RangeError(`seed must be an integer from 1 to 4294967295, not ${seed}`);
    }
    this.#x = seed | 0;
  }

  /** A number from 0 to n − 1; n is at most 2^21. */
  below(n: number): number {
    let x = this.#x;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#x = x;
    return Math.floor(((x >>> 0) * n) / 2 ** 32);
  }

  /** A number from low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** Puts the items in an order of chance, from the last place down. */
  shuffle<T>(items: T[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  /** Removes an item of chance, whose place the last item takes, and returns it. */
  take<T>(items: T[]): T {
    const i = this.below(items.length);
    const item = items[i];
    items[i] = items[items.length - 1];
    items.pop();
    return item;
  }

  malloc(nbytes: number): number {
    const id = this.#newId();
    this.#line("a", id, nbytes);
    return id;
  }

  calloc(count: number, nbytes: number): number {
    const id = this.#newId();
    this.#line("c", id, count, nbytes);
    return id;
  }

  realloc(id: number, nbytes: number): void {
    this.#line("r", id, nbytes);
  }

  free(id: number): void {
    this.#line("f", id);
    this.#unusedIds.push(id);
  }

  /** Frees the blocks in their order, and empties the list. */
  freeAll(ids: number[]): void {
    for (const id of ids) this.free(id);
    ids.length = 0;
  }

  /** The `.rep` text, header first: 0, number of ids, number of ops, 1. A view: valid until the next op. */
  bytes(): Uint8Array {
    const header = new TextEncoder().encode(`0\n${this.#idCount}\n${this.opCount}\n1\n`);
    const start = HEADER_ROOM - header.length;
    this.#bytes.set(header, start);
    return this.#bytes.subarray(start, this.#end);
  }

  #newId(): number {
    return this.#unusedIds.pop() ?? this.#idCount++;
  }

  #line(letter: string, id: number, first = -1, second = -1): void {
    if (this.#bytes.length - this.#end < LINE_ROOM) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#end++] = code(letter);
    this.#number(id);
    if (first >= 0) this.#number(first);
    if (second >= 0) this.#number(second);
    this.#bytes[this.#end++] = NEWLINE;
    this.opCount++;
  }

  #number(n: number): void {
    this.#bytes[this.#end++] = SPACE;
    let digits = 1;
    for (let limit = 10; n >= limit; limit *= 10) digits++;
    let at = (this.#end += digits);
    for (let rest = n; at-- > this.#end - digits; rest = Math.floor(rest / 10)) this.#bytes[at] = ZERO + (rest % 10);
  }
}
