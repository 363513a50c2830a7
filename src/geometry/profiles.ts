/**
 * A CPython build: its geometry and what else its allocator does in its own way. The table has every line from 2.3 on,
 * on 64 and on 32 bits. A row is added where `obmalloc.c` changed; else the last row's `last` names the new line.
 */
import { checkGeometry, type Geometry, type UsableOrder } from "./geometry.js";
import type { ReleasePolicy } from "./release.js";

export interface Profile {
  /** As it was asked for: `3.12`, `2.7.6`, `3.9-32`, `wasm32`, `3.15-hugepages`, `custom`. */
  readonly name: string;
  readonly geometry: Geometry;
  /** Width of a pointer of the emulated build. */
  readonly pointerBits: 32 | 64;
  /** Requests of more bytes than this are refused with 0: 2^31 − 1 where PY_SSIZE_T_MAX or INT_MAX says so, else 2^32 − 1. */
  readonly maxRequest: number;
  /** How far past a multiple of the pool size a real build's arenas start: arenas from `malloc` 16 or 8, from `mmap` 0. */
  readonly baseOffset: number;
  /** Address bits that the arena map (radix tree) covers; `null` before 3.10. */
  readonly arenaMapBits: 32 | 48 | 64 | null;
  /** Whether the MEM domain is pymalloc's in the real build (3.6 on), or the C library's. */
  readonly memIsPymalloc: boolean;
  /** 2.3 alone: realloc of a raw block to at most `threshold` bytes moves it into a pool. */
  readonly takesOverRaw: boolean;
  /** 2.3 and 2.4 print no arena counters. */
  readonly reportsArenas: boolean;
  /** What stands behind the placements: a real interpreter of this geometry, or the model that agrees with them. */
  readonly witness: "interpreter" | "model" | "none";
  /** Where the numbers are from. */
  readonly source: string;
}

/**
 * One geometry. Releases from `first` to `last`, both included; an `X.Y` stands for the last release of its line, or
 * for all of a line that is not finished. On 32 bits the alignment is 8, a pool 4 KiB and an arena 256 KiB in every
 * row. `ran`: the interpreters of this geometry on which placements were compared; "" where only the model has it.
 */
type Row = readonly [
  first: string,
  last: string,
  threshold: number,
  alignment64: number,
  pool64KiB: number,
  arena64KiB: number,
  arenasFrom: "malloc" | "mmap",
  release: ReleasePolicy,
  order: UsableOrder,
  mapBits64: 48 | 64 | null,
  ran64: string,
  ran32: string,
];

const EAGER32 = "2.7, 3.6.15, 3.8.18";
const KEEP32 = "3.9, 3.11, 3.13";

// biome-ignore format: a table
const ROWS: readonly Row[] = [
  ["2.3.0", "2.4.6",   256,  8,  4,  256, "malloc", "never",     "slide",   null, "", ""],
  ["2.5.0", "2.7.6",   256,  8,  4,  256, "malloc", "eager",     "slide",   null, "", ""],
  ["2.7.7", "2.7.16",  512,  8,  4,  256, "mmap",   "eager",     "slide",   null, "", EAGER32],
  ["2.7.17", "2.7.18", 512, 16,  4,  256, "mmap",   "eager",     "slide",   null, "2.7.18", EAGER32],
  ["3.0.0", "3.2.6",   256,  8,  4,  256, "malloc", "eager",     "slide",   null, "", ""],
  ["3.3.0", "3.7.3",   512,  8,  4,  256, "mmap",   "eager",     "slide",   null, "", EAGER32],
  ["3.7.4", "3.7.17",  512, 16,  4,  256, "mmap",   "eager",     "slide",   null, "3.7.16", EAGER32],
  ["3.8.0", "3.8",     512, 16,  4,  256, "mmap",   "eager",     "fingers", null, "3.8.18", EAGER32],
  ["3.9.0", "3.9",     512, 16,  4,  256, "mmap",   "keep-last", "fingers", null, "3.9.18", KEEP32],
  ["3.10.0", "3.10",   512, 16, 16, 1024, "mmap",   "keep-last", "fingers", 48,   "3.10.13", KEEP32],
  ["3.11.0", "3.15",   512, 16, 16, 1024, "mmap",   "keep-last", "fingers", 64,   "3.11.7, 3.12.1, 3.13.0, 3.14, 3.15", KEEP32],
];

/** The last release of each line that is finished; the other lines take any micro version. */
// biome-ignore format: one row a major version
const LAST_MICRO: Readonly<Record<string, number>> = {
  "2.3": 7, "2.4": 6, "2.5": 6, "2.6": 9, "2.7": 18,
  "3.0": 1, "3.1": 5, "3.2": 6, "3.3": 7, "3.4": 10, "3.5": 10, "3.6": 15, "3.7": 17, "3.8": 20,
};

const range = (major: number, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${major}.${first + i}`);

/** The newest line: what the table ends with. */
const NEWEST = ROWS[ROWS.length - 1][1];

/** Every line, the oldest first. */
export const CPYTHON_LINES: readonly string[] = [...range(2, 3, 7), ...range(3, 0, Number(NEWEST.split(".")[1]))];

/** Releases after which the geometry changed in the middle of a line. */
const LAST_OF_ROW: readonly string[] = ["2.7.6", "2.7.16", "3.7.3"];

const KIB = 1024;
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

/** Versions as numbers in their order: 3.7.3 is 3,007,003; 2.7 is 2.7.18; 3.14, not finished, is after each 3.14.Z. */
function versionNumber(version: string): number {
  const [major, minor, micro = LAST_MICRO[version] ?? 999] = version.split(".").map(Number);
  return (major * 1000 + minor) * 1000 + micro;
}

/**
 * The profile of a CPython build.
 *
 * `name` is `X.Y` (one of `CPYTHON_LINES`; the last release of the line) or `X.Y.Z`, for 64 bits, each also with `-32`; or
 * `wasm32`, which is `3.14-32`; or `3.15-hugepages`. Throws a `RangeError` for every other name, which says what
 * there is. A profile is given back as it is, if its geometry obeys the rules.
 * Source: obmalloc.c of each line's tags.
 */
export function profile(name: string | Profile): Profile {
  if (typeof name !== "string") {
    if (typeof name?.geometry !== "object" || name.geometry === null)
      throw new RangeError(`profile: expected a name, as "3.12", or a Profile, not ${JSON.stringify(name)}`);
    checkGeometry(name.geometry);
    return name;
  }
  if (name === "wasm32") {
    const build = profile("3.14-32");
    return { ...build, name, source: `${build.source}; wasm32 builds have pymalloc only when configured so` };
  }
  if (name === "3.15-hugepages") return hugepages(name);
  if (/^\d+\.\d+(\.\d+)?t|free-?thread|nogil/i.test(name)) {
    throw new RangeError(`${name}: free-threaded builds use mimalloc, there is no pymalloc to emulate`);
  }
  const { version, is32 } = parseName(name);
  const number = versionNumber(version);
  const found = ROWS.find(([first, last]) => versionNumber(first) <= number && number <= versionNumber(last));
  if (found === undefined) throw unknownProfile(name);
  return fromRow(name, number, is32, found);
}

/**
 * The names of all profiles: each line on 64 and 32 bits, each release after which a line changed, and the two
 * special ones.
 */
export function profileNames(): string[] {
  const versions = [...CPYTHON_LINES, ...LAST_OF_ROW].sort((a, b) => versionNumber(a) - versionNumber(b));
  return [...versions.flatMap((version) => [version, `${version}-32`]), "3.15-hugepages", "wasm32"];
}

/** The geometry of a custom profile: `order` may be left out, as both orders give the same placements. */
export type CustomGeometry = Omit<Geometry, "order"> & { readonly order?: UsableOrder };

/**
 * A profile of any valid geometry, named `custom`: no arena map, requests up to 2^32 − 1 bytes, arenas aligned. It is
 * a 64-bit one when the 48-byte header of those fits before its blocks. Throws the `RangeError` of `checkGeometry`.
 */
export function customProfile(custom: CustomGeometry): Profile {
  const { arenaSize, poolSize, alignment, threshold, poolOverhead, release, order = "fingers" } = custom;
  return {
    name: "custom",
    geometry: checkGeometry({ arenaSize, poolSize, alignment, threshold, poolOverhead, release, order }),
    pointerBits: poolOverhead >= 48 ? 64 : 32,
    maxRequest: UINT32_MAX,
    baseOffset: 0,
    arenaMapBits: null,
    memIsPymalloc: true,
    takesOverRaw: false,
    reportsArenas: true,
    witness: "none",
    source: "geometry given by the caller",
  };
}

/** Arenas of one 2 MiB huge page each. */
function hugepages(name: string): Profile {
  const build = profile("3.15");
  return {
    ...build,
    name,
    geometry: { ...build.geometry, arenaSize: 2048 * KIB },
    witness: "model",
    source: "obmalloc.c of 3.15, configured --with-pymalloc-hugepages; read, never run",
  };
}

function parseName(name: string): { version: string; is32: boolean } {
  const match = /^((0|[1-9]\d*)\.(0|[1-9]\d*))(?:\.(0|[1-9]\d{0,2}))?(-32)?$/.exec(name);
  if (match === null || !CPYTHON_LINES.includes(match[1])) throw unknownProfile(name);
  const [, line, , , micro, suffix] = match;
  const last = LAST_MICRO[line] ?? Number.POSITIVE_INFINITY;
  if (micro !== undefined && Number(micro) > last) {
    throw new RangeError(`${name}: the last release of ${line} is ${line}.${last}`);
  }
  return { version: micro === undefined ? line : `${line}.${micro}`, is32: suffix !== undefined };
}

const unknownProfile = (name: string): RangeError =>
  new RangeError(
    `no profile ${JSON.stringify(name)}: there are 2.3 to 2.7 and 3.0 to ${NEWEST}, ` +
      "also as X.Y.Z and with -32 (3.9.18-32), wasm32 and 3.15-hugepages",
  );

function fromRow(name: string, version: number, is32: boolean, row: Row): Profile {
  const [
    first,
    last,
    threshold,
    alignment64,
    pool64KiB,
    arena64KiB,
    arenasFrom,
    release,
    order,
    mapBits64,
    ran64,
    ran32,
  ] = row;
  const [machine, ran] = is32 ? ["i386", ran32] : ["x86-64", ran64];
  const since = (other: string): boolean => version >= versionNumber(other);
  return {
    name,
    geometry: {
      arenaSize: (is32 ? 256 : arena64KiB) * KIB,
      poolSize: (is32 ? 4 : pool64KiB) * KIB,
      alignment: is32 ? 8 : alignment64,
      threshold,
      poolOverhead: is32 ? 32 : 48,
      release,
      order,
    },
    pointerBits: is32 ? 32 : 64,
    maxRequest: maxRequest(since, is32),
    baseOffset: arenasFrom === "mmap" ? 0 : is32 ? 8 : 16,
    arenaMapBits: mapBits64 === null ? null : is32 ? 32 : mapBits64,
    memIsPymalloc: since("3.6.0"),
    takesOverRaw: !since("2.4.0"),
    reportsArenas: since("2.5.0"),
    witness: ran === "" ? "model" : "interpreter",
    source: `obmalloc.c of ${releases(first, last)}; placements ${ran === "" ? "by the model" : `as on ${machine} ${ran}`}`,
  };
}

function releases(first: string, last: string): string {
  const from = first.replace(/\.0$/, "");
  return from === last ? from : `${from}–${last}`;
}

/** 2.3 had no limit; 2.4 refused more than INT_MAX, 2.5 more than PY_SSIZE_T_MAX, which on 64 bits is past 4 GiB. */
function maxRequest(since: (version: string) => boolean, is32: boolean): number {
  if (!since("2.4.0")) return UINT32_MAX;
  return is32 || !since("2.5.0") ? INT32_MAX : UINT32_MAX;
}
