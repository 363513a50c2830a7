/** What holds the memory of a heap, as a report has it. */
import type { ArenaRow } from "../graph/arenarows.js";
import type { GraphSummary, HeapOwners } from "../graph/objectgraph.js";
import type { OwnerRow } from "../graph/ownertable.js";
import type { PlanRow } from "../graph/planrows.js";
import { type HeldHeap, type Verdict, verdict } from "../graph/verdict.js";
import type { Holder, PinnedArena, PinReport } from "../interpreter/pins.js";
import type { OwnerChange } from "./changes.js";

/** An arena with a live block: what is in it, and what it waits for. */
export interface HeldArena extends Omit<PinnedArena, "blocks" | "bytes"> {
  readonly liveBlocks: number;
  readonly liveBytes: number;
  /** As in `ArenaRow`; `null` where owners were not found. */
  readonly needs: ArenaRow["needs"] | null;
  readonly isFixed: boolean | null;
  readonly isUnattributed: boolean | null;
}

/** What holds the memory at a mark. Each is `null` where it was not looked for. */
export interface Holders {
  readonly verdict: Verdict | null;
  readonly owners: readonly OwnerRow[] | null;
  readonly plan: readonly Omit<PlanRow, "released">[] | null;
  readonly graph: GraphSummary | null;
  /** Since the last mark at which owners were found, the largest first. */
  readonly ownerChanges: readonly OwnerChange[] | null;
  readonly types: readonly Holder[] | null;
  readonly lines: readonly Holder[] | null;
  /** Of the live blocks in arenas, the bytes of those of which it is not known what they are. */
  readonly unknownBytes: number | null;
  /** Those that the fewest blocks hold first. */
  readonly arenaList: readonly HeldArena[] | null;
}

/** A position of a report. */
export interface HeldPosition extends Holders {
  readonly name: string;
  readonly live: { readonly bytes: number };
}

/** `folder`: lines in it are named from there. */
export function holdersOf(
  { pins, owners }: { readonly pins: PinReport | null; readonly owners: HeapOwners | null },
  position: Omit<HeldHeap, "owners">,
  folder: string,
): Omit<Holders, "ownerChanges"> {
  return {
    verdict: pins !== null || owners !== null ? verdict({ ...position, owners }) : null,
    owners: owners?.owners ?? null,
    plan: owners?.plan.map(({ released, ...row }) => row) ?? null,
    graph: owners?.graph ?? null,
    types: pins?.types ?? null,
    lines: pins?.lines.map((line) => fromFolder(line, folder)) ?? null,
    unknownBytes: pins?.unknownBytes ?? null,
    arenaList: pins && heldArenas(pins, owners, folder),
  };
}

function heldArenas({ arenas }: PinReport, owners: HeapOwners | null, folder: string): HeldArena[] {
  const byAddress = new Map(owners?.arenaList.map((row) => [row.address, row]));
  return arenas.map(({ blocks, bytes, lines, ...arena }) => {
    const { needs = null, isFixed = null, isUnattributed = null } = byAddress.get(arena.address) ?? {};
    const named = lines.map((line) => fromFolder(line, folder));
    return { ...arena, liveBlocks: blocks, liveBytes: bytes, lines: named, needs, isFixed, isUnattributed };
  });
}

const fromFolder = <T extends { readonly name: string }>(line: T, folder: string): T =>
  line.name.startsWith(folder) ? { ...line, name: line.name.slice(folder.length) } : line;
