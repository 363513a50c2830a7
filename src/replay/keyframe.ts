/**
 * A keyframe: a moment of a replayed heap in little memory. A replay writes nothing into its blocks, so of the heap's bytes only those
 * that the allocator itself reads need be kept:
 *
 *     tables       STATE, the rings in use, nfp2lasta, OS_PAGES, RAW_STARTS, pool headers, arena descriptors, ids
 *     free lists   of each pool, in order: addresses of blocks, a 0 after the last
 *     words        address and word: headers and links of raw blocks, regions and free spans of the system
 *
 * For a heap of 256 MiB that is a few megabytes, and going back to it writes as many. Contents of blocks are lost.
 */

import { classCount, poolsPerArena } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";
import { freeSpans } from "../inspect/freespans.js";
import { rawBlocks, rawRegions } from "../inspect/rawblocks.js";
import type { Core } from "../memory/core.js";
import * as layout from "../memory/layout.js";
import type { Segment } from "../memory/memory.js";

export interface Keyframe {
  readonly tables: readonly Segment[];
  readonly freeLists: Uint32Array;
  readonly words: Uint32Array;
}

/** Numbers, appended. */
class Numbers {
  #numbers = new Uint32Array(1 << 10);
  #count = 0;

  push(number: number): void {
    if (this.#count === this.#numbers.length) {
      const room = new Uint32Array(2 * this.#count);
      room.set(this.#numbers);
      this.#numbers = room;
    }
    this.#numbers[this.#count++] = number;
  }

  get all(): Uint32Array {
    return this.#numbers.slice(0, this.#count);
  }
}

/** Parts of the tables that can be other than zero, in order of address; `top` is where the heap's bytes end. */
function tableParts(core: Core, profile: Profile, idCount: number, top: number): [start: number, end: number][] {
  const { geometry } = profile;
  const arenaTable = core.read(layout.ARENAS + layout.ARENAS_TABLE);
  const descriptors = core.read(layout.ARENAS + layout.ARENAS_MAXARENAS) * layout.ARENA_OBJECT_SIZE;
  const ids = core.read(layout.REPLAY + layout.REPLAY_IDS);
  return [
    [layout.STATE, layout.STATE + layout.STATE_SIZE],
    [layout.USEDPOOLS, layout.USEDPOOLS + classCount(geometry) * layout.POOL_HEADER_SIZE],
    [layout.NFP2LASTA, layout.NFP2LASTA + (poolsPerArena(geometry) + 1) * 4],
    [layout.OS_PAGES, layout.OS_PAGES + (top / layout.OS_PAGE_SIZE) * 4],
    [layout.RAW_STARTS, layout.RAW_STARTS + top / layout.RAW_ALIGNMENT / 8],
    [layout.POOLS, layout.POOLS + Math.ceil(top / geometry.poolSize) * layout.POOL_HEADER_SIZE],
    [arenaTable, arenaTable + descriptors],
    [ids, ids + idCount * layout.ID_SIZE],
  ];
}

function freeListsOf(core: Core, profile: Profile, top: number): Uint32Array {
  const words = core.words;
  const lists = new Numbers();
  const first = layout.POOLS / 4 + Math.floor(core.read(layout.OS + layout.OS_BASE) / profile.geometry.poolSize) * 8;
  const end = layout.POOLS / 4 + Math.ceil(top / profile.geometry.poolSize) * 8;
  for (let header = first; header < end; header += 8) {
    let block = words[header + layout.POOL_FREEBLOCK / 4];
    if (block === 0) continue;
    for (; block !== 0; block = words[block / 4]) lists.push(block);
    lists.push(0);
  }
  return lists.all;
}

function wordsOf(core: Core): Uint32Array {
  const kept = new Numbers();
  const keep = (address: number): void => {
    kept.push(address);
    kept.push(core.read(address));
  };
  for (const { address, bytes, isMapped } of rawRegions(core)) {
    for (let at = address; at < address + layout.REGION_FIRST_PAYLOAD; at += 4) keep(at);
    if (!isMapped) keep(address + bytes - layout.RAW_HEADER);
  }
  for (const { address, size, state } of rawBlocks(core)) {
    keep(address - layout.RAW_HEADER);
    if (state === "allocated") continue;
    keep(address);
    keep(address + 4);
    keep(address + size - 4); // its size again, at the end of its payload
  }
  for (const { address } of freeSpans(core)) {
    keep(address);
    keep(address + 4);
  }
  return kept.all;
}

/** This moment of a heap that replays a trace of `idCount` ids. */
export function keyframe(core: Core, profile: Profile, idCount: number): Keyframe {
  const top = core.read(layout.OS + layout.OS_TOP);
  return {
    tables: tableParts(core, profile, idCount, top).map(([start, end]) => ({ start, words: core.copy(start, end) })),
    freeLists: freeListsOf(core, profile, top),
    words: wordsOf(core),
  };
}

/** Goes back, or on, to the moment of `frame`. What lies between and above its tables comes to be zero again. */
export function restoreKeyframe(core: Core, profile: Profile, idCount: number, frame: Keyframe): void {
  const everTop = core.read(layout.OS + layout.OS_EVER_TOP);
  const ends = tableParts(core, profile, idCount, everTop).map(([, end]) => end);
  const words = core.words;
  frame.tables.forEach(({ start, words: kept }, index) => {
    words.set(kept, start / 4);
    if (ends[index] > start + kept.byteLength) words.fill(0, start / 4 + kept.length, ends[index] / 4);
  });
  core.write(layout.OS + layout.OS_EVER_TOP, everTop); // memory from there on alone is known to be zero
  const lists = frame.freeLists;
  for (let at = 0; at < lists.length; at++) {
    if (lists[at] !== 0) words[lists[at] / 4] = lists[at + 1];
  }
  for (let at = 0; at < frame.words.length; at += 2) words[frame.words[at] / 4] = frame.words[at + 1];
}

/** Bytes that a keyframe takes. */
export const keyframeBytes = ({ tables, freeLists, words }: Keyframe): number =>
  tables.reduce((bytes, { words: kept }) => bytes + kept.byteLength, freeLists.byteLength + words.byteLength);
