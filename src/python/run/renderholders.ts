/** What holds the memory at the position of a report, for people: the verdict first, then the plan, owners, types, lines and arenas. */
import { arenasReturned, type ReleasePolicy } from "../../geometry/release.js";
import { planLabel } from "../../report/planlabel.js";
import { kb, shortName, table } from "../../report/renderreplay.js";
import { bytesName, percent, plural, withCommas } from "../../text/units.js";
import type { OwnerRow } from "../graph/ownertable.js";
import { isEvent } from "../graph/verdict.js";
import type { Holder, Holding } from "../interpreter/pins.js";
import type { OwnerChange } from "./changes.js";
import type { HeldPosition } from "./heldposition.js";

/** Rows of a table at most. */
const OWNERS_SHOWN = 8;
const CHANGES_SHOWN = 5;
const HOLDERS_SHOWN = 6;
const ARENAS_SHOWN = 5;
/** Of the largest change, the share that is still worth a line. */
const LEAST_CHANGE = 0.02;
/** Owners whose parts are shown. */
const OPENED_SHOWN = 3;
/** Parts of an owner, and of an arena's blocks. */
const PARTS_SHOWN = 3;
const HOLDERS_PER_ARENA = 2;
/** Columns of a name. */
const NAME_WIDTH = 56;

/** Nothing where no look was taken. Ends with an empty line. */
export function holderSections(
  marks: readonly HeldPosition[],
  position: number,
  release: ReleasePolicy,
  ascii: boolean,
): string[] {
  const mark = marks[position];
  if (mark.verdict === null) return [];
  const sections = [
    [mark.verdict.text],
    planSection(mark, release),
    ownerSection(mark),
    changeSection(marks, position, ascii),
    typeSection(mark),
    holderTable("by line", mark.lines ?? []),
    arenaSection(mark),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, ""]);
}

/** As much of a name as fits: the end, which says most. */
const shortPath = (path: string): string =>
  path.length <= NAME_WIDTH ? path : `…${path.slice(path.length - NAME_WIDTH + 1)}`;

function planSection({ plan, verdict }: HeldPosition, release: ReleasePolicy): string[] {
  if (plan === null || plan.length === 0 || verdict === null) return [];
  const rows = plan.map(({ drop, arenas, bytes }, index) => [
    planLabel(drop, plan[index - 1]?.drop ?? [], shortPath),
    withCommas(arenas),
    kb(bytes),
  ]);
  const most = plan[plan.length - 1].arenas;
  return [
    ...table([["to release memory, drop", "arenas", "kB"], ...rows]),
    ...(arenasReturned(release, most, false) < most
      ? ["This version of CPython keeps one free arena: one of these may stay."]
      : []),
    ...(release === "never"
      ? ["This version of CPython gives no arena back: these become free for other objects."]
      : []),
  ];
}

/** Owners that pin, or that retain a tenth of what is live, as far as that is much; what several hold, and garbage. */
function ownerSection({ owners, graph, live }: HeldPosition): string[] {
  const worthy = (owners ?? []).filter((row) => row.pinCostBytes > 0 || 10 * row.retainedBytes >= live.bytes);
  if (worthy.length === 0) return [];
  const pinned = worthy.reduce((sum, { pinCostBytes }) => sum + pinCostBytes, 0);
  const shown = worthy
    .filter(({ pinCostBytes, retainedBytes }) => 20 * Math.max(pinCostBytes, retainedBytes) >= pinned)
    .sort((a, b) => Math.max(b.pinCostBytes, b.retainedBytes) - Math.max(a.pinCostBytes, a.retainedBytes))
    .slice(0, OWNERS_SHOWN);
  const rows = shown.flatMap((row, index) => [
    ownerRow(row),
    ...(index < OPENED_SHOWN ? partRows(row) : []),
    ...cacheRows(row),
  ]);
  const left = worthy.length - shown.length;
  const { garbageBytes: garbage = 0, sharedBytes: shared = 0 } = graph ?? {};
  return [
    ...table([["by owner", "retained kB", "objects", "in arenas", "alone", "pin cost kB"], ...rows]),
    ...(left > 0 ? [`… ${withCommas(left)} more`] : []),
    ...(shared > 0 && 20 * shared >= live.bytes ? [`held by more than one of them: ${bytesName(shared)}`] : []),
    ...(garbage > 0 && 100 * garbage >= live.bytes ? [`garbage waiting for gc.collect(): ${bytesName(garbage)}`] : []),
    "retained: what only this owner holds. alone: arenas that go back without it. pin cost: its share of the arenas that it is in.",
  ];
}

const ownerRow = ({ path, retainedBytes, objects, arenas, arenasAlone, pinCostBytes }: OwnerRow): string[] => [
  shortPath(path),
  kb(retainedBytes),
  withCommas(objects),
  withCommas(arenas),
  withCommas(arenasAlone),
  kb(pinCostBytes),
];

/** `20,000 lists`; of a type whose name ends in s, `3 bytes objects`. */
const instances = (count: number, type: string): string =>
  type.endsWith("s") ? `${withCommas(count)} ${type} objects` : plural(count, type);

/** How to empty an owner that is a cache. */
const cacheRows = ({ emptiedBy: call }: OwnerRow): string[][] =>
  call === null ? [] : [[`  emptied by ${call}`, "", "", "", "", ""]];

/** Parts that retain a tenth of their owner at least. */
function partRows({ parts, retainedBytes }: OwnerRow): string[][] {
  return parts
    .filter((part) => 10 * part.retainedBytes >= retainedBytes)
    .slice(0, PARTS_SHOWN)
    .map(({ path, type, count, retainedBytes: bytes }) => [
      `  ${shortPath(path)}: ${count === 1 ? type : instances(count, type)}`,
      kb(bytes),
      "",
      "",
      "",
      "",
    ]);
}

/** What grew and shrank since the last mark before whose owners are known. At the start there were none. */
function changeSection(marks: readonly HeldPosition[], position: number, ascii: boolean): string[] {
  const before = marks.findLastIndex((mark, at) => at > 0 && at < position && mark.owners !== null);
  const size = ({ retainedBytes, pinCostBytes }: OwnerChange): number =>
    Math.max(Math.abs(retainedBytes), Math.abs(pinCostBytes));
  const all = [...(marks[position].ownerChanges ?? [])].sort((a, b) => size(b) - size(a));
  const changes = all.slice(0, CHANGES_SHOWN).filter((change) => size(change) >= LEAST_CHANGE * size(all[0]));
  if (before < 0 || changes.length === 0) return [];
  const rows = changes.map(({ path, retainedBytes, objects, pinCostBytes }) => [
    shortPath(path),
    signed(retainedBytes / 1000, ascii),
    signed(objects, ascii),
    signed(pinCostBytes / 1000, ascii),
  ]);
  return table([
    [
      `since ${isEvent(marks[before].name) ? marks[before].name : JSON.stringify(shortName(marks[before].name))}`,
      "retained kB",
      "objects",
      "pin cost kB",
    ],
    ...rows,
  ]);
}

function signed(n: number, ascii: boolean): string {
  const rounded = Math.round(n);
  const sign = rounded < 0 ? (ascii ? "-" : "−") : rounded > 0 ? "+" : "";
  return `${sign}${withCommas(Math.abs(rounded))}`;
}

function typeSection({ types, unknownBytes }: HeldPosition): string[] {
  if (types === null || types.length === 0) return [];
  const all = types.reduce((sum, { bytes }) => sum + bytes, 0);
  const unknown = `what Python makes of the blocks is unknown for ${percent((unknownBytes ?? 0) / all)} of their bytes`;
  return [...holderTable("by type", types), ...(unknownBytes === 0 ? [] : [unknown])];
}

function holderTable(title: string, list: readonly Holder[]): string[] {
  if (list.length === 0) return [];
  const rows = list
    .slice(0, HOLDERS_SHOWN)
    .map(({ name, blocks, bytes, largeBytes, arenas, releasedAloneBytes }) => [
      name,
      withCommas(blocks),
      withCommas(bytes),
      kb(largeBytes),
      withCommas(arenas),
      kb(releasedAloneBytes),
    ]);
  const left = list.length - rows.length;
  return [
    ...table([[title, "blocks", "bytes", "large kB", "in arenas", "released alone kB"], ...rows]),
    ...(left > 0 ? [`… ${withCommas(left)} more`] : []),
  ];
}

function arenaSection({ arenaList }: HeldPosition): string[] {
  if (arenaList === null || arenaList.length === 0) return [];
  const rows = arenaList
    .slice(0, ARENAS_SHOWN)
    .map(({ ordinal, liveBlocks, liveBytes, pinnedBytes, types, lines }) => ({
      cells: [`arena ${ordinal}`, withCommas(liveBlocks), withCommas(liveBytes), kb(pinnedBytes)],
      held: `${names(types)}${lines.length === 0 ? "" : `; ${names(lines)}`}`,
    }));
  const drawn = table([["held least", "blocks", "bytes", "pinned kB"], ...rows.map(({ cells }) => cells)]);
  return drawn.map((line, index) => (index === 0 ? `${line}  by` : `${line}  ${rows[index - 1].held}`));
}

function names(holdings: readonly Holding[]): string {
  const first = holdings.slice(0, HOLDERS_PER_ARENA).map(({ name, blocks }) => `${withCommas(blocks)} ${name}`);
  return [...first, ...(holdings.length > HOLDERS_PER_ARENA ? ["…"] : [])].join(", ");
}
