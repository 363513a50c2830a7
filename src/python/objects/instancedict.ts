/**
 * Where an instance keeps its attributes, which changed with nearly every version:
 *
 *     to 3.10     a dict, whose table its class may share: `tp_dictoffset`
 *     3.11        dict ┬ values ┬ PyGC_Head ┬ instance           one of the two; values in a block of their own
 *     3.12        dict, or values + 1 ┬ weakrefs ┬ PyGC_Head ┬ instance
 *     from 3.13   dict ┬ weakrefs ┬ PyGC_Head ┬ instance ┬ header ┬ values      values valid until a dict takes over
 *
 *     block of values, 3.11 and 3.12     prefix, its last byte the number of its bytes ┬ value 0 ┬ value 1 …
 *
 * Sources: Objects/typeobject.c, Objects/dictobject.c, Include/internal/pycore_object.h of each version.
 */
import type { Layout } from "../layouts/pythonlayout.js";
import * as flag from "../layouts/typeflags.js";
import { type Space, signedWord } from "../space/space.js";
import { DictTable } from "./dicttable.js";
import type { PyType } from "./pytype.js";

/** The values of an instance's attributes, in the order of its class's shared keys. */
export interface InstanceValues {
  /** Address of the first. */
  readonly first: number;
  readonly length: number;
  /** Start of the block that has them; 0 if they lie in the instance. */
  readonly block: number;
}

/** The values of the instance at `address`; `null` if it keeps its attributes in a dict, or has none. */
export function instanceValues(space: Space, layout: Layout, type: PyType, address: number): InstanceValues | null {
  const { minor, values, wordBytes, gcHead, heapType } = layout;
  if (minor >= 13) {
    if ((type.flags & flag.INLINE_VALUES) === 0) return null;
    const start = address + type.basicsize;
    if (space.byte(start + values.valid) === 0) return null;
    return { first: start + values.values, length: space.byte(start + values.capacity), block: 0 };
  }
  if (minor < 11 || (type.flags & flag.MANAGED_DICT) === 0) return null;
  const word = space.word(address - gcHead.size - (minor === 11 ? 2 : 1) * wordBytes);
  const first = minor === 11 ? word : word % 2 === 1 ? word + 1 : 0;
  if (first === 0) return null;
  const keys = space.word(type.address + heapType.ht_cached_keys);
  const { length } = new DictTable(space, layout, keys, 0);
  return { first, length, block: valuesBlock(space, layout, first) };
}

/** Start of the block that `values` points into: `ma_values` of a dict, or what an instance has in its place. */
export const valuesBlock = (space: Space, { minor }: Layout, values: number): number =>
  minor === 11 || minor === 12 ? values - space.byte(values - 1) : values;

/** Address of the dict of the instance at `address`; 0 if it has none. */
export function instanceDict(space: Space, layout: Layout, type: PyType, address: number): number {
  const { wordBytes, gcHead, object, minor } = layout;
  if ((type.flags & flag.MANAGED_DICT) !== 0) {
    const word = space.word(address - gcHead.size - wordBytes);
    return minor === 12 && word % 2 === 1 ? 0 : word;
  }
  const { dictoffset, basicsize, itemsize } = type;
  if (dictoffset >= 0) return dictoffset === 0 ? 0 : space.word(address + dictoffset);
  // From the end of an instance whose length varies. That of an int is negative if the number is.
  const length = Math.abs(signedWord(space, address + object.ob_size));
  const end = Math.ceil((basicsize + length * itemsize) / wordBytes) * wordBytes;
  return length > MAX_LENGTH ? 0 : space.word(address + end + dictoffset);
}

const MAX_LENGTH = 2 ** 32;
