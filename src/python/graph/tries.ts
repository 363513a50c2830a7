/**
 * Hash-consed Patricia tries (Okasaki & Gill 1998; big-endian) over words of 32 owners: sets that share their parts.
 * Equal sets are one trie, and a set with one owner more costs one path. Tries are numbers:
 *
 *   leaf     key = word index             left = LEAF     right = the word's 32 bits
 *   branch   key = prefix │ bit │ 0…      left, right = the tries without and with that bit of the index
 *   0        the empty trie; never a child
 *
 * Children have lower numbers than their branch. A trie takes 16 bytes and its 2 places of the table 8; the cache of
 * unions takes at most 12 MiB.
 */

export const LEAF = -1;
/** The answer beyond a limit. */
export const FAILED = -1;

const WORD_BITS = 5;
const FIRST_LENGTH = 2 ** 10;
const MAX_CACHE_LENGTH = 2 ** 20;

export class Tries {
  left = new Int32Array(FIRST_LENGTH);
  right = new Int32Array(FIRST_LENGTH);
  key = new Int32Array(FIRST_LENGTH);
  /** How many owners are in a trie. */
  owners = new Int32Array(FIRST_LENGTH);
  /** Tries in use, and the empty one. */
  count = 1;
  /** Tries visited by unions. */
  steps = 0;
  /** Open addressing: trie numbers, 0 for a free place. Twice as long as `key`. */
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

  /** The trie of one owner, or FAILED. */
  single(owner: number): number {
    return this.#make(LEAF, 1 << (owner & 31), owner >>> WORD_BITS);
  }

  /** The union of two tries that are not empty, or FAILED. */
  unite(s: number, t: number): number {
    if (s === t) return s;
    const low = Math.min(s, t);
    const high = Math.max(s, t);
    const hash = mix(low, high, 0);
    let place = 3 * (hash & this.#cacheMask);
    if (this.#cache[place] === low && this.#cache[place + 1] === high) return this.#cache[place + 2];
    if (this.steps >= this.#stepLimit) return FAILED;
    this.steps++;
    const union = this.bit(low) >= this.bit(high) ? this.#merge(low, high) : this.#merge(high, low);
    if (union === FAILED) return FAILED;
    place = 3 * (hash & this.#cacheMask); // the cache may have grown
    this.#cache[place] = low;
    this.#cache[place + 1] = high;
    this.#cache[place + 2] = union;
    return union;
  }

  /** The union of `s` and `t`, where `t` branches at no higher bit than `s`. */
  #merge(s: number, t: number): number {
    const left = this.left[s];
    const right = this.right[s];
    const key = this.key[s];
    const otherLeft = this.left[t];
    const otherRight = this.right[t];
    const otherKey = this.key[t];
    const bit = this.bit(s);
    const isAlike = bit === this.bit(t);
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
  bit(trie: number): number {
    return this.left[trie] === LEAF ? 0 : this.key[trie] & -this.key[trie];
  }

  #branch(left: number, right: number, key: number): number {
    return left === FAILED || right === FAILED ? FAILED : this.#make(left, right, key);
  }

  /** The trie of these parts: the one there is, or a new one. */
  #make(left: number, right: number, key: number): number {
    const mask = this.#table.length - 1;
    let place = mix(left, right, key) & mask;
    for (let trie: number; (trie = this.#table[place]) !== 0; place = (place + 1) & mask) {
      if (this.right[trie] === right && this.left[trie] === left && this.key[trie] === key) return trie;
    }
    if (this.count > this.#countLimit) return FAILED;
    const trie = this.count++;
    this.left[trie] = left;
    this.right[trie] = right;
    this.key[trie] = key;
    this.owners[trie] = left === LEAF ? bitCount(right) : this.owners[left] + this.owners[right];
    this.#table[place] = trie;
    if (this.count === this.key.length) this.#grow();
    return trie;
  }

  #grow(): void {
    const length = 2 * this.key.length;
    const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(length);
      copy.set(array);
      return copy;
    };
    this.left = grown(this.left);
    this.right = grown(this.right);
    this.key = grown(this.key);
    this.owners = grown(this.owners);
    this.#table = new Int32Array(2 * length);
    this.#cacheMask = Math.min(length, MAX_CACHE_LENGTH) - 1;
    this.#cache = new Int32Array(3 * (this.#cacheMask + 1));
    this.#fillTable();
  }

  #fillTable(): void {
    const mask = this.#table.length - 1;
    for (let trie = 1; trie < this.count; trie++) {
      let place = mix(this.left[trie], this.right[trie], this.key[trie]) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = trie;
    }
  }

  /** Keeps the tries with `isNeeded` not 0, and what is below them. Returns their new numbers, by old number. */
  compact(isNeeded: Uint8Array): Int32Array {
    for (let trie = this.count - 1; trie > 0; trie--) {
      if (isNeeded[trie] === 0 || this.left[trie] === LEAF) continue;
      isNeeded[this.left[trie]] = 1;
      isNeeded[this.right[trie]] = 1;
    }
    const renumbered = new Int32Array(this.count);
    let count = 1;
    for (let trie = 1; trie < this.count; trie++) {
      if (isNeeded[trie] === 0) continue;
      const isLeaf = this.left[trie] === LEAF;
      this.left[count] = isLeaf ? LEAF : renumbered[this.left[trie]];
      this.right[count] = isLeaf ? this.right[trie] : renumbered[this.right[trie]];
      this.key[count] = this.key[trie];
      this.owners[count] = this.owners[trie];
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
    return (this.key[leaf] << WORD_BITS) | lowestBit(this.right[leaf]);
  }

  /** Calls `visit` with the owners of a leaf in ascending order. */
  forEachInLeaf(leaf: number, visit: (owner: number) => void): void {
    for (let bits = this.right[leaf]; bits !== 0; bits &= bits - 1) {
      visit((this.key[leaf] << WORD_BITS) | lowestBit(bits));
    }
  }

  /** Whether an owner is in a trie. */
  has(trie: number, owner: number): boolean {
    const word = owner >>> WORD_BITS;
    let at = trie;
    while (at !== 0 && this.left[at] !== LEAF) at = word & this.bit(at) ? this.right[at] : this.left[at];
    return at !== 0 && this.key[at] === word && ((this.right[at] >>> (owner & 31)) & 1) === 1;
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
