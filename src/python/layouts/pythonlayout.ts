/** The layout of one version of CPython on one word size: a column of the table, under the names of the fields. */
import { COLUMNS, OFFSETS } from "./offsets.js";

type Table = typeof OFFSETS;

/** Bytes from the start of a structure to a field, or a structure's size; `ABSENT` if the version has no such field. */
export type Offsets = { readonly [Group in keyof Table]: { readonly [Field in keyof Table[Group]]: number } };

export interface Layout extends Offsets {
  /** The 14 of Python 3.14. */
  readonly minor: number;
  readonly wordBytes: 4 | 8;
}

/** The layout of a Python is not known, or the interpreter states another. */
export class LayoutError extends Error {
  override readonly name = "LayoutError";
}

/** The layout of Python 3.`minor` with words of `wordBytes` bytes. Throws a `LayoutError` if the table has none. */
export function layoutOf(minor: number, wordBytes: number): Layout {
  const column = COLUMNS.findIndex(([knownMinor, knownBytes]) => knownMinor === minor && knownBytes === wordBytes);
  if (column < 0) {
    const known = COLUMNS.map(([knownMinor, bytes]) => `3.${knownMinor} (${bytes * 8} bits)`).join(", ");
    throw new LayoutError(
      `Python 3.${minor} on ${wordBytes * 8} bits: unknown object layout; expected one of ${known}`,
    );
  }
  const groups = Object.entries(OFFSETS).map(([group, fields]) => [
    group,
    Object.fromEntries(Object.entries(fields).map(([field, row]) => [field, row[column]])),
  ]);
  const offsets = Object.fromEntries(groups) as Offsets;
  return { ...offsets, ...unpublished(offsets, minor), minor, wordBytes: COLUMNS[column][1] };
}

/** What the headers of older versions do not have: `PyModuleObject`, which is that of 3.10, and dicts' values, a bare array. */
function unpublished({ module, values }: Offsets, minor: number): Partial<Offsets> {
  return {
    module: minor < 10 ? { md_dict: 16, md_def: 24, md_state: 32, md_weaklist: 40, md_name: 48 } : module,
    values: minor < 11 ? { ...values, values: 0 } : values,
  } as Partial<Offsets>;
}
