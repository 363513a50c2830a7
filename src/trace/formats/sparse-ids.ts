/**
 * Numbers from 0 to 2^53 − 1 that no table can be indexed by, such as addresses, and the small number that each has while it
 * is in use: its slot.
 *
 * A hash table with linear probing, at most half full. (V8's Map takes 2 µs an event for numbers beyond 2^31, this 0.05 µs; and no
 * Map holds more than 2^24 of them.)
 */
export class SparseIds {
  /** The highest id that ever had a slot, or −1. */
  highest = -1;

  #ids = new Float64Array(1024).fill(NONE);
  #slots = new Uint32Array(1024);
  #shift = 32 - 10;
  #count = 0;
  #unused: number[] = [];

  /** New slots count from `next`. */
  constructor(private next: number) {}

  /** The slot of `id`, or −1 when it has none. */
  find(id: number): number {
    const at = this.#place(id);
    return this.#ids[at] === id ? this.#slots[at] : NONE;
  }

  /** The slot of `id`: where it has none, the one freed last, or a new one; −1 when that would be `limit`. */
  enter(id: number, limit: number): number {
    let at = this.#place(id);
    if (this.#ids[at] === id) return this.#slots[at];
    if (this.#unused.length === 0 && this.next === limit) return NONE;
    if (2 * this.#count >= this.#ids.length) {
      this.#grow();
      at = this.#place(id);
    }
    const slot = this.#unused.pop() ?? this.next++;
    this.#ids[at] = id;
    this.#slots[at] = slot;
    this.#count++;
    if (id > this.highest) this.highest = id;
    return slot;
  }

  /** Frees the slot of `id`, which has one. */
  leave(id: number): void {
    const ids = this.#ids;
    const mask = ids.length - 1;
    let hole = this.#place(id);
    this.#unused.push(this.#slots[hole]);
    this.#count--;
    // What follows moves up into the hole, unless that is before its home.
    for (let at = (hole + 1) & mask; ids[at] !== NONE; at = (at + 1) & mask) {
      if (((at - this.#home(ids[at])) & mask) < ((at - hole) & mask)) continue;
      ids[hole] = ids[at];
      this.#slots[hole] = this.#slots[at];
      hole = at;
    }
    ids[hole] = NONE;
  }

  /** Where `id` is, or would be. */
  #place(id: number): number {
    const ids = this.#ids;
    const mask = ids.length - 1;
    let at = this.#home(id);
    while (ids[at] !== id && ids[at] !== NONE) at = (at + 1) & mask;
    return at;
  }

  #home(id: number): number {
    const high = Math.floor(id / 2 ** 32);
    return Math.imul((id >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> this.#shift;
  }

  #grow(): void {
    const [ids, slots] = [this.#ids, this.#slots];
    this.#ids = new Float64Array(2 * ids.length).fill(NONE);
    this.#slots = new Uint32Array(2 * slots.length);
    this.#shift--;
    for (let at = 0; at < ids.length; at++) {
      if (ids[at] === NONE) continue;
      const place = this.#place(ids[at]);
      this.#ids[place] = ids[at];
      this.#slots[place] = slots[at];
    }
  }
}

const NONE = -1;
