/** Bytes that an object takes, from its address on, as its type and its own length say. */
import type { Layout } from "../layouts/pythonlayout.js";
import * as flag from "../layouts/typeflags.js";
import { type Space, signedWord } from "../space/space.js";
import { type PyType, SHAPE } from "./pytype.js";

/** `state` of a str: kind (bits 2 to 4), compact (5), ascii (6). */
export const STR_KIND = 2;
export const STR_COMPACT = 1 << 5;
export const STR_ASCII = 1 << 6;
/** Bits of a digit of an int are in 4 bytes; its length is `lv_tag` without the 3 lowest bits. */
const DIGIT_BYTES = 4;
const TAG_BITS = 8;
/** The two lowest bits of `lv_tag` say 0 positive, 1 zero, 2 negative. */
const TAG_SIGN = 3;
const TAG_NEGATIVE = 2;

/** Bytes that an object may have before its address: none, the collector's head, and from 3.11 on two words more. Without head come no words. */
export function headerSizes({ gcHead, wordBytes, minor }: Layout): readonly number[] {
  return minor < 11 ? [0, gcHead.size] : [0, gcHead.size, gcHead.size + 2 * wordBytes];
}

export function objectBytes(space: Space, layout: Layout, address: number, type: PyType): number {
  const { wordBytes } = layout;
  if ((type.flags & flag.UNICODE_SUBCLASS) !== 0) return Math.max(strBytes(space, layout, address), 0);
  if ((type.flags & flag.LONG_SUBCLASS) !== 0) {
    const { ob_digit } = layout.int;
    const { digits } = intHead(space, layout, address);
    return Math.max(type.basicsize, ob_digit + digits * DIGIT_BYTES);
  }
  const { shape } = type.body;
  if (shape === SHAPE.TYPE) {
    const members = isAllocatedType(space, layout, address) ? space.word(address + layout.object.ob_size) + 1 : 0;
    return members === 0 ? layout.type.size : type.basicsize + members * type.itemsize;
  }
  // Frames have items and no count of them.
  if (type.itemsize > 0 && shape !== SHAPE.FRAME && shape !== SHAPE.GENERATOR)
    return type.basicsize + space.word(address + layout.object.ob_size) * type.itemsize;
  if (minorHasInlineValues(layout) && (type.flags & flag.INLINE_VALUES) !== 0) {
    // The values, and a byte each for their order.
    const capacity = space.byte(address + type.basicsize + layout.values.capacity);
    return type.basicsize + layout.values.values + capacity * wordBytes + capacity;
  }
  return type.basicsize;
}

/** Whether the type object at `address` was allocated. */
export const isAllocatedType = (space: Space, { type }: Layout, address: number): boolean =>
  (space.uint32(address + type.tp_flags) & flag.HEAPTYPE) !== 0;

/** Digits of 30 bits of an int, and its sign. Until 3.11 `ob_size` has both. */
export function intHead(space: Space, layout: Layout, address: number): { digits: number; isNegative: boolean } {
  const { lv_tag } = layout.int;
  if (layout.minor < 12) {
    const size = signedWord(space, address + layout.object.ob_size);
    return { digits: Math.abs(size), isNegative: size < 0 };
  }
  const tag = space.word(address + lv_tag);
  return { digits: Math.floor(tag / TAG_BITS), isNegative: (tag & TAG_SIGN) === TAG_NEGATIVE };
}

const minorHasInlineValues = ({ minor }: Layout): boolean => minor >= 13;

function strBytes(space: Space, { str }: Layout, address: number): number {
  const state = space.uint32(address + str.state);
  const length = space.word(address + str.length);
  if ((state & STR_COMPACT) === 0) return str.size;
  return (state & STR_ASCII) !== 0
    ? str.asciiSize + length + 1
    : str.compactSize + ((state >>> STR_KIND) & 7) * (length + 1);
}
