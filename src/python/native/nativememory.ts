/**
 * A native CPython's memory, made out from its mappings alone.
 *
 *     regions ─► version, layout ─► pools ─► arenas ─► live blocks ─► type `type` ─► interpreters ─► PythonMemory
 */
import { type Profile, profile } from "../../geometry/profiles.js";
import { type Layout, layoutOf } from "../layouts/pythonlayout.js";
import { DictTable } from "../objects/dicttable.js";
import type { PoolColumns } from "../objects/pools.js";
import type { PythonMemory } from "../objects/pythonmemory.js";
import { strText } from "../objects/text.js";
import { FencedBlocks } from "../space/fenced.js";
import { GlibcBlocks, isMainArena } from "../space/glibc.js";
import type { AddressRange } from "../space/mallocblocks.js";
import { SegmentSpace } from "../space/segments.js";
import type { Space } from "../space/space.js";
import { type FoundArena, findArenas, poolsOfArenas } from "./arenas.js";
import { findBlocks } from "./foundblocks.js";
import { findDictType, findInterpreters, findTypeType } from "./interpretersearch.js";
import { findPools } from "./poolsearch.js";
import { type PythonVersion, pythonVersion } from "./pythonversion.js";
import { namesOfTypes } from "./recoverednames.js";
import { endOf, outsideArenas, type Region } from "./region.js";

/** The memory holds no Python that `inspect` can read. The message says why. */
export class NotPythonError extends Error {
  override readonly name = "NotPythonError";
}

export interface NativeMemory extends PythonMemory {
  readonly version: PythonVersion;
  /** The allocator of this version. */
  readonly profile: Profile;
  /** By address. */
  readonly foundArenas: readonly FoundArena[];
  /** Pools that were being changed when the process stopped. */
  readonly torn: number;
  readonly hasDebugHooks: boolean;
  /** Where glibc has its main arena; `null` if that was not found. */
  readonly heap: AddressRange | null;
}

const WORD_BYTES = 8;

/** `force`: as in `knownLayout`. Throws a `NotPythonError` if no Python that is known lies in `regions`. */
export function nativeMemory(regions: readonly Region[], force = false): NativeMemory {
  const version = pythonVersion(regions);
  if (version === null) throw new NotPythonError("no CPython: neither a file of the process nor its memory names one");
  const layout = knownLayout(version, force);
  const native = profile(`3.${layout.minor}`);
  const { geometry } = native;
  const space = new SegmentSpace(regions, WORD_BYTES);
  const candidates = findPools(regions, geometry).sort((a, b) => a.address - b.address);
  const foundArenas = findArenas(space, regions, candidates, geometry);
  const { pools, torn } = findBlocks(space, poolsOfArenas(candidates, foundArenas, geometry), foundArenas, geometry);
  if (pools.addresses.length === 0)
    throw new NotPythonError(
      `Python 3.${version.minor} without pools of pymalloc: it runs with PYTHONMALLOC=malloc, or has not started yet`,
    );
  const typeType = findTypeType(space, layout, regions);
  if (typeType === 0)
    throw new NotPythonError(
      `Python 3.${version.minor} with other objects than are known: a debug build, or one that was changed`,
    );
  const dictType = findDictType(space, layout, pools, typeType);
  const interpreters = findInterpreters(space, layout, regions, pools, dictType);
  if (interpreters.length === 0)
    throw new NotPythonError(`Python 3.${version.minor}: the state of its interpreter was not found`);
  const hasNames = space.has(space.word(typeType + layout.type.tp_name), 1);
  if (isDebugBuild(space, layout, interpreters[0]))
    throw new NotPythonError(`Python 3.${version.minor} built with --with-pydebug: its objects have other fields`);
  const ranges = mallocRanges(regions, pools);
  const heap = ranges.find((range) => isMainArena(space, range)) ?? null;
  const hasDebugHooks = pools.poolOverhead > geometry.poolOverhead;
  return {
    space,
    layout,
    pools,
    raw: hasDebugHooks ? new FencedBlocks(space, ranges) : new GlibcBlocks(space, ranges, heap),
    statics: regions.filter(({ isStatic }) => isStatic).map((region) => ({ start: region.start, end: endOf(region) })),
    typeType,
    asked: null,
    listed: null,
    typeNames: hasNames ? null : namesOfTypes(space, layout, pools, typeType, dictType),
    interpreters,
    version,
    profile: native,
    foundArenas,
    torn,
    hasDebugHooks,
    heap,
  };
}

/** Only such a build has `sys.gettotalrefcount`. */
function isDebugBuild(space: Space, layout: Layout, interpreter: number): boolean {
  const table = DictTable.of(space, layout, space.word(interpreter + layout.interpreter.sysdict));
  for (let entry = 0; entry < table.length; entry++) {
    const key = table.key(entry);
    if (key !== 0 && strText(space, layout, key) === "gettotalrefcount") return true;
  }
  return false;
}

/** `force`: whether a version whose objects are not known is read as the nearest that is. */
function knownLayout({ minor, micro, isFreeThreaded }: PythonVersion, force: boolean): Layout {
  if (isFreeThreaded)
    throw new NotPythonError(`Python 3.${minor} without the GIL: it uses mimalloc, and has no pools of pymalloc`);
  const nearest = Math.min(Math.max(minor, OLDEST), NEWEST);
  if (nearest !== minor && !force)
    throw new NotPythonError(
      `Python 3.${minor}: its objects are not known; expected 3.${OLDEST} to 3.${NEWEST} (--force reads it as 3.${nearest})`,
    );
  // 3.7.0 to 3.7.3 align to 8 bytes; 3.14.0 to 3.14.4 collect incrementally, with other links.
  const isOther = micro !== null && ((minor === 7 && micro < 4) || (minor === 14 && micro < 5));
  if (isOther && !force)
    throw new NotPythonError(
      `Python 3.${minor}.${micro} has objects of another form than later releases of 3.${minor} (--force reads it as one of these)`,
    );
  return layoutOf(nearest, WORD_BYTES);
}

/** Minor versions of Python 3 whose layouts are known. */
const OLDEST = 7;
const NEWEST = 15;

/** Where malloc may have its chunks: anonymous memory that can be written, without the arenas. */
const mallocRanges = (regions: readonly Region[], { arenas, arenaBytes }: PoolColumns): AddressRange[] =>
  regions
    .filter(({ isWritable, isStatic, path }) => isWritable && !isStatic && (path === "" || path === "[heap]"))
    .flatMap((region) => outsideArenas(region, arenas, arenaBytes));
