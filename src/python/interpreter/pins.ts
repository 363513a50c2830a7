/** What holds the arenas of an attached heap: by arena, by type, by source line. Pin cost is that of src/replay/holders.ts. */
import { Holdings, pinCostOf, Tally } from "../../replay/holders.js";
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
  const tally = new Tally<number>();
  const groups = new Map<string, { type: string; kind: BlockKind }>();
  objects.slots.forEachLive((slot, _, size) => tally.add(objects.group(slot), 1, size));
  const named = tally.by((group) => {
    const { kind, type } = objects.groupOf(group);
    const name = holdingName(kind, type);
    if (!groups.has(name)) groups.set(name, { type: type ?? "", kind });
    return name;
  });
  return named.rows
    .map(({ key, blocks, bytes }) => ({ ...(groups.get(key) as { type: string; kind: BlockKind }), blocks, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.type < b.type ? -1 : 1));
}

/** What holds the arenas of an attached heap now. `objects`: a look at it since which the interpreter has not run. */
export function pinReport(heap: AttachedHeap, objects: PythonObjects = new PythonObjects(heap)): PinReport {
  heap.flush();
  const { geometry } = heap.profile;
  const { recording, sites } = heap;
  const { arenas } = heap.snapshot();
  const indices = new Map(arenas.map(({ ordinal }, index) => [ordinal, index]));
  // Millions of blocks are counted by number. Only then does a number become a name.
  const groups = Holdings.none<number>(arenas.length);
  const lines = Holdings.none<number>(arenas.length);
  let unknownBytes = 0;
  objects.slots.forEachLive((slot, address, size, poolIndex) => {
    const arena = indices.get(objects.slots.arenaOf(poolIndex).ordinal) as number;
    if (objects.kind(slot) === "unknown") unknownBytes += size;
    groups.add(arena, objects.group(slot), 1, size);
    if (recording) lines.add(arena, recording.site(address), 1, size);
  });
  const byType = groups.by((group) => {
    const { kind, type } = objects.groupOf(group);
    return holdingName(kind, type);
  });
  const byLine = lines.by((site) => sites?.name(site) ?? "unknown");
  const held = groups.heldArenas(geometry);
  const pinCost = pinCostOf(geometry, held.length < arenas.length);
  const holdings = (by: Holdings<string>, arena: number): Holding[] =>
    by.of(arena).map(({ key, blocks, bytes }) => ({ name: key, blocks, bytes }));
  const holders = (by: Holdings<string>): Holder[] =>
    by.holders(pinCost).map(({ key, blocks, bytes, arenas, pinCostBytes }) => ({
      name: key,
      blocks,
      bytes,
      arenas: arenas.length,
      pinCostBytes,
    }));
  return {
    arenas: held.map(({ arena, ...row }) => ({
      ordinal: arenas[arena].ordinal,
      address: arenas[arena].address,
      ...row,
      types: holdings(byType, arena),
      lines: holdings(byLine, arena),
    })),
    byType: holders(byType),
    byLine: holders(byLine),
    liveBytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
    pinnedBytes: held.reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0),
    unknownBytes,
  };
}
