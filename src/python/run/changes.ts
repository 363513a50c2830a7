/** What there is more and less of than at an earlier mark. */
import type { OwnerRow } from "../graph/ownertable.js";
import type { BlockKind } from "../interpreter/objects.js";
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

/** How an owner has changed. It counts as 0 where it was no row: where it pinned nothing, and retained less than a hundredth. */
export interface OwnerChange {
  /** As in `OwnerRow`, of the later mark if it is there. */
  readonly path: string;
  readonly root: string;
  readonly objects: number;
  readonly retainedBytes: number;
  readonly arenas: number;
  readonly pinCostBytes: number;
}

export function typeChanges(before: readonly TypeRow[], after: readonly TypeRow[]): TypeChange[] {
  const all = new Map<string, TypeChange>();
  const add = (rows: readonly TypeRow[], sign: 1 | -1): void => {
    for (const { kind, type, ...row } of rows) {
      const name = holdingName(kind, type);
      const had = all.get(name) ?? { name, kind, blocks: 0, bytes: 0, largeBlocks: 0, largeBytes: 0 };
      all.set(name, {
        name,
        kind,
        blocks: had.blocks + sign * row.blocks,
        bytes: had.bytes + sign * row.bytes,
        largeBlocks: had.largeBlocks + sign * row.largeBlocks,
        largeBytes: had.largeBytes + sign * row.largeBytes,
      });
    }
  };
  add(after, 1);
  add(before, -1);
  return [...all.values()]
    .filter(({ blocks, bytes }) => blocks !== 0 || bytes !== 0)
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes) || (a.name < b.name ? -1 : 1));
}

/** A frame's local keeps its identity while the frame goes from line to line. */
const identityOf = ({ root }: OwnerRow): string => root.replace(/:\d+$/, "");

export function ownerChanges(before: readonly OwnerRow[], after: readonly OwnerRow[]): OwnerChange[] {
  const all = new Map<string, OwnerChange>();
  const add = (rows: readonly OwnerRow[], sign: 1 | -1): void => {
    for (const row of rows) {
      const { path, root } = row;
      const had = all.get(identityOf(row)) ?? { path, root, objects: 0, retainedBytes: 0, arenas: 0, pinCostBytes: 0 };
      all.set(identityOf(row), {
        path: had.path,
        root: had.root,
        objects: had.objects + sign * row.objects,
        retainedBytes: had.retainedBytes + sign * row.retainedBytes,
        arenas: had.arenas + sign * row.arenas,
        pinCostBytes: had.pinCostBytes + sign * row.pinCostBytes,
      });
    }
  };
  add(after, 1);
  add(before, -1);
  return [...all.values()]
    .filter(({ retainedBytes, pinCostBytes }) => retainedBytes !== 0 || pinCostBytes !== 0)
    .sort(
      (a, b) =>
        Math.abs(b.retainedBytes) - Math.abs(a.retainedBytes) || Math.abs(b.pinCostBytes) - Math.abs(a.pinCostBytes),
    );
}
