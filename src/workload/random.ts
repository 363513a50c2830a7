/**
 * Random numbers that are the same everywhere: xorshift32 (Marsaglia 2003), 32-bit integers only.
 *
 * The one multiplication of `below` is of doubles and by a power of two exact, or correctly rounded, which IEEE 754 and so every engine
 * demands; nothing here takes a logarithm, a sine or a power, which engines may round as they like.
 */
export class Random {
  #state: number;

  /** `state`: 1 to 2^32 − 1, taken as it is. */
  constructor(state: number) {
    this.#state = state | 0;
  }

  /** A stream for a seed of 0 to 2^32 − 1; neighbouring seeds have nothing in common. */
  static seeded(seed: number): Random {
    // The finaliser of MurmurHash3, which only maps 0 to 0.
    let h = seed | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return new Random(h === 0 ? 0x9e3779b9 : h);
  }

  /** 0 to n − 1; n is 1 to 2^32. */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor(((x >>> 0) / 2 ** 32) * n);
  }

  /** low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
}
