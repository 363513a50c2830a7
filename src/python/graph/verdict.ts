/** The answer in one or two sentences: how much is live, how much is held beyond it, who holds it, what would release it. */
import type { ReleasePolicy } from "../../geometry/release.js";
import { bytesName, plural, withCommas } from "../../text/units.js";
import type { HeapOwners } from "./objectgraph.js";
import type { OwnerRow } from "./ownertable.js";
import type { PlanRow } from "./planrows.js";

export interface Verdict {
  /** For people: one or two sentences. */
  readonly text: string;
  /** Bytes asked for and live, in arenas and outside. */
  readonly liveBytes: number;
  /** Bytes of the arenas that have a live block. */
  readonly heldBytes: number;
  /** Held bytes outside of live blocks. */
  readonly pinnedBytes: number;
  /** The name of the position. */
  readonly position: string;
  /** Path of the owner that holds most; `null` if no variable does, or owners were not found. */
  readonly topOwner: string | null;
}

export interface HeldHeap extends Omit<Verdict, "text" | "topOwner"> {
  readonly arenaBytes: number;
  readonly release: ReleasePolicy;
  /** `null` if they were not found. */
  readonly owners: HeapOwners | null;
}

/** Where less than this share of the live bytes is pinned, the question is who keeps what is live. */
const PINNED_SHARE = 0.25;
/** An owner that keeps this share of the live bytes is the answer to who does; as much garbage is worth a sentence. */
const MUCH = 0.25;
/** Names in a sentence. The plan has them all. */
const NAMES_SHOWN = 3;

/** Whether at a position with these bytes the question is why memory does not go back, and not who keeps what is live. */
export const isAboutPins = (pinnedBytes: number, liveBytes: number): boolean =>
  pinnedBytes > 0 && pinnedBytes >= PINNED_SHARE * liveBytes;

export function verdict(heap: HeldHeap): Verdict {
  const { arenaBytes, owners, liveBytes, heldBytes, pinnedBytes, position } = heap;
  const arenas = heldBytes / arenaBytes;
  const where = position === NOW ? "" : `At ${placeName(position)}, `;
  const beyond =
    arenas === 0
      ? "no arena is held"
      : `${bytesName(pinnedBytes)} more ${pinnedBytes === 1 ? "is" : "are"} held in ${plural(arenas, "arena")}`;
  const first = `${where}${bytesName(liveBytes)} ${liveBytes === 1 ? "is" : "are"} live, and ${beyond}.`;
  const top = owners === null ? null : topOwner(owners.owners, heap);
  const second = owners === null || arenas === 0 ? [] : answer(owners, top, heap);
  const garbage = owners?.graph.garbageBytes ?? 0;
  const third =
    garbage > 0 && garbage >= MUCH * liveBytes
      ? [`${bytesName(garbage)} are garbage that waits for gc.collect().`]
      : [];
  return {
    text: [first, ...second, ...third].join(" "),
    liveBytes,
    heldBytes,
    pinnedBytes,
    position,
    topOwner: top?.path ?? null,
  };
}

/** The position of a process that was looked at as it is. */
export const NOW = "now";

const placeName = (position: string): string =>
  position === "end" ? "the end" : isEvent(position) ? position : JSON.stringify(position);

/** Whether the position lies between marks, and is named after its event; see `runMarks`. */
export const isEvent = (position: string): boolean => /^event [\d,]+$/.test(position);

/** The variable that retains most, if that is much of what is live and the question is about that; else the one that pins most. */
function topOwner(rows: readonly OwnerRow[], { pinnedBytes, liveBytes }: HeldHeap): OwnerRow | null {
  const variables = rows.filter(({ type }) => type !== null);
  const most = variables.reduce((best, row) => (row.retainedBytes > best.retainedBytes ? row : best), variables[0]);
  return most && keepsMuch(most, liveBytes) && !isAboutPins(pinnedBytes, liveBytes) ? most : (variables[0] ?? null);
}

const keepsMuch = ({ retainedBytes }: OwnerRow, liveBytes: number): boolean => retainedBytes >= MUCH * liveBytes;

function answer({ owners, plan, graph }: HeapOwners, top: OwnerRow | null, heap: HeldHeap): string[] {
  const { arenaBytes, heldBytes, liveBytes, pinnedBytes, release } = heap;
  const all = heldBytes / arenaBytes;
  if (release === "never") {
    const keeps = top === null ? [] : [`${top.path} keeps ${bytesName(top.retainedBytes)}.`];
    return [...keeps, "This version of CPython gives no arena back."];
  }
  const isShared = plan.length > 0 && graph.sharedBytes > (top?.retainedBytes ?? 0);
  if (top !== null && keepsMuch(top, liveBytes) && !isShared && !isAboutPins(pinnedBytes, liveBytes)) {
    return [
      `${top.path} keeps ${bytesName(top.retainedBytes)}: dropping it frees them${givesBack(top.arenasAlone, all)}.`,
    ];
  }
  const free = owners.find(({ type, arenasAlone }) => type === null && arenasAlone > 0);
  if (plan.length > 0) return [released(plan[0], all, free?.path ?? "<garbage>")];
  const fixed = owners.find(({ path }) => path === "fixed");
  return fixed === undefined || fixed.arenas < all
    ? ["No variable was found that releases an arena."]
    : [
        all === 1
          ? "It stays, for C code or an immortal object is in it."
          : "All of them stay, for C code or an immortal object is in each.",
      ];
}

/** `before`: arenas that are held now. `free`: what is in those that gc.collect() releases. */
function released({ drop, arenas, bytes }: PlanRow, before: number, free: string): string {
  if (drop.length === 0)
    return `Nothing but ${free} is in ${share(arenas, before)}: gc.collect() releases ${bytesName(bytes)}.`;
  const shown = drop.slice(0, NAMES_SHOWN);
  const left = drop.length - shown.length;
  const names = left > 0 ? `${shown.join(", ")} and ${withCommas(left)} more` : inWords(shown);
  return `Without ${names}, ${goBack(arenas, before)}: ${bytesName(bytes)}.`;
}

const inWords = (names: readonly string[]): string =>
  names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

const share = (arenas: number, all: number): string =>
  arenas === all ? (all === 1 ? "it" : "all of them") : `${withCommas(arenas)} of them`;

function givesBack(arenas: number, all: number): string {
  if (arenas === 0) return ", but gives no arena back";
  const which =
    arenas < all ? `${withCommas(arenas)} of the ${withCommas(all)} arenas` : all === 1 ? "the arena" : "all arenas";
  return `, and gives ${which} back`;
}

const goBack = (arenas: number, all: number): string => `${share(arenas, all)} ${arenas === 1 ? "goes" : "go"} back`;
