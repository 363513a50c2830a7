/**
 * What keeps arenas from going back: by arena, by type, by source line.
 *
 * An arena goes back when its last block does. *Pin cost* of some blocks: the bytes of the arenas that hold no others, which would go
 * back if these were gone; less one arena where the profile keeps the last free one (3.9 on) and there is none yet (that one may go back
 * all the same while another arena has a single pool in use); nothing where it never gives back. *Pinned* bytes of an arena: its size
 * less its live blocks.
 */
import { arenasReturned } from "../../geometry/release.js";
import type { AttachedHeap } from "./attach.js";
import { type BlockKind, PythonObjects } from "./objects.js";

/** Live blocks that have something in common. */
export interface Holding {
  /** A type, "data of" a type, "free list of" a type, or "unknown"; or a line as `file:line function`. */
  readonly name: string;
  readonly blocks: number;
  /** Bytes, at the size of their classes. */
  readonly bytes: number;
}

export interface Holder extends Holding {
  /** Arenas in which they are. */
  readonly arenas: number;
  readonly pinCostBytes: number;
}

/** An arena with a live block. Bytes. */
export interface PinnedArena {
  readonly ordinal: number;
  readonly address: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly pinnedBytes: number;
  /** What holds it, the most bytes first. */
  readonly types: readonly Holding[];
  /** The same by the line that asked for it; empty unless recorded. */
  readonly lines: readonly Holding[];
}

export interface PinReport {
  /** Those that the fewest blocks hold first. */
  readonly arenas: readonly PinnedArena[];
  /** The highest pin cost first, then the most bytes. */
  readonly byType: readonly Holder[];
  readonly byLine: readonly Holder[];
  readonly liveBytes: number;
  readonly pinnedBytes: number;
  /** Bytes of the live blocks of which it is not known what they are. */
  readonly unknownBytes: number;
}

/** A row of a census: live blocks of one kind and type. */
export interface TypeRow {
  readonly type: string;
  readonly kind: BlockKind;
  readonly blocks: number;
  readonly bytes: number;
}

const PREFIX: Readonly<Record<BlockKind, string>> = {
  object: "",
  data: "data of ",
  "free-list": "free list of ",
  unknown: "unknown",
};

export const holdingName = (kind: BlockKind, type: string | null): string =>
  `${PREFIX[kind]}${type ?? (kind === "free-list" ? "tables" : "")}`;

/** Live blocks by kind and type, the most bytes first. */
export function typeCensus(objects: PythonObjects): TypeRow[] {
  const tally = new Tally();
  objects.slots.forEachLive((slot, _, size) => tally.add(objects.group(slot), size));
  const rows = new Map<string, { type: string; kind: BlockKind; blocks: number; bytes: number }>();
  for (const [group, { blocks, bytes }] of tally.counts) {
    const { kind, type } = objects.groupOf(group);
    const name = holdingName(kind, type);
    const row = rows.get(name) ?? { type: type ?? "", kind, blocks: 0, bytes: 0 };
    rows.set(name, { ...row, blocks: row.blocks + blocks, bytes: row.bytes + bytes });
  }
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes || (a.type < b.type ? -1 : 1));
}

interface Count {
  blocks: number;
  bytes: number;
}

/** Blocks and bytes by a number: millions of blocks are counted, and only then does the number become a name. */
class Tally {
  readonly counts = new Map<number, Count>();

  add(key: number, bytes: number): void {
    const count = this.counts.get(key);
    if (count === undefined) {
      this.counts.set(key, { blocks: 1, bytes });
      return;
    }
    count.blocks++;
    count.bytes += bytes;
  }

  named(name: (key: number) => string): Holding[] {
    return joined([...this.counts].map(([key, { blocks, bytes }]) => ({ name: name(key), blocks, bytes })));
  }
}

/** Holdings of one name as one, the most bytes first. */
function joined(holdings: readonly Holding[]): Holding[] {
  const all = new Map<string, Holding>();
  for (const { name, blocks, bytes } of holdings) {
    const had = all.get(name);
    all.set(name, { name, blocks: blocks + (had?.blocks ?? 0), bytes: bytes + (had?.bytes ?? 0) });
  }
  return [...all.values()].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

/** What each of the names in `arenas` holds in all of them. */
function holders(arenas: readonly (readonly Holding[])[], pinCost: (emptied: number) => number): Holder[] {
  const present = new Map<string, number>();
  const alone = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const holdings of arenas) {
    for (const { name } of holdings) {
      count(present, name);
      if (holdings.length === 1) count(alone, name);
    }
  }
  return joined(arenas.flat())
    .map((holding) => ({
      ...holding,
      arenas: present.get(holding.name) ?? 0,
      pinCostBytes: pinCost(alone.get(holding.name) ?? 0),
    }))
    .sort((a, b) => b.pinCostBytes - a.pinCostBytes || b.bytes - a.bytes);
}

/** What holds the arenas of an attached heap now. `objects`: a look at it since which the interpreter has not run. */
export function pinReport(heap: AttachedHeap, objects: PythonObjects = new PythonObjects(heap)): PinReport {
  heap.flush();
  const { arenaSize, release } = heap.profile.geometry;
  const { recording, sites } = heap;
  const tallies = new Map<number, { types: Tally; lines: Tally; blocks: number; bytes: number; address: number }>();
  let unknownBytes = 0;
  objects.slots.forEachLive((slot, address, size, poolIndex) => {
    const { ordinal, address: base } = objects.slots.arenaOf(poolIndex);
    const tally = tallies.get(ordinal) ?? {
      types: new Tally(),
      lines: new Tally(),
      blocks: 0,
      bytes: 0,
      address: base,
    };
    tallies.set(ordinal, tally);
    tally.blocks++;
    tally.bytes += size;
    if (objects.kind(slot) === "unknown") unknownBytes += size;
    tally.types.add(objects.group(slot), size);
    if (recording) tally.lines.add(recording.site(address), size);
  });
  const typeName = (group: number): string => {
    const { kind, type } = objects.groupOf(group);
    return holdingName(kind, type);
  };
  const lineName = (site: number): string => sites?.name(site) ?? "unknown";
  const arenas = [...tallies].map(([ordinal, { types, lines, blocks, bytes, address }]) => ({
    ordinal,
    address,
    blocks,
    bytes,
    pinnedBytes: arenaSize - bytes,
    types: types.named(typeName),
    lines: lines.named(lineName),
  }));
  const isOneFree = heap.snapshot().arenas.length > arenas.length;
  const pinCost = (emptied: number): number => arenasReturned(release, emptied, isOneFree) * arenaSize;
  return {
    arenas: arenas.sort((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal),
    byType: holders(
      arenas.map(({ types }) => types),
      pinCost,
    ),
    byLine: holders(
      arenas.map(({ lines }) => lines),
      pinCost,
    ),
    liveBytes: arenas.reduce((sum, { bytes }) => sum + bytes, 0),
    pinnedBytes: arenas.reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0),
    unknownBytes,
  };
}
