/** References of the built-in containers, and the data that they own. */
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";
import { DictTable } from "./dicttable.js";
import { valuesBlock } from "./instancedict.js";
import type { ReferenceReader } from "./referencereader.js";
import { STR_ASCII, STR_COMPACT } from "./sizes.js";

/** No container has more items: what claims to have is none. */
const MAX_ITEMS = 2 ** 31;

export function readTuple(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const length = space.word(address + layout.object.ob_size);
  if (length < MAX_ITEMS) reader.referAll(address + layout.tuple.ob_item, length);
}

export function readList(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const length = space.word(address + layout.object.ob_size);
  const items = space.word(address + layout.list.ob_item);
  if (items === 0 || length >= MAX_ITEMS) return;
  reader.own(items, length * layout.wordBytes);
  reader.referAll(items, length);
}

/** The dict holds its values; its table of keys, which others may share, holds the keys. */
export function readDict(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const keys = space.word(address + layout.dict.ma_keys);
  const values = space.word(address + layout.dict.ma_values);
  if (keys === 0) return;
  const table = new DictTable(space, layout, keys, values);
  ownKeys(reader, keys, table.bytes);
  if (values !== 0) {
    // Values that lie in an instance are the instance's.
    if (layout.minor >= 13 && space.byte(values + layout.values.embedded) !== 0) return;
    reader.own(valuesBlock(space, layout, values), layout.values.values + table.length * layout.wordBytes);
  }
  for (let i = 0; i < table.length; i++) reader.refer(table.value(i));
}

/** The table of the dict of interned strings, which holds none of them: they leave it when they go. */
export function ownTable(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const keys = space.word(address + layout.dict.ma_keys);
  if (keys !== 0) reader.own(keys, new DictTable(space, layout, keys, 0).bytes);
}

/** The table at `keys` is the owner's, and its keys are to be read. Returns its node; −1 if it is static. */
export function ownKeys(reader: ReferenceReader, keys: number, bytes: number): number {
  const before = reader.nodes.at(keys);
  const wasRead = before >= 0 && reader.nodes.isExplained(before);
  const node = reader.own(keys, bytes);
  if (node >= 0 && !wasRead) reader.keyTables.push(node);
  return node;
}

/** The keys of a table, which is a node. */
export function readKeys(reader: ReferenceReader, keys: number): void {
  const table = new DictTable(reader.space, reader.layout, keys, 0);
  for (let i = 0; i < table.length; i++) reader.refer(table.key(i));
}

export function readSet(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const table = space.word(address + layout.set.table);
  const entries = space.word(address + layout.set.mask) + 1;
  if (table === 0 || entries > MAX_ITEMS) return;
  if (table !== address + layout.set.smalltable) reader.own(table, entries * layout.setEntry.size);
  for (let i = 0, at = table; i < entries; i++, at += layout.setEntry.size) reader.refer(space.word(at));
}

/**
 * A deque: blocks of 64 items, linked (_collectionsmodule.c).
 *
 *     deque   … ob_size, leftblock, rightblock, leftindex, rightindex, state, maxlen, numfreeblocks, freeblocks …
 *     block   leftlink, item 0 … item 63, rightlink
 */
const DEQUE_BLOCK_ITEMS = 64;
/** Blocks that a deque keeps for later: `MAXFREEBLOCKS`. */
const MAX_FREE_BLOCKS = 16;

export function readDeque(reader: ReferenceReader, address: number, basicsize: number): void {
  const { space, layout } = reader;
  const { wordBytes } = layout;
  const blockBytes = (DEQUE_BLOCK_ITEMS + 2) * wordBytes;
  for (const { block, items, length } of dequeBlocks(space, layout, address)) {
    if (reader.own(block, blockBytes) < 0) return;
    reader.referAll(items, length);
  }
  if (basicsize < (10 + MAX_FREE_BLOCKS) * wordBytes) return; // older ones share them
  const freeblocks = space.word(address + 9 * wordBytes);
  for (let i = 0; i < freeblocks && i < MAX_FREE_BLOCKS; i++)
    reader.own(space.word(address + (10 + i) * wordBytes), blockBytes);
}

/** The blocks of a deque, with the address of the first item in use of each, and how many are. */
export function* dequeBlocks(
  space: Space,
  layout: Layout,
  address: number,
): Generator<{ block: number; items: number; length: number }> {
  const { wordBytes } = layout;
  const field = (index: number): number => space.word(address + index * wordBytes);
  let [left, block, index] = [field(2), field(3), field(5)];
  while (block !== 0 && index < DEQUE_BLOCK_ITEMS) {
    const length = Math.min(left, DEQUE_BLOCK_ITEMS - index);
    yield { block, items: block + (1 + index) * wordBytes, length };
    left -= length;
    if (left <= 0) return;
    block = space.word(block + (1 + DEQUE_BLOCK_ITEMS) * wordBytes);
    index = 0;
  }
}

/** Text that is not in the object itself, and a copy of it in UTF-8. */
export function readStr(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const { str } = layout;
  const state = space.uint32(address + str.state);
  const isCompact = (state & STR_COMPACT) !== 0;
  if (isCompact && (state & STR_ASCII) !== 0) return;
  const data = isCompact ? 0 : space.word(address + str.data);
  const utf8 = space.word(address + str.utf8);
  if (data !== 0) reader.own(data, 1);
  if (utf8 !== 0 && utf8 !== data) reader.own(utf8, 1);
}

/** A buffer of bytes, whose address is at `pointer` in the object. */
export function readBuffer(reader: ReferenceReader, address: number, pointer: number): void {
  const data = reader.space.word(address + pointer);
  if (data !== 0) reader.own(data, 1);
}

/** A date with a time has a time zone only if `hastzinfo`, the byte behind the hash, says so; otherwise the word is not there. */
export function readDatetime(reader: ReferenceReader, address: number, basicsize: number): void {
  const { space, layout } = reader;
  const { wordBytes } = layout;
  if (space.byte(address + 3 * wordBytes) !== 0) reader.refer(space.word(address + basicsize - wordBytes));
}
