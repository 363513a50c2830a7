/**
 * The states of a process's interpreters. No symbol says where they are: a state is recognised by what it has.
 *
 *     state   threads_head ─► thread ─► the state again · modules, sysdict, builtins: three dicts
 */
import type { Layout } from "../layouts/pythonlayout.js";
import * as flag from "../layouts/typeflags.js";
import type { PoolColumns } from "../objects/pools.js";
import type { AddressRange } from "../space/mallocblocks.js";
import type { Space } from "../space/space.js";
import { liveBlocks } from "./foundblocks.js";
import { outsideArenas, type Region, wordsOf } from "./region.js";

/** Below lies nothing: numbers, and null pointers. */
const LOWEST = 65_536;

/** Address of `PyType_Type`, the object that is its own type and has the size of a class. Returns 0 if memory has none. */
export function findTypeType(space: Space, layout: Layout, regions: readonly Region[]): number {
  const { object, type, heapType } = layout;
  for (const region of regions) {
    if (!region.isWritable || !region.isStatic) continue;
    const words = wordsOf(region);
    for (let at = 0; at + 4 <= words.length; at += 2) {
      const address = region.start + 4 * at;
      if (words[at + 2] !== address >>> 0 || words[at + 2] + words[at + 3] * 2 ** 32 !== address) continue;
      if (space.word(address + object.ob_type) !== address) continue;
      const flags = space.uint32(address + type.tp_flags);
      if ((flags & flag.TYPE_SUBCLASS) === 0 || (flags & flag.HAVE_GC) === 0) continue;
      if (space.word(address + type.tp_basicsize) === heapType.size) return address;
    }
  }
  return 0;
}

/** Address of `PyDict_Type`. Returns 0 if no live block is a dict. */
export function findDictType(space: Space, layout: Layout, pools: PoolColumns, typeType: number): number {
  const { object, type, dict, gcHead } = layout;
  for (const block of liveBlocks(pools)) {
    const found = space.word(block + gcHead.size + object.ob_type);
    if (found < LOWEST || found % 8 !== 0 || space.word(found + object.ob_type) !== typeType) continue;
    const flags = space.uint32(found + type.tp_flags);
    const isDict = (flags & flag.DICT_SUBCLASS) !== 0 && (flags & flag.HEAPTYPE) === 0;
    if (isDict && space.word(found + type.tp_basicsize) === dict.size) return found;
  }
  return 0;
}

/** Addresses of the states, the main interpreter's first. */
export function findInterpreters(
  space: Space,
  layout: Layout,
  regions: readonly Region[],
  pools: PoolColumns,
  dictType: number,
): number[] {
  const { interpreter, thread, object } = layout;
  const isDict = (address: number): boolean =>
    address >= LOWEST && address % 8 === 0 && space.word(address + object.ob_type) === dictType;
  const found = new Set<number>();
  const distance = (interpreter.sysdict - interpreter.modules) / 4;
  const search = (region: Region, { start, end }: AddressRange): void => {
    const words = wordsOf(region);
    const last = Math.min((end - region.start) / 4, words.length - Math.max(0, distance) - 2);
    for (let at = Math.max((start - region.start) / 4, -distance); at < last; at += 2) {
      if (words[at + 1] >>> 16 !== 0 || words[at + distance + 1] >>> 16 !== 0) continue;
      const modules = words[at] + words[at + 1] * 2 ** 32;
      const sysdict = words[at + distance] + words[at + distance + 1] * 2 ** 32;
      if (modules === sysdict || !isDict(modules) || !isDict(sysdict)) continue;
      const state = region.start + 4 * at - interpreter.modules;
      const first = space.word(state + interpreter.threads_head);
      if (first >= LOWEST && space.word(first + thread.interp) === state) found.add(state);
    }
  };
  const candidates = regions.filter(({ isWritable, path }) => isWritable && path !== "[stack]");
  // The main interpreter's is static from 3.12 on.
  for (const region of [...candidates].sort((a, b) => Number(b.isStatic) - Number(a.isStatic)))
    for (const range of outsideArenas(region, pools.arenas, pools.arenaBytes)) search(region, range);
  return [...found];
}
