/**
 * A heap image: the bytes of a heap at one moment. It is read as a heap is, and needs no wasm.
 *
 * ╒═ saved, little-endian ═══════════════════════════════════════════════════╕
 * │ "PYHEAP\0" and a version byte, 1                                          │
 * │ u32  bytes of the JSON that follows, padded with blanks to a multiple of 4 │
 * │ u32  FNV-1a of all words that follow                                      │
 * │ JSON { "profile": {…}, "places"?: {…}, "segments": [[start, bytes], …] } │
 * │ the segments' bytes, one after the other                                  │
 * └──────────────────────────────────────────────────────────────────────────┘
 */

import { checkGeometry } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";
import * as layout from "../memory/layout.js";
import { type CensusTaker, CORE_PLACES, type Memory, memoryOf, type Places, type Segment } from "../memory/memory.js";
import { type HeapStats, heapStats } from "./heapstats.js";
import { type RawBlockRecord, rawBlocks } from "./rawblocks.js";
import { Snapshot } from "./snapshot.js";

const MAGIC = "PYHEAP\0";
const VERSION = 1;
const SUM_AT = 12;
const HEAD_BYTES = 16;

interface Header {
  readonly profile: Profile;
  /** Of an attached heap; else those of `core`. */
  readonly places?: Places;
  readonly segments: readonly [start: number, bytes: number][];
}

/** Whether `bytes` begin as a saved image does, of any version. */
export const isHeapImage = (bytes: Uint8Array): boolean =>
  String.fromCharCode(...bytes.subarray(0, MAGIC.length)) === MAGIC;

/** Throws a `RangeError` for a profile that is none. */
function checkProfile(profile: Partial<Profile> | undefined): Profile {
  const { name, pointerBits, geometry } = profile ?? {};
  if (typeof name !== "string" || (pointerBits !== 32 && pointerBits !== 64) || !geometry) {
    throw new RangeError("heap image: its header is damaged");
  }
  checkGeometry(geometry);
  return profile as Profile;
}

function isHeader(value: unknown): value is Header {
  const { segments, places = CORE_PLACES } = (value ?? {}) as Partial<Header>;
  const isWord = (n: unknown): boolean => Number.isInteger(n) && (n as number) % 4 === 0;
  const isSize = (n: unknown): boolean => isWord(n) && (n as number) >= 0;
  if (!isWord(places?.stateBase) || !isSize(places?.poolTable)) return false;
  return Array.isArray(segments) && segments.every((s) => Array.isArray(s) && s.length === 2 && s.every(isSize));
}

export class HeapImage {
  readonly profile: Profile;
  /** @internal */
  readonly places: Places;
  /** @internal */
  readonly memory: Memory;
  readonly #segments: readonly Segment[];

  /** @internal See `Heap.image` and `HeapImage.open`. */
  constructor(profile: Profile, places: Places, segments: readonly Segment[]) {
    this.profile = profile;
    this.places = places;
    this.#segments = segments;
    this.memory = memoryOf(segments, places);
  }

  snapshot(): Snapshot {
    return new Snapshot(this.profile, this.memory, () => this.memory);
  }

  /** Blocks of the raw domain, free ones too, by region, the newest first. */
  rawBlocks(): Generator<RawBlockRecord> {
    return rawBlocks(this.memory);
  }

  /** The words from `start` to `end`, multiples of 4. */
  words(start: number, end: number): Uint32Array {
    return this.memory.copy(start, end);
  }

  /** The numbers of the heap; `calls` and `wasmBytes`, which are not in an image, are 0. */
  stats(): HeapStats {
    const [memory, places] = [this.memory, this.places];
    const census = takeCensus(this.snapshot());
    const censusAt = places.stateBase + layout.CENSUS;
    const taker = {
      ...memory,
      memory: { buffer: { byteLength: 0 } },
      read64: (address: number) => memory.read(address) + memory.read(address + 4) * 2 ** 32,
      copy: (start: number, end: number) =>
        start === censusAt ? census.slice(0, (end - start) / 4) : memory.copy(start, end),
      takeCensus: () => 0,
    };
    return heapStats(this.profile, taker as unknown as CensusTaker, NO_CALLS);
  }

  save(): Uint8Array<ArrayBuffer> {
    const header: Header = {
      profile: this.profile,
      ...(this.places === CORE_PLACES ? {} : { places: this.places }),
      segments: this.#segments.map(({ start, words }) => [start, words.byteLength]),
    };
    const json = new TextEncoder().encode(JSON.stringify(header));
    const jsonBytes = Math.ceil(json.length / 4) * 4;
    const size = this.#segments.reduce((bytes, { words }) => bytes + words.byteLength, HEAD_BYTES + jsonBytes);
    const saved = new Uint8Array(size);
    saved.set([...new TextEncoder().encode(MAGIC), VERSION]);
    new DataView(saved.buffer).setUint32(8, jsonBytes, true);
    saved.fill(0x20, HEAD_BYTES, HEAD_BYTES + jsonBytes);
    saved.set(json, HEAD_BYTES);
    let at = HEAD_BYTES + jsonBytes;
    for (const { words } of this.#segments) {
      saved.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
      at += words.byteLength;
    }
    new DataView(saved.buffer).setUint32(SUM_AT, sumOf(saved), true);
    return saved;
  }

  /** Reads what `save` wrote. Throws a `RangeError` for anything else. */
  static open(saved: Uint8Array): HeapImage {
    const bytes = saved.slice(); // words need alignment
    if (bytes.length < HEAD_BYTES || !isHeapImage(bytes) || bytes[MAGIC.length] !== VERSION)
      throw new RangeError("not a heap image");
    const jsonBytes = new DataView(bytes.buffer).getUint32(8, true);
    let at = HEAD_BYTES + jsonBytes;
    if (at > bytes.length || at % 4 !== 0) throw new RangeError("heap image: cut off in its header");
    const header: unknown = parseJson(new TextDecoder().decode(bytes.subarray(HEAD_BYTES, at)));
    if (!isHeader(header)) throw new RangeError("heap image: its header is damaged");
    const segments = header.segments.map(([start, length]) => {
      if (at + length > bytes.length) throw new RangeError("heap image: cut off");
      const words = new Uint32Array(bytes.buffer, at, length / 4);
      at += length;
      return { start, words };
    });
    if (at !== bytes.length) throw new RangeError("heap image: more bytes than its header tells of");
    if (new DataView(bytes.buffer).getUint32(SUM_AT, true) !== sumOf(bytes))
      throw new RangeError("heap image: damaged, its bytes do not give its sum");
    return new HeapImage(checkProfile(header.profile), header.places ?? CORE_PLACES, segments);
  }
}

/** FNV-1a, a word at a time: a change of one word is always seen. */
function sumOf(saved: Uint8Array<ArrayBuffer>): number {
  const words = new Uint32Array(saved.buffer, HEAD_BYTES, (saved.length - HEAD_BYTES) / 4);
  let sum = 0x811c9dc5;
  for (const word of words) sum = Math.imul(sum ^ word, 0x01000193);
  return sum >>> 0;
}

const NO_CALLS = { malloc: 0, calloc: 0, realloc: 0, free: 0, failures: 0 };

/** Counts as census.ts does: two words a class. */
function takeCensus({ poolWords }: Snapshot): Uint32Array {
  const census = new Uint32Array(layout.CENSUS_SIZE / 4);
  for (let at = 0; at < poolWords.length; at += layout.POOL_HEADER_SIZE / 4) {
    const count = poolWords[at + layout.POOL_COUNT / 4];
    const szidx = poolWords[at + layout.POOL_SZIDX / 4];
    if (count === 0 || 2 * szidx >= census.length) continue;
    census[2 * szidx + layout.CENSUS_POOLS / 4]++;
    census[2 * szidx + layout.CENSUS_BLOCKS / 4] += count;
  }
  return census;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
