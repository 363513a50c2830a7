/** Questions that an emulated version answers by what it does. */

import { profile, profileNames } from "../src/geometry/profiles.js";
import { Heap } from "../src/heap/heap.js";

/** The 64-bit versions, in order: each line by its last release, and the releases after which a line changed. */
export const VERSIONS: readonly string[] = profileNames().filter((name) => /^\d+\.\d+(\.\d+)?$/.test(name));

/** The first release of what stands for more than itself. */
const FIRST: Readonly<Record<string, string>> = { "2.7.16": "2.7.7", "2.7": "2.7.17", "3.7": "3.7.4" };

/** Whether `b` comes right after `a`. 3.0 came beside 2.7. */
const isNext = (a: string, b: string): boolean => VERSIONS.indexOf(b) === VERSIONS.indexOf(a) + 1 && a[0] === b[0];

/** `versions` of `VERSIONS` as ranges: "2.3–2.7.6, 3.0–3.2"; "none". */
export function ranges(versions: readonly string[]): string {
  const texts: string[] = [];
  for (let from = 0; from < versions.length; ) {
    let to = from;
    while (to + 1 < versions.length && isNext(versions[to], versions[to + 1])) to++;
    const first = FIRST[versions[from]] ?? versions[from];
    texts.push(first === versions[to] ? first : `${first}–${versions[to]}`);
    from = to + 1;
  }
  return texts.length === 0 ? "none" : texts.join(", ");
}

/** The versions by what `measure` says of them, in order of the first of each. */
export function grouped<T extends number>(measure: (version: string) => T): { value: T; versions: string[] }[] {
  const groups: { value: T; versions: string[] }[] = [];
  for (const version of VERSIONS) {
    const value = measure(version);
    const group = groups.find((other) => other.value === value);
    if (group) group.versions.push(version);
    else groups.push({ value, versions: [version] });
  }
  return groups;
}

/** An empty heap whose arenas start where those of the real build do. */
const heapOf = (version: string): Heap => Heap.createSync({ profile: version, baseOffsets: "profile", checked: false });

const arenasLive = (heap: Heap): number => heap.stats().pymalloc.arenas.live;

/** Bytes of the largest request that is served from a pool. */
export function largestSmallRequest(version: string): number {
  const heap = heapOf(version);
  for (let nbytes = 1; ; nbytes++) {
    const ptr = heap.malloc(nbytes);
    if (heap.snapshot().arenaAt(ptr) === null) return nbytes - 1;
  }
}

/** Bytes of an arena: what the printout says that the first small block brought. */
export function arenaBytes(version: string): number {
  const heap = heapOf(version);
  heap.malloc(1);
  const { ledger, arenas } = heap.stats().pymalloc;
  return ledger.total / arenas.live;
}

/** Pools that blocks of one size are in until the next arena is needed. */
export function poolsOfArena(version: string): number {
  const heap = heapOf(version);
  const { threshold } = heap.profile.geometry;
  const pools = new Set<number>();
  for (;;) {
    const pool = Math.floor(heap.malloc(threshold) / heap.profile.geometry.poolSize);
    if (!pools.has(pool) && arenasLive(heap) > 1) return pools.size;
    pools.add(pool);
  }
}

/** The distance of the blocks that two size classes get first, which come from neighbouring pools. */
export function poolBytes(version: string): number {
  const heap = heapOf(version);
  const first = heap.malloc(1);
  return heap.malloc(profile(version).geometry.threshold) - first;
}

/** The share of arenas that go back when all blocks of a number of arenas are freed, in percent. */
export function releasedAfterAll(version: string, arenas: number): number {
  const heap = heapOf(version);
  const ptrs: number[] = [];
  while (arenasLive(heap) < arenas) for (let i = 0; i < 400; i++) ptrs.push(heap.malloc(64));
  const most = arenasLive(heap);
  for (const ptr of ptrs) heap.free(ptr);
  return (100 * (most - arenasLive(heap))) / most;
}
