/**
 * The table of a dict's keys.
 *
 *     ma_keys ─► ┌ dk_refcnt … dk_nentries ┬ indices ┬ entry 0 ┬ entry 1 ┬ …
 *                └─────────────────────────┴─────────┴─────────┴─────────┴
 *     entry       general: hash, key, value · from 3.11 on, unicode: key, value · split: key, —
 *     ma_values ─► header, value 0, value 1, …       of a split table, which the instances of a class share
 */
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";

/** `dk_kind`. */
const GENERAL = 0;
const SPLIT = 2;

export class DictTable {
  /** Entries in use, with those that were deleted. */
  readonly length: number;
  /** Bytes of the table. */
  readonly bytes: number;
  readonly #space: Space;
  readonly #firstKey: number;
  readonly #stride: number;
  readonly #firstValue: number;
  readonly #valueStride: number;

  /** The table at `keys`, with values at `values` if that is not 0. */
  constructor(space: Space, layout: Layout, keys: number, values: number) {
    const { wordBytes } = layout;
    const { kind, entries, length, usable } =
      layout.minor < 11 ? olderHead(space, layout, keys) : head(space, layout, keys);
    this.#stride = (kind === GENERAL ? 3 : 2) * wordBytes;
    this.#space = space;
    this.length = length <= usable ? length : 0; // what claims to have more is no table
    this.bytes = entries - keys + this.#stride * usable;
    this.#firstKey = entries + (kind === GENERAL ? wordBytes : 0);
    const isSplit = kind === SPLIT || values !== 0;
    this.#valueStride = isSplit ? wordBytes : this.#stride;
    // A split table without values has none.
    this.#firstValue = !isSplit ? this.#firstKey + wordBytes : values === 0 ? 0 : values + layout.values.values;
  }

  /** The dict at `address`. */
  static of(space: Space, layout: Layout, address: number): DictTable {
    const { ma_keys, ma_values } = layout.dict;
    return new DictTable(space, layout, space.word(address + ma_keys), space.word(address + ma_values));
  }

  /** Address of the key of entry `i`; 0 if the entry is free. */
  key(i: number): number {
    return this.#space.word(this.#firstKey + i * this.#stride);
  }

  /** Address of the value of entry `i`; 0 if the entry is free. */
  value(i: number): number {
    return this.#firstValue === 0 ? 0 : this.#space.word(this.#firstValue + i * this.#valueStride);
  }
}

interface TableHead {
  readonly kind: number;
  /** Address of the first entry. */
  readonly entries: number;
  readonly length: number;
  /** Entries that the table has room for. */
  readonly usable: number;
}

function head(space: Space, { keys: offsets }: Layout, keys: number): TableHead {
  return {
    kind: space.byte(keys + offsets.dk_kind),
    entries: keys + offsets.dk_indices + 2 ** space.byte(keys + offsets.dk_log2_index_bytes),
    length: space.word(keys + offsets.dk_nentries),
    usable: usableOf(2 ** space.byte(keys + offsets.dk_log2_size)),
  };
}

/** 3.7 to 3.10, which publish nothing of it (dict-common.h): `dk_refcnt, dk_size, dk_lookup, dk_usable, dk_nentries, dk_indices`. */
function olderHead(space: Space, { wordBytes }: Layout, keys: number): TableHead {
  const size = space.word(keys + wordBytes);
  const indexBytes = size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffff_ffff ? 4 : 8;
  return {
    kind: GENERAL,
    entries: keys + 5 * wordBytes + size * indexBytes,
    length: space.word(keys + 4 * wordBytes),
    usable: usableOf(size),
  };
}

/** `USABLE_FRACTION`. */
const usableOf = (size: number): number => Math.floor((2 * size) / 3);
