/**
 * What changed between two moments of one heap: which blocks came and which went, and which pools fill otherwise than before.
 *
 *     alive before ─── died ───┐
 *                  └─ stayed ──┴── alive after       passing: came and went in between, alive at neither
 *                     born ────┘
 */
import { OP_CALLOC, OP_MALLOC, opOf } from "../../../trace/event.js";
import type { Amount, Difference, DifferenceRow } from "../../protocol/index.js";
import { NO_CLASS } from "../../protocol/index.js";
import { type Labels, lineName } from "../document/labels.js";
import type { LiveBlocks } from "../document/liveblocks.js";
import type { Requests } from "../document/requests.js";
import type { HeapIndex } from "../map/heapindex.js";
import { arenaMap } from "../map/map.js";
import type { Side } from "../time/side.js";
import { classNames } from "./classnames.js";

/** A moment, copied: what the next look would write over. */
interface Kept {
  readonly last: Int32Array;
  readonly birth: Int32Array;
  /** By id: the size class of its live block, −1 for one of the raw domain. */
  readonly szidx: Int16Array;
  readonly obtained: number;
  readonly ordinals: ReadonlySet<number>;
  /** By ordinal of the arena and index of the pool. */
  readonly pools: ReadonlyMap<number, readonly [blocks: number, szidx: number]>;
}

/** More than any arena has pools: what packs an arena and a pool into one number. */
const POOLS = 2 ** 17;

function keep(side: Side, live: LiveBlocks, position: number): Kept {
  const look = side.at(position);
  live.moveTo(position);
  return {
    last: live.last.slice(),
    birth: live.birth.slice(),
    szidx: Int16Array.from(side.addresses, (address) => look.classAt(address)),
    obtained: side.source.stats().pymalloc.arenas.obtained,
    ordinals: new Set(look.arenas.map(({ ordinal }) => ordinal)),
    pools: poolsOf(look),
  };
}

function poolsOf(look: HeapIndex): Map<number, [blocks: number, szidx: number]> {
  const { pools } = arenaMap(look);
  const kept = new Map<number, [number, number]>();
  look.arenas.forEach(({ ordinal, ntotalpools }, arena) => {
    for (let index = 0; index < ntotalpools; index++) {
      const pool = look.firstPool[arena] + index;
      if (pools.szidx[pool] === NO_CLASS) continue;
      kept.set(ordinal * POOLS + index, [pools.blocks[pool], pools.szidx[pool]]);
    }
  });
  return kept;
}

/** Amounts by key. */
class Rows {
  readonly #rows = new Map<number, { born: Amount; died: Amount }>();

  add(key: number, what: "born" | "died", bytes: number): void {
    const row = this.#rows.get(key) ?? { born: { blocks: 0, bytes: 0 }, died: { blocks: 0, bytes: 0 } };
    row[what] = { blocks: row[what].blocks + 1, bytes: row[what].bytes + bytes };
    this.#rows.set(key, row);
  }

  /** Those that changed most first. */
  sorted(name: (key: number) => string): DifferenceRow[] {
    const net = ({ born, died }: { born: Amount; died: Amount }): number => Math.abs(born.bytes - died.bytes);
    return [...this.#rows]
      .map(([key, row]) => ({ key, name: name(key), ...row }))
      .sort((a, b) => net(b) - net(a) || b.born.bytes - a.born.bytes || a.key - b.key);
  }

  sum(what: "born" | "died"): Amount {
    const rows = [...this.#rows.values()].map((row) => row[what]);
    return {
      blocks: rows.reduce((sum, { blocks }) => sum + blocks, 0),
      bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }
}

/** Pools that are not as before; those of an arena that is not there count as without a class. */
function movedPools(before: Kept["pools"], after: Kept["pools"]): Difference["pools"] {
  const none = [0, NO_CLASS] as const;
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  const moved = keys.flatMap((key) => {
    const [[blocks, szidx], [blocksAfter, szidxAfter]] = [before.get(key) ?? none, after.get(key) ?? none];
    return blocks === blocksAfter && szidx === szidxAfter ? [] : [{ key, blocks, szidx, blocksAfter, szidxAfter }];
  });
  return {
    count: moved.length,
    arenaOrdinal: Uint32Array.from(moved, ({ key }) => Math.floor(key / POOLS)),
    index: Uint32Array.from(moved, ({ key }) => key % POOLS),
    blocksBefore: Uint16Array.from(moved, ({ blocks }) => blocks),
    blocksAfter: Uint16Array.from(moved, ({ blocksAfter }) => blocksAfter),
    szidxBefore: Uint16Array.from(moved, ({ szidx }) => szidx),
    szidxAfter: Uint16Array.from(moved, ({ szidxAfter }) => szidxAfter),
  };
}

/** Blocks and bytes of the allocations in events `from` to before `to`. */
function allocated({ words }: Requests, from: number, to: number): Amount {
  let [blocks, bytes] = [0, 0];
  for (let event = from; event < to; event++) {
    const op = opOf(words[2 * event]);
    if (op !== OP_MALLOC && op !== OP_CALLOC) continue;
    blocks++;
    bytes += words[2 * event + 1];
  }
  return { blocks, bytes };
}

/** From position `from` to position `to`, the later one. Leaves the replay there. */
export function difference(
  side: Side,
  requests: Requests,
  labels: Labels,
  live: LiveBlocks,
  [from, to]: readonly [from: number, to: number],
): Difference {
  const { words } = requests;
  const before = keep(side, live, from);
  const after = keep(side, live, to);
  const rows = { byType: new Rows(), byLine: new Rows(), byClass: new Rows() };
  let [blocksBefore, blocksAfter, resizedBytes, bornFirstBytes] = [0, 0, 0, 0];
  const count = (what: "born" | "died", event: number, szidx: number): void => {
    const bytes = words[2 * event + 1];
    rows.byClass.add(szidx, what, bytes);
    if (labels.typeOfEvent) rows.byType.add(labels.typeOfEvent[event], what, bytes);
    if (labels.lineOfEvent) rows.byLine.add(labels.lineOfEvent[event], what, bytes);
  };
  for (let id = 0; id < before.last.length; id++) {
    const [had, has] = [before.last[id], after.last[id]];
    if (had >= 0) blocksBefore++;
    if (has >= 0) blocksAfter++;
    if (had >= 0 && has >= 0 && before.birth[id] === after.birth[id]) {
      resizedBytes += words[2 * has + 1] - words[2 * had + 1];
      continue;
    }
    if (had >= 0) count("died", had, before.szidx[id]);
    if (has < 0) continue;
    count("born", has, after.szidx[id]);
    bornFirstBytes += words[2 * after.birth[id] + 1];
  }
  const born = rows.byClass.sum("born");
  const all = allocated(requests, from, to);
  const obtained = Array.from({ length: after.obtained - before.obtained }, (_, index) => before.obtained + index);
  return {
    from,
    to,
    aliveBefore: { blocks: blocksBefore, bytes: requests.liveBytesAt(from) },
    aliveAfter: { blocks: blocksAfter, bytes: requests.liveBytesAt(to) },
    born,
    died: rows.byClass.sum("died"),
    passing: { blocks: all.blocks - born.blocks, bytes: all.bytes - bornFirstBytes },
    resizedBytes,
    rows: {
      byType: rows.byType.sorted((key) => labels.types[key] ?? "unknown"),
      byLine: rows.byLine.sorted((key) => lineName(labels, key)),
      byClass: rows.byClass.sorted(classNames(side.profile.geometry)),
    },
    arenasObtained: Uint32Array.from(obtained),
    arenasReleased: Uint32Array.from([...before.ordinals, ...obtained].filter((n) => !after.ordinals.has(n))),
    pools: movedPools(before.pools, after.pools),
  };
}
