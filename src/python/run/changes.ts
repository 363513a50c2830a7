/** What there is more and less of than at an earlier mark. */
import type { OwnerRow } from "../graph/ownertable.js";
import type { BlockKind } from "../interpreter/heaplook.js";
import { holdingName, type TypeRow } from "../interpreter/pins.js";

/** How the live blocks that are one thing to Python have changed. */
export interface TypeChange {
  /** As in the types of a mark: a type, "data of" one, "free list of" one, or "unknown". */
  readonly name: string;
  readonly kind: BlockKind;
  readonly blocks: number;
  readonly bytes: number;
  /** Of blocks and bytes, those outside of arenas. */
  readonly largeBlocks: number;
  readonly largeBytes: number;
}

/** How an owner has changed. An owner without a row at a mark counts as 0 there: it pinned nothing, and retained 1 % at most. */
export interface OwnerChange {
  /** As in `OwnerRow`, of the later mark if it is there. */
  readonly path: string;
  readonly root: string;
  readonly objects: number;
  readonly retainedBytes: number;
  readonly arenas: number;
  readonly pinCostBytes: number;
}

const size = Math.abs;

export function typeChanges(before: readonly TypeRow[], after: readonly TypeRow[]): TypeChange[] {
  const named = (rows: readonly TypeRow[]) =>
    rows.map(({ kind, type, ...row }) => ({ name: holdingName(kind, type), kind, ...row }));
  return differences(named(before), named(after), ["blocks", "bytes", "largeBlocks", "largeBytes"], ({ name }) => name)
    .filter(({ blocks, bytes }) => blocks !== 0 || bytes !== 0)
    .sort((a, b) => size(b.bytes) - size(a.bytes) || (a.name < b.name ? -1 : 1));
}

export function ownerChanges(before: readonly OwnerRow[], after: readonly OwnerRow[]): OwnerChange[] {
  const changing = (rows: readonly OwnerRow[]): OwnerChange[] =>
    rows.map(({ path, root, objects, retainedBytes, arenas, pinCostBytes }) => ({
      path,
      root,
      objects,
      retainedBytes,
      arenas,
      pinCostBytes,
    }));
  // A frame's local is the same one while the frame goes from line to line.
  const identityOf = ({ root }: OwnerChange): string => root.replace(/:\d+$/, "");
  return differences(
    changing(before),
    changing(after),
    ["objects", "retainedBytes", "arenas", "pinCostBytes"],
    identityOf,
  )
    .filter(({ retainedBytes, pinCostBytes }) => retainedBytes !== 0 || pinCostBytes !== 0)
    .sort((a, b) => size(b.retainedBytes) - size(a.retainedBytes) || size(b.pinCostBytes) - size(a.pinCostBytes));
}

/** Rows by identity, the later ones' order and names first, with `counts` less what they were before. */
function differences<K extends string, R extends Readonly<Record<K, number>>>(
  before: readonly R[],
  after: readonly R[],
  counts: readonly K[],
  identityOf: (row: R) => string,
): R[] {
  const all = new Map<string, R>();
  const add = (rows: readonly R[], sign: 1 | -1): void => {
    for (const row of rows) {
      const had = all.get(identityOf(row));
      const sums = counts.map((count) => [count, (had?.[count] ?? 0) + sign * row[count]]);
      all.set(identityOf(row), { ...(had ?? row), ...Object.fromEntries(sums) });
    }
  };
  add(after, 1);
  add(before, -1);
  return [...all.values()];
}
