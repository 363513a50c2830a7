/** What holds the memory of an attached heap: by arena, by type, by source line. What is released alone is that of src/replay/holders.ts. */
import { Holdings, releasedAloneOf, Tally } from "../../replay/holders.js";
import { FLAG, KIND } from "../objects/nodes.js";
import { type BlockKind, type HeapLook, UNKNOWN_GROUP } from "./heaplook.js";

/** Live blocks that have something in common. */
export interface Holding {
  /** A type, "data of" a type, "free list of" a type, or "unknown"; or a line as `file:line function`. */
  readonly name: string;
  readonly blocks: number;
  /** A block in an arena counts with the size of its class. */
  readonly bytes: number;
}

/** How much of `blocks` and `bytes` lies outside of arenas. Only recorded blocks count, with the bytes that were requested. */
export interface LargeShare {
  readonly largeBlocks: number;
  readonly largeBytes: number;
}

export interface Holder extends Holding, LargeShare {
  /** Arenas in which they are. */
  readonly arenas: number;
  /** Bytes of arenas that are released if just these blocks are freed. */
  readonly releasedAloneBytes: number;
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
  /** Those that release most alone first, then the most bytes. */
  readonly types: readonly Holder[];
  /** Empty unless recorded. */
  readonly lines: readonly Holder[];
  /** Of the live blocks in arenas. */
  readonly liveBytes: number;
  readonly pinnedBytes: number;
  /** Bytes of the blocks of which it is not known what they are, those outside of arenas included. */
  readonly unknownBytes: number;
}

/** A row of a census: live blocks of one kind and type. */
export interface TypeRow extends LargeShare {
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

/** What stands in place of a type. */
const UNTYPED: Readonly<Record<BlockKind, string>> = {
  object: "",
  data: "the interpreter",
  "free-list": "tables",
  unknown: "",
};

export const holdingName = (kind: BlockKind, type: string | null): string => `${PREFIX[kind]}${type ?? UNTYPED[kind]}`;

/** Live blocks by kind and type, the most bytes first: those in arenas, and those outside that were recorded. */
export function typeCensus(objects: HeapLook): TypeRow[] {
  const small = new Tally<number>();
  const large = new Tally<number>();
  objects.all.nodes.blocks.forEach((node, _, size) => {
    small.add(objects.group(node), 1, size);
  });
  forEachLarge(objects, (group, _, nbytes) => {
    large.add(group, 1, nbytes);
  });
  const rows = new Map<string, TypeRow>();
  const add = (group: number, blocks: number, bytes: number, share: LargeShare): void => {
    const { kind, type } = objects.groupOf(group);
    const name = holdingName(kind, type);
    const row = rows.get(name) ?? { type: type ?? "", kind, blocks: 0, bytes: 0, largeBlocks: 0, largeBytes: 0 };
    rows.set(name, {
      ...row,
      blocks: row.blocks + blocks,
      bytes: row.bytes + bytes,
      largeBlocks: row.largeBlocks + share.largeBlocks,
      largeBytes: row.largeBytes + share.largeBytes,
    });
  };
  for (const { key, blocks, bytes } of small.rows) add(key, blocks, bytes, { largeBlocks: 0, largeBytes: 0 });
  for (const { key, blocks, bytes } of large.rows) add(key, blocks, bytes, { largeBlocks: blocks, largeBytes: bytes });
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes || (a.type < b.type ? -1 : 1));
}

/** Calls `visit` for each block outside of arenas that counts, with the group of what it is to Python; see `PythonObjects.group`. */
function forEachLarge(objects: HeapLook, visit: (group: number, address: number, nbytes: number) => void): void {
  const { requests, countsLarge } = objects.capture;
  if (countsLarge) forEachOutside(objects, visit);
  const { all } = objects;
  const { asked } = all;
  if (requests === null || asked === null) return;
  const { nodes } = all;
  const groups = new Map<number, number>();
  for (let node = nodes.blocks.count; node < nodes.count; node++)
    if (asked[node] === 1) groups.set(all.blockAddress(node), objects.group(node));
  requests.forEach((address, nbytes) => {
    if (!nodes.blocks.isInPool(address)) visit(groups.get(address) ?? UNKNOWN_GROUP, address, nbytes);
  });
}

/** Objects and data outside of arenas that were allocated. */
function forEachOutside(objects: HeapLook, visit: (group: number, address: number, nbytes: number) => void): void {
  const { nodes } = objects.all;
  for (let node = nodes.blocks.count; node < nodes.count; node++)
    if ((nodes.flags[node] & FLAG.STATIC) === 0 && nodes.kinds[node] !== KIND.STATE)
      visit(objects.group(node), nodes.addresses[node], nodes.sizes[node]);
}

/** What holds the memory of a heap. */
export function pinReport(objects: HeapLook): PinReport {
  const { geometry, requests, sites, ordinals, memory } = objects.capture;
  const { arenas, arenaOf } = memory.pools;
  // Millions of blocks are counted by number. Only then does a number become a name.
  const groups = Holdings.none<number>(arenas.length);
  const lines = Holdings.none<number>(arenas.length);
  const large = { groups: new Tally<number>(), lines: new Tally<number>() };
  let unknownBytes = 0;
  objects.all.nodes.blocks.forEach((node, address, size, pool) => {
    const arena = arenaOf[pool];
    if (objects.kind(node) === "unknown") unknownBytes += size;
    groups.add(arena, objects.group(node), 1, size);
    if (requests) lines.add(arena, requests.site(address), 1, size);
  });
  forEachLarge(objects, (group, address, nbytes) => {
    if (group === UNKNOWN_GROUP) unknownBytes += nbytes;
    large.groups.add(group, 1, nbytes);
    if (requests) large.lines.add(requests.site(address), 1, nbytes);
  });
  const typeName = (group: number): string => {
    const { kind, type } = objects.groupOf(group);
    return holdingName(kind, type);
  };
  const lineName = (site: number): string => sites?.name(site) ?? "unknown";
  const [byType, byLine] = [groups.by(typeName), lines.by(lineName)];
  const held = groups.heldArenas(geometry);
  const releasedAlone = releasedAloneOf(geometry, held.length < arenas.length);
  const holdings = (by: Holdings<string>, arena: number): Holding[] =>
    by.of(arena).map(({ key, blocks, bytes }) => ({ name: key, blocks, bytes }));
  return {
    arenas: held.map(({ arena, ...row }) => ({
      ordinal: ordinals[arena],
      address: arenas[arena],
      ...row,
      types: holdings(byType, arena),
      lines: holdings(byLine, arena),
    })),
    types: holders(byType, large.groups.by(typeName), releasedAlone),
    lines: holders(byLine, large.lines.by(lineName), releasedAlone),
    liveBytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
    pinnedBytes: held.reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0),
    unknownBytes,
  };
}

const NOTHING = { blocks: 0, bytes: 0, largeBlocks: 0, largeBytes: 0, arenas: 0, releasedAloneBytes: 0 };

function holders(
  inArenas: Holdings<string>,
  large: Tally<string>,
  releasedAlone: (emptied: number) => number,
): Holder[] {
  const rows = new Map<string, Holder>();
  for (const { key, blocks, bytes, arenas, releasedAloneBytes } of inArenas.holders(releasedAlone))
    rows.set(key, { ...NOTHING, name: key, blocks, bytes, arenas: arenas.length, releasedAloneBytes });
  for (const { key, blocks, bytes } of large.rows) {
    const row = rows.get(key) ?? { ...NOTHING, name: key };
    const large = { largeBlocks: blocks, largeBytes: bytes };
    rows.set(key, { ...row, blocks: row.blocks + blocks, bytes: row.bytes + bytes, ...large });
  }
  return [...rows.values()].sort((a, b) => b.releasedAloneBytes - a.releasedAloneBytes || b.bytes - a.bytes);
}
