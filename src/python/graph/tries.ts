/**
 * Hash-consed Patricia tries (Okasaki & Gill 1998; big-endian) over words of 32 owners: sets that share their parts.
 * Equal sets are one trie, and a set with one owner more costs one path. Tries are numbers; trie 0 is empty, and never
 * a child. Four words a trie:
 *
 *              leaf                     branch
 *   +0 left    LEAF                     the trie without the bit of the word index that `key` names
 *   +1 right   the word's 32 bits       the trie with it
 *   +2 key     word index               prefix │ bit │ 0…
 *   +3 owners  how many owners are in the trie
 *
 * Children have lower numbers than their branch. A trie takes 24 bytes, with its 2 places of the table; the cache of
 * unions takes at most 12 MiB.
 */

export const LEAF = -1;
/** The answer beyond a limit. */
export const FAILED = -1;
/** Trie numbers lie below this. */
export const MAX_TRIES = 2 ** 28;

const RIGHT = 1;
const KEY = 2;
const OWNERS = 3;
const TRIE_BITS = 2;
const WORD_BITS = 5;
const FIRST_LENGTH = 2 ** 10;
const MAX_CACHE_LENGTH = 2 ** 20;

export class Tries {
  /** Tries in use, and the empty one. */
  count = 1;
  /** Tries visited by unions. */
  steps = 0;
  #words = new Int32Array(FIRST_LENGTH << TRIE_BITS);
  /** Open addressing: trie numbers, 0 for a free place. Two places a trie. */
  #table = new Int32Array(2 * FIRST_LENGTH);
  /** By hash of the operands: operand, operand, union. A later union replaces an earlier one. */
  #cache = new Int32Array(3 * FIRST_LENGTH);
  #cacheMask = FIRST_LENGTH - 1;
  #countLimit = 0;
  #stepLimit = 0;

  /** From here on, answers FAILED rather than let `count` or `steps` pass these. */
  limit(count: number, steps: number): void {
    this.#countLimit = count;
    this.#stepLimit = steps;
  }

  /** How many owners are in a trie. */
  size(trie: number): number {
    return this.#words[(trie << TRIE_BITS) + OWNERS];
  }

  /** LEAF, or the lower child. */
  left(trie: number): number {
    return this.#words[trie << TRIE_BITS];
  }

  /** The higher child of a branch. */
  right(trie: number): number {
    return this.#words[(trie << TRIE_BITS) + RIGHT];
  }

  /** The trie of one owner, or FAILED. */
  single(owner: number): number {
    return this.#make(LEAF, 1 << (owner & 31), owner >>> WORD_BITS);
  }

  /** The union of two tries that are not empty, or FAILED. */
  unite(s: number, t: number): number {
    if (s === t) return s;
    const low = s < t ? s : t;
    const high = s < t ? t : s;
    const hash = mix(low, high, 0);
    let place = 3 * (hash & this.#cacheMask);
    if (this.#cache[place] === low && this.#cache[place + 1] === high) return this.#cache[place + 2];
    if (this.steps >= this.#stepLimit) return FAILED;
    this.steps++;
    const union = this.#bit(low) >= this.#bit(high) ? this.#merge(low, high) : this.#merge(high, low);
    if (union === FAILED) return FAILED;
    place = 3 * (hash & this.#cacheMask); // the cache may have grown
    this.#cache[place] = low;
    this.#cache[place + 1] = high;
    this.#cache[place + 2] = union;
    return union;
  }

  /** The union of `s` and `t`, where `t` branches at no higher bit than `s`. */
  #merge(s: number, t: number): number {
    const words = this.#words;
    const left = words[s << TRIE_BITS];
    const right = words[(s << TRIE_BITS) + RIGHT];
    const key = words[(s << TRIE_BITS) + KEY];
    const otherLeft = words[t << TRIE_BITS];
    const otherRight = words[(t << TRIE_BITS) + RIGHT];
    const otherKey = words[(t << TRIE_BITS) + KEY];
    const bit = this.#bit(s);
    const isAlike = bit === this.#bit(t);
    if (isAlike && key === otherKey) {
      if (bit === 0) return this.#make(LEAF, right | otherRight, key);
      return this.#branch(this.unite(left, otherLeft), this.unite(right, otherRight), key);
    }
    const isBelow = !isAlike && ((key ^ otherKey) & -(bit << 1)) === 0;
    if (isBelow && otherKey & bit) return this.#branch(left, this.unite(right, t), key);
    if (isBelow) return this.#branch(this.unite(left, t), right, key);
    const highest = 1 << (31 - Math.clz32(key ^ otherKey));
    const prefix = (key & -(highest << 1)) | highest;
    return key & highest ? this.#branch(t, s, prefix) : this.#branch(s, t, prefix);
  }

  /** The bit of the word index that a branch decides; 0 for a leaf. */
  #bit(trie: number): number {
    const key = this.#words[(trie << TRIE_BITS) + KEY];
    return this.#words[trie << TRIE_BITS] === LEAF ? 0 : key & -key;
  }

  #branch(left: number, right: number, key: number): number {
    return left === FAILED || right === FAILED ? FAILED : this.#make(left, right, key);
  }

  /** The trie of these parts: the one there is, or a new one. */
  #make(left: number, right: number, key: number): number {
    const words = this.#words;
    const mask = this.#table.length - 1;
    let place = mix(left, right, key) & mask;
    for (let trie: number; (trie = this.#table[place]) !== 0; place = (place + 1) & mask) {
      const at = trie << TRIE_BITS;
      if (words[at] === left && words[at + RIGHT] === right && words[at + KEY] === key) return trie;
    }
    if (this.count > this.#countLimit) return FAILED;
    const trie = this.count++;
    const at = trie << TRIE_BITS;
    words[at] = left;
    words[at + RIGHT] = right;
    words[at + KEY] = key;
    words[at + OWNERS] = left === LEAF ? bitCount(right) : this.size(left) + this.size(right);
    this.#table[place] = trie;
    if (2 * this.count === this.#table.length) this.#grow();
    return trie;
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    this.#table = new Int32Array(2 * this.#table.length);
    this.#cacheMask = Math.min(this.#table.length / 2, MAX_CACHE_LENGTH) - 1;
    this.#cache = new Int32Array(3 * (this.#cacheMask + 1));
    this.#fillTable();
  }

  #fillTable(): void {
    const words = this.#words;
    const mask = this.#table.length - 1;
    for (let trie = 1; trie < this.count; trie++) {
      const at = trie << TRIE_BITS;
      let place = mix(words[at], words[at + RIGHT], words[at + KEY]) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = trie;
    }
  }

  /** Keeps the tries with `isNeeded` not 0, and what is below them. Returns their new numbers, by old number. */
  compact(isNeeded: Uint8Array): Int32Array {
    const words = this.#words;
    for (let trie = this.count - 1; trie > 0; trie--) {
      if (isNeeded[trie] === 0 || this.left(trie) === LEAF) continue;
      isNeeded[this.left(trie)] = 1;
      isNeeded[this.right(trie)] = 1;
    }
    const renumbered = new Int32Array(this.count);
    let count = 1;
    for (let trie = 1; trie < this.count; trie++) {
      if (isNeeded[trie] === 0) continue;
      const at = trie << TRIE_BITS;
      const to = count << TRIE_BITS;
      words.copyWithin(to, at, at + 4);
      if (words[to] !== LEAF) {
        words[to] = renumbered[words[to]];
        words[to + RIGHT] = renumbered[words[to + RIGHT]];
      }
      renumbered[trie] = count++;
    }
    this.count = count;
    this.#table.fill(0);
    this.#cache.fill(0);
    this.#fillTable();
    return renumbered;
  }

  /** The lowest owner of a leaf. */
  first(leaf: number): number {
    return (this.#words[(leaf << TRIE_BITS) + KEY] << WORD_BITS) | lowestBit(this.right(leaf));
  }

  /** Calls `visit` with the owners of a leaf in ascending order. */
  forEachInLeaf(leaf: number, visit: (owner: number) => void): void {
    const first = this.#words[(leaf << TRIE_BITS) + KEY] << WORD_BITS;
    for (let bits = this.right(leaf); bits !== 0; bits &= bits - 1) visit(first | lowestBit(bits));
  }

  /** Whether an owner is in a trie. */
  has(trie: number, owner: number): boolean {
    const word = owner >>> WORD_BITS;
    let at = trie;
    while (at !== 0 && this.left(at) !== LEAF) at = word & this.#bit(at) ? this.right(at) : this.left(at);
    const key = this.#words[(at << TRIE_BITS) + KEY];
    return at !== 0 && key === word && ((this.right(at) >>> (owner & 31)) & 1) === 1;
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function mix(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
