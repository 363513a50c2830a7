/**
 * A shadow of a heap's memory: which ranges are live, and what their holders wrote there. No two live ranges overlap, and each
 * holds a pattern of its own: word i is its key + i, so that a word of another block, or of another place in it, is wrong.
 */

/** A view of `length` bytes of the heap's memory from `address` on, a multiple of 4. */
export type BytesAt = (address: number, length: number) => Uint8Array;

interface Range {
  readonly nbytes: number;
  readonly key: number;
}

/** 2^32 ÷ the golden ratio: of some thousand keys in a row, any two are so far apart that blocks share no word. */
const KEY_STEP = 0x9e3779b1;

const wordsOf = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));

/** Byte `i` of the pattern. */
const byteOf = (key: number, i: number): number => ((key + (i >>> 2)) >>> (8 * (i & 3))) & 255;

function write(bytes: Uint8Array, key: number): void {
  const words = wordsOf(bytes);
  for (let i = 0; i < words.length; i++) words[i] = key + i;
  for (let i = 4 * words.length; i < bytes.length; i++) bytes[i] = byteOf(key, i);
}

/** The index of the first byte that is not the pattern's, or -1. */
function firstWrong(bytes: Uint8Array, key: number): number {
  const words = wordsOf(bytes);
  let same = 0;
  while (same < words.length && words[same] === (key + same) >>> 0) same++;
  for (let i = 4 * same; i < bytes.length; i++) if (bytes[i] !== byteOf(key, i)) return i;
  return -1;
}

export class Shadow {
  readonly #bytesAt: BytesAt;
  readonly #ranges = new Map<number, Range>();
  /** Ascending. */
  readonly #addresses: number[] = [];
  #key = 0;

  constructor(bytesAt: BytesAt) {
    this.#bytesAt = bytesAt;
  }

  /** A block of `nbytes` was handed out; its holder writes all of it. Throws if it overlaps a live one. */
  enter(address: number, nbytes: number): void {
    const at = this.#countBelow(address);
    const [before, after] = [this.#addresses[at - 1], this.#addresses[at]];
    const isOverBefore = before !== undefined && before + this.#range(before).nbytes > address;
    const isOverAfter = after !== undefined && address + Math.max(nbytes, 1) > after;
    if (isOverBefore || isOverAfter)
      throw new Error(`${nbytes} bytes at ${address} overlap the live block at ${isOverBefore ? before : after}`);
    this.#key = (this.#key + KEY_STEP) >>> 0;
    this.#addresses.splice(at, 0, address);
    this.#ranges.set(address, { nbytes, key: this.#key });
    write(this.#bytesAt(address, nbytes), this.#key);
  }

  /** Throws if one of the first `nbytes` that the holder of the block wrote is another now. */
  verify(address: number, nbytes = this.#range(address).nbytes): void {
    this.#verifyAt(address, nbytes, this.#range(address).key);
  }

  verifyAll(): void {
    for (const address of this.#addresses) this.verify(address);
  }

  /**
   * The block at `address` was resized to `asked` bytes; now its holder has `nbytes` at `moved`, and writes all of them. Throws if what
   * both sizes have of the old contents is not there.
   */
  move(address: number, moved: number, asked: number, nbytes: number): void {
    const old = this.#range(address);
    this.#verifyAt(moved, Math.min(old.nbytes, asked), old.key);
    this.leave(address);
    this.enter(moved, nbytes);
  }

  /** The block is live no longer. */
  leave(address: number): void {
    this.#ranges.delete(address);
    this.#addresses.splice(this.#countBelow(address), 1);
  }

  #range(address: number): Range {
    const range = this.#ranges.get(address);
    if (range === undefined) throw new Error(`no live block at ${address}`);
    return range;
  }

  #verifyAt(address: number, nbytes: number, key: number): void {
    const bytes = this.#bytesAt(address, nbytes);
    const wrong = firstWrong(bytes, key);
    if (wrong >= 0)
      throw new Error(`byte ${wrong} of ${nbytes} at ${address} is ${bytes[wrong]}, not ${byteOf(key, wrong)}`);
  }

  /** How many live blocks have a lower address. */
  #countBelow(address: number): number {
    let [low, high] = [0, this.#addresses.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#addresses[middle] < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
