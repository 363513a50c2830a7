/**
 * What keeps arenas from being released: live blocks counted by arena and by a key, such as a type, a source line or a size class.
 *
 *     rows (arena, key, blocks, bytes)  ──►  of(arena)    what holds one arena
 *                                       ──►  holders()    what each key holds in all arenas, and what is released if it goes alone
 *
 * An arena is released with its last live block. What some blocks release *alone*: the bytes of arenas that would be released if just
 * these blocks were freed, because they hold no others. Arenas go by their index among the live arenas, in the order of obtaining.
 */
import type { Geometry } from "../geometry/geometry.js";
import { arenasReturned } from "../geometry/release.js";
import { pinnedBytes } from "./observation.js";

/** Live blocks of one key. */
export interface Holding<Key> {
  readonly key: Key;
  readonly blocks: number;
  /** Bytes, at the size of their classes. */
  readonly bytes: number;
}

export interface Holder<Key> extends Holding<Key> {
  /** Indices of the arenas in which they are. */
  readonly arenas: readonly number[];
  readonly releasedAloneBytes: number;
}

/** An arena with a live block. */
export interface HeldArena {
  readonly arena: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly pinnedBytes: number;
}

/** Blocks and bytes by key. */
export class Tally<Key extends number | string> {
  readonly #counts = new Map<Key, { blocks: number; bytes: number }>();

  get keys(): readonly Key[] {
    return [...this.#counts.keys()];
  }

  get total(): { blocks: number; bytes: number } {
    const total = { blocks: 0, bytes: 0 };
    for (const { blocks, bytes } of this.#counts.values()) {
      total.blocks += blocks;
      total.bytes += bytes;
    }
    return total;
  }

  add(key: Key, blocks: number, bytes: number): void {
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { blocks, bytes });
    else {
      count.blocks += blocks;
      count.bytes += bytes;
    }
  }

  addAll(other: Tally<Key>): void {
    for (const [key, { blocks, bytes }] of other.#counts) this.add(key, blocks, bytes);
  }

  /** By another key. The counts of keys that become one are added. */
  by<To extends number | string>(keyOf: (key: Key) => To): Tally<To> {
    const tally = new Tally<To>();
    for (const [key, { blocks, bytes }] of this.#counts) tally.add(keyOf(key), blocks, bytes);
    return tally;
  }

  /** The most bytes first, then by key. */
  get rows(): Holding<Key>[] {
    return [...this.#counts]
      .map(([key, { blocks, bytes }]) => ({ key, blocks, bytes }))
      .sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1));
  }
}

/** Live blocks by arena and by key. */
export class Holdings<Key extends number | string> {
  readonly #arenas: readonly Tally<Key>[];

  private constructor(arenas: readonly Tally<Key>[]) {
    this.#arenas = arenas;
  }

  /** None yet, for a heap of `arenaCount` live arenas. */
  static none<Key extends number | string>(arenaCount: number): Holdings<Key> {
    return new Holdings(Array.from({ length: arenaCount }, () => new Tally<Key>()));
  }

  add(arena: number, key: Key, blocks: number, bytes: number): void {
    this.#arenas[arena].add(key, blocks, bytes);
  }

  /** By another key, as in `Tally.by`. */
  by<To extends number | string>(keyOf: (key: Key) => To): Holdings<To> {
    return new Holdings(this.#arenas.map((tally) => tally.by(keyOf)));
  }

  /** What holds an arena, the most bytes first. */
  of(arena: number): Holding<Key>[] {
    return this.#arenas[arena].rows;
  }

  /** Arenas with a live block, those with the fewest first. */
  heldArenas({ arenaSize }: Pick<Geometry, "arenaSize">): HeldArena[] {
    return this.#arenas
      .map((tally, arena) => {
        const { blocks, bytes } = tally.total;
        return { arena, blocks, bytes, pinnedBytes: pinnedBytes(1, arenaSize, bytes) };
      })
      .filter(({ blocks }) => blocks > 0)
      .sort((a, b) => a.blocks - b.blocks || a.arena - b.arena);
  }

  /** What each key holds in all arenas, those that release most first, then the most bytes. `releasedAlone`: as `releasedAloneOf` returns it. */
  holders(releasedAlone: (emptied: number) => number): Holder<Key>[] {
    const all = new Tally<Key>();
    const arenasOf = new Map<Key, number[]>();
    const alone = new Map<Key, number>();
    this.#arenas.forEach((tally, arena) => {
      all.addAll(tally);
      const { keys } = tally;
      for (const key of keys) {
        const arenas = arenasOf.get(key);
        if (arenas === undefined) arenasOf.set(key, [arena]);
        else arenas.push(arena);
      }
      if (keys.length === 1) alone.set(keys[0], (alone.get(keys[0]) ?? 0) + 1);
    });
    return all.rows
      .map((row) => ({
        ...row,
        arenas: arenasOf.get(row.key) ?? [],
        releasedAloneBytes: releasedAlone(alone.get(row.key) ?? 0),
      }))
      .sort((a, b) => b.releasedAloneBytes - a.releasedAloneBytes || b.bytes - a.bytes);
  }
}

/**
 * By number of arenas that come to be wholly free: the bytes that the release policy gives back of them. `keep-last` keeps one arena
 * if none was free before. It may release that one, too, as long as another arena has a single pool in use; this is not counted.
 */
export function releasedAloneOf(
  { arenaSize, release }: Pick<Geometry, "arenaSize" | "release">,
  hasFreeArena: boolean,
): (emptied: number) => number {
  return (emptied) => arenasReturned(release, emptied, hasFreeArena) * arenaSize;
}
