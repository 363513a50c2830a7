/**
 * Sets of owners, as numbers: equal sets are equal numbers.
 *
 *   trie of the owners << 2 │ UNATTRIBUTED │ FIXED
 *
 * Bounds. The size of a set has no limit. k sets that grow by one owner each take k × log2(k / 32) tries, not k² / 2
 * words. But sets that share nothing take a trie for each word, so there are limits on tries and steps. Beyond them, a
 * union that is not known already becomes {UNATTRIBUTED}. A union of n owners may use clz32(n) / 32 of the limits: sets
 * leave a 32nd to sets half as large.
 */
import { FAILED, LEAF, MAX_TRIES, Tries } from "./tries.js";

export const EMPTY_SET = 0;
/** The sets of members that are not owners: something that never goes; owners that could not be determined. */
export const FIXED_SET = 1;
export const UNATTRIBUTED_SET = 2;

const FLAG_BITS = 2;
const FLAGS = FIXED_SET | UNATTRIBUTED_SET;

export const isFixed = (set: number): boolean => (set & FIXED_SET) !== 0;
export const isUnattributed = (set: number): boolean => (set & UNATTRIBUTED_SET) !== 0;

export interface SetLimits {
  /** Tries at a time, 24 bytes each; below MAX_TRIES. */
  readonly tries: number;
  /** Tries visited by unions, in all. */
  readonly steps: number;
}

/** Limits that are linear in a graph: 6 bytes a node, 16 steps a node or edge, and 200 MB and 2 ** 24 steps to begin with. */
export function setLimits(nodeCount: number, edgeCount: number): SetLimits {
  return { tries: 2 ** 23 + Math.ceil(nodeCount / 4), steps: 2 ** 24 + 16 * (nodeCount + edgeCount) };
}

export class OwnerSets {
  readonly #tries = new Tries();
  readonly #limits: SetLimits;
  #crowdedAt: number;

  /** Throws `RangeError` if `limits.tries` is not below MAX_TRIES. */
  constructor(limits: SetLimits) {
    if (!(limits.tries < MAX_TRIES))
      throw new RangeError(`limits.tries must be below ${MAX_TRIES} (got ${limits.tries})`);
    this.#limits = limits;
    this.#crowdedAt = limits.tries / 4;
  }

  /** Tries visited by unions so far. */
  get steps(): number {
    return this.#tries.steps;
  }

  /** Tries in use. */
  get tries(): number {
    return this.#tries.count - 1;
  }

  /** The set of one owner, from 0 on. */
  of(owner: number): number {
    this.#tries.limit(this.#limits.tries, this.#limits.steps);
    const trie = this.#tries.single(owner);
    return trie === FAILED ? UNATTRIBUTED_SET : trie << FLAG_BITS;
  }

  /** The union of two sets. Beyond the limits, {UNATTRIBUTED}, with FIXED if one of them has it. */
  union(a: number, b: number): number {
    if (a === b) return a;
    const flags = (a | b) & FLAGS;
    const s = a >>> FLAG_BITS;
    const t = b >>> FLAG_BITS;
    if (s === 0 || t === 0) return ((s + t) << FLAG_BITS) | flags;
    const share = Math.clz32(this.size(a) + this.size(b)) / 32;
    this.#tries.limit(share * this.#limits.tries, share * this.#limits.steps);
    const union = this.#tries.unite(s, t);
    return union === FAILED ? flags | UNATTRIBUTED_SET : (union << FLAG_BITS) | flags;
  }

  /** Whether so many tries have been made that `compact` is due. */
  get isCrowded(): boolean {
    return this.#tries.count > this.#crowdedAt;
  }

  /**
   * Forgets the tries that no set in `holders` needs, and renumbers the sets there in place; all others are void then.
   * Linear in tries and holders. Due first at a quarter of the limit, then when the tries have doubled.
   */
  compact(...holders: Int32Array[]): void {
    const isNeeded = new Uint8Array(this.#tries.count);
    for (const sets of holders) for (let i = 0; i < sets.length; i++) isNeeded[sets[i] >>> FLAG_BITS] = 1;
    const renumbered = this.#tries.compact(isNeeded);
    for (const sets of holders) {
      for (let i = 0; i < sets.length; i++) {
        sets[i] = (renumbered[sets[i] >>> FLAG_BITS] << FLAG_BITS) | (sets[i] & FLAGS);
      }
    }
    this.#crowdedAt = Math.max(this.#crowdedAt, 2 * this.#tries.count);
  }

  /** How many owners are in a set. */
  size(set: number): number {
    return this.#tries.size(set >>> FLAG_BITS);
  }

  /** The owner, if a set has one and nothing else; otherwise -1. */
  soleOwner(set: number): number {
    return (set & FLAGS) === 0 && this.size(set) === 1 ? this.#tries.first(set >>> FLAG_BITS) : -1;
  }

  /** Whether an owner is in a set. */
  has(set: number, owner: number): boolean {
    return this.#tries.has(set >>> FLAG_BITS, owner);
  }

  /** The owners of a set in ascending order. */
  owners(set: number): Int32Array {
    const tries = this.#tries;
    const owners = new Int32Array(this.size(set));
    let count = 0;
    const visit = (trie: number): void => {
      if (tries.left(trie) === LEAF) {
        tries.forEachInLeaf(trie, (owner) => {
          owners[count++] = owner;
        });
        return;
      }
      visit(tries.left(trie));
      visit(tries.right(trie));
    };
    if (owners.length > 0) visit(set >>> FLAG_BITS);
    return owners;
  }

  /** By owner below `ownerCount`, the sum of `weights[i]` over the `sets[i]` that have it. Linear in tries and sets. */
  sumByOwner(sets: Int32Array, weights: Float64Array | Uint8Array, ownerCount: number): Float64Array {
    const tries = this.#tries;
    const byTrie = new Float64Array(tries.count);
    for (let i = 0; i < sets.length; i++) byTrie[sets[i] >>> FLAG_BITS] += weights[i];
    const byOwner = new Float64Array(ownerCount);
    for (let trie = tries.count - 1; trie > 0; trie--) {
      const weight = byTrie[trie];
      if (weight === 0) continue;
      if (tries.left(trie) === LEAF) {
        tries.forEachInLeaf(trie, (owner) => {
          byOwner[owner] += weight;
        });
      } else {
        byTrie[tries.left(trie)] += weight;
        byTrie[tries.right(trie)] += weight;
      }
    }
    return byOwner;
  }

  /**
   * A test for the sets there are now: whether nothing of a set is left if the owners with `isDropped` (by owner) not 0
   * are dropped. FIXED and UNATTRIBUTED are always left. Linear in tries; the test is one step.
   */
  dropTest(isDropped: Uint8Array): (set: number) => boolean {
    const tries = this.#tries;
    const isLeft = new Uint8Array(tries.count);
    for (let trie = 1; trie < tries.count; trie++) {
      if (tries.left(trie) === LEAF) {
        tries.forEachInLeaf(trie, (owner) => {
          if (isDropped[owner] === 0) isLeft[trie] = 1;
        });
      } else isLeft[trie] = isLeft[tries.left(trie)] | isLeft[tries.right(trie)];
    }
    return (set) => (set & FLAGS) === 0 && isLeft[set >>> FLAG_BITS] === 0;
  }
}
