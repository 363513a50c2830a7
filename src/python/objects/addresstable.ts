/** A map from addresses to numbers from 0 on, in two typed arrays: open addressing, linear probing, at most half full. */
export class AddressTable {
  #keys = new Float64Array(1024);
  #values = new Int32Array(1024);
  #mask = 1023;
  #count = 0;

  /** The number of `address`; −1 if it has none. */
  get(address: number): number {
    const keys = this.#keys;
    for (let at = hash(address) & this.#mask; ; at = (at + 1) & this.#mask) {
      const key = keys[at];
      if (key === 0) return -1;
      if (key === address) return this.#values[at];
    }
  }

  /** Gives `address`, which is not 0, a number. */
  set(address: number, value: number): void {
    if (2 * ++this.#count > this.#mask) this.#grow();
    this.#put(address, value);
  }

  /** Slots that the slowest search looks at. */
  get longestProbe(): number {
    let [longest, run] = [0, 0];
    for (const key of this.#keys) {
      run = key === 0 ? 0 : run + 1;
      longest = Math.max(longest, run + 1);
    }
    return longest;
  }

  #put(address: number, value: number): void {
    let at = hash(address) & this.#mask;
    while (this.#keys[at] !== 0 && this.#keys[at] !== address) at = (at + 1) & this.#mask;
    this.#keys[at] = address;
    this.#values[at] = value;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(2 * keys.length);
    this.#values = new Int32Array(2 * keys.length);
    this.#mask = 2 * keys.length - 1;
    for (let at = 0; at < keys.length; at++) if (keys[at] !== 0) this.#put(keys[at], values[at]);
  }
}

/** Addresses are multiples of 4 at least: the bits above those, mixed. Takes addresses over 2^32 modulo 2^34. */
function hash(address: number): number {
  const bits = Math.imul((address / 4) | 0, 0x9e3779b1);
  return bits ^ (bits >>> 15);
}
