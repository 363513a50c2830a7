/** The marks of a run, as its report has them. */
import type { Geometry } from "../../geometry/geometry.js";
import type { Ledger } from "../../inspect/stats.js";
import { withCommas } from "../../text/units.js";
import type { OwnerRow } from "../graph/ownertable.js";
import type { HeldHeap } from "../graph/verdict.js";
import type { TypeRow } from "../interpreter/pins.js";
import { ownerChanges, type TypeChange, typeChanges } from "./changes.js";
import { type ClassRow, classRow } from "./classrow.js";
import { type Holders, holdersOf } from "./heldposition.js";
import type { MarkKind, SeenMark, SessionResult } from "./observedrun.js";
import { type LiveRequests, type Phase, phases } from "./phases.js";

export interface RunMark extends Holders {
  /** What the program called it; "start", "end", "mark 3" where it has no name, or "event 1,234,567" where there is no mark. */
  readonly name: string;
  readonly kind: MarkKind;
  /** Events of the trace up to here, the mark itself included. */
  readonly event: number;
  /** Asked for and live, in all domains. */
  readonly live: LiveRequests;
  /** Live blocks of arenas, and the pools and arenas that they are in use with. */
  readonly blocks: number;
  readonly pools: number;
  readonly arenas: {
    readonly obtained: number;
    readonly released: number;
    readonly high: number;
    readonly live: number;
  };
  /** Where the bytes of the arenas are. */
  readonly ledgerBytes: Ledger;
  /** Size classes that have a block in use. */
  readonly classes: readonly ClassRow[];
  /** Of arenas with a live block, all that is not in live blocks. */
  readonly pinnedBytes: number;
  /** From the mark before to this one. */
  readonly since: Phase & { readonly arenasObtained: number; readonly arenasReleased: number };
  /** Since the last mark at which types were counted, the largest first; `null` where they were not counted here. */
  readonly typeChanges: readonly TypeChange[] | null;
}

/** `folder`: lines in it are named from there; it ends in a slash. */
export function runMarks({ marks, trace }: SessionResult, { threshold, release }: Geometry, folder: string): RunMark[] {
  const counted = phases(
    trace,
    marks.map(({ event }) => event),
    threshold,
  );
  let types: readonly TypeRow[] = [];
  let owners: readonly OwnerRow[] = [];
  let [obtained, released] = [0, 0];
  /** Marks that the program made, after the start. */
  let made = -1;
  return marks.map((mark, index) => {
    const { kind, event, pymalloc, pinnedBytes } = mark;
    const { arenas, ledger, classes } = pymalloc;
    const { phase, live } = counted[index];
    if (kind !== "between") made++;
    const name = mark.name || (kind === "between" ? `event ${withCommas(event)}` : `mark ${made}`);
    const since = { ...phase, arenasObtained: arenas.obtained - obtained, arenasReleased: arenas.released - released };
    [obtained, released] = [arenas.obtained, arenas.released];
    const changes = {
      typeChanges: mark.types === null ? null : typeChanges(types, mark.types),
      ownerChanges: mark.owners === null ? null : ownerChanges(owners, mark.owners.owners),
    };
    types = mark.types ?? types;
    owners = mark.owners?.owners ?? owners;
    return {
      name,
      kind,
      event,
      live,
      blocks: classes.reduce((sum, { blocks }) => sum + blocks, 0),
      pools: classes.reduce((sum, { pools }) => sum + pools, 0),
      arenas: { obtained: arenas.obtained, released: arenas.released, high: arenas.high, live: arenas.live },
      ledgerBytes: ledger,
      classes: classes.map(classRow),
      pinnedBytes,
      since,
      ...holdersOf(mark, positionOf(mark, { position: name, liveBytes: live.bytes, release }), folder),
      ...changes,
    };
  });
}

function positionOf(
  { pymalloc: { arenaSize, ledger }, pinnedBytes }: SeenMark,
  at: Pick<HeldHeap, "position" | "liveBytes" | "release">,
): Omit<HeldHeap, "owners"> {
  return { ...at, heldBytes: pinnedBytes + ledger.allocated, pinnedBytes, arenaBytes: arenaSize };
}
