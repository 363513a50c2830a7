/** The report of a replay: its numbers against a count kept beside it, its notes and its text. */

import { describe, expect, it } from "vitest";
import { blockSize, type Geometry, sizeClassOf } from "../../src/geometry/geometry.js";
import { customProfile, type Profile, profile } from "../../src/geometry/profiles.js";
import type { Observation } from "../../src/replay/observation.js";
import { Replay } from "../../src/replay/replay.js";
import { pinnedSentence, renderReport } from "../../src/report/renderreplay.js";
import {
  markNames,
  markPositions,
  type ProfileReport,
  profileReport,
  replayNotes,
} from "../../src/report/replayreport.js";
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../src/trace/event.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { type Block, Model, RAW } from "../model/model.js";
import { Script } from "../model/script.js";

function readRep(text: string): Trace {
  const reader = new RepReader("tiny.rep");
  reader.push(new TextEncoder().encode(text));
  return reader.finish();
}

/** A program with marks, some named; it fills arenas, thins them out, and leaves a few blocks in them. */
function program(geometry: Geometry, release: number): Trace {
  const s = new Script(release);
  const { arenaSize, threshold } = geometry;
  const small = Array.from({ length: 400 }, () => s.malloc(s.between(1, threshold)));
  const large = Array.from({ length: Math.ceil((3.3 * arenaSize) / threshold) }, () => s.malloc(threshold));
  for (let step = 0; step < 500; step++) s.realloc(small[s.below(small.length)], s.between(1, threshold));
  s.shuffle(large);
  s.freeAll(large.splice(9));
  const overThreshold: number[] = [];
  for (let step = 0; step < 300; step++) {
    small.push(s.calloc(2, s.between(1, threshold / 2)));
    overThreshold.push(s.malloc(s.between(600, 9000)));
  }
  s.shuffle(small);
  s.freeAll(small.splice(40));
  s.freeAll(overThreshold.splice(10));
  for (const id of small) s.realloc(id, s.between(0, threshold + 300));
  const lines = new TextDecoder().decode(s.bytes()).trimEnd().split("\n").slice(4);
  const raw = Number(new TextDecoder().decode(s.bytes()).split("\n")[1]);
  const third = Math.floor(lines.length / 3);
  return readRep(
    [
      ...lines.slice(0, third),
      `A ${raw} 700`,
      "m peak of all",
      ...lines.slice(third, 2 * third),
      "m",
      "m",
      `F ${raw}`,
      ...lines.slice(2 * third, -50),
      "m dropped",
      ...lines.slice(-50),
      "",
    ].join("\n"),
  );
}

/** What is counted beside a replay: blocks by their places in the model, and what reaching them cost. */
class Count {
  readonly geometry: Geometry;
  readonly model: Model;
  readonly #blocks = new Map<number, { block: Block; nbytes: number }>();
  /** By arena and pool: blocks in use, class of the last life. */
  readonly #pools = new Map<string, { count: number; szidx: number }>();
  readonly costs = { listSteps: 0, poolsTaken: 0, poolsInitialised: 0, bytesMoved: 0 };
  liveBytes = 0;

  constructor(geometry: Geometry) {
    this.geometry = geometry;
    this.model = new Model(geometry);
  }

  run(word: number, nbytes: number): void {
    const [op, id, isRaw] = [opOf(word), idOf(word), domainOf(word) === DOMAIN_RAW];
    if (op === OP_MARK) return;
    const old = this.#blocks.get(id);
    this.liveBytes += (op === OP_FREE ? 0 : nbytes) - (old?.nbytes ?? 0);
    if (op === OP_REALLOC && old && old.block !== RAW && !isRaw) {
      const size = blockSize(this.geometry, this.#pool(old.block).szidx);
      const stays = nbytes <= size && 4 * nbytes > 3 * size;
      if (!stays) {
        this.costs.bytesMoved += Math.min(size, nbytes);
        this.#blocks.set(id, { block: this.#allocate(nbytes), nbytes });
        this.#free(old.block);
      } else {
        this.#blocks.set(id, { ...old, nbytes });
      }
    } else if (op === OP_REALLOC && old) {
      throw new Error("no realloc of raw blocks here: what it moves is the raw domain's own business");
    } else if (op === OP_FREE && old) {
      this.#blocks.delete(id);
      this.#free(old.block);
    } else {
      this.#blocks.set(id, { block: isRaw ? RAW : this.#allocate(nbytes), nbytes });
    }
  }

  /** By ordinal: blocks in use and their bytes. */
  get held(): Map<number, { blocks: number; blockBytes: number }> {
    const held = new Map<number, { blocks: number; blockBytes: number }>();
    for (const { block } of this.#blocks.values()) {
      if (block === RAW) continue;
      const { blocks, blockBytes } = held.get(block.arena) ?? { blocks: 0, blockBytes: 0 };
      const size = blockSize(this.geometry, this.#pool(block).szidx);
      held.set(block.arena, { blocks: blocks + 1, blockBytes: blockBytes + size });
    }
    return held;
  }

  /** Pools that ever were in an arena, each counted once an arena. */
  get poolsCarved(): number {
    return this.#pools.size;
  }

  get rawBlocks(): number {
    return [...this.#blocks.values()].filter(({ block }) => block === RAW).length;
  }

  #pool({ arena, pool }: Exclude<Block, "raw">): { count: number; szidx: number } {
    const key = `${arena} ${pool}`;
    const known = this.#pools.get(key);
    if (known) return known;
    const fresh = { count: 0, szidx: -1 };
    this.#pools.set(key, fresh);
    return fresh;
  }

  #allocate(nbytes: number): Block {
    const block = this.model.malloc(nbytes);
    if (block === RAW) return block;
    const pool = this.#pool(block);
    const szidx = sizeClassOf(this.geometry, nbytes);
    if (pool.count++ === 0) this.costs.poolsTaken++;
    if (pool.szidx !== szidx) this.costs.poolsInitialised++;
    pool.szidx = szidx;
    return block;
  }

  #free(block: Block): void {
    const places = (): number[] => this.model.usableArenas().map(({ arena }) => arena);
    const before = places();
    this.model.free(block);
    if (block === RAW) return;
    this.#pool(block).count--;
    const [from, to] = [before.indexOf(block.arena), places().indexOf(block.arena)];
    if (from < 0 || to < 0) return;
    this.costs.listSteps += this.geometry.order === "fingers" ? Number(from !== to) : to - from;
  }
}

interface Expected {
  readonly live: number[];
  readonly arenas: number[];
  readonly moments: Pick<Observation, "position" | "liveBytes" | "arenas" | "ledgerBytes" | "pinned" | "occupancy">[];
  readonly rawBlocks: number[];
  readonly costs: Count["costs"];
  readonly poolsCarved: number;
}

/** What the report must say of a trace, from the count beside it: after each event, and at each mark and the end. */
function expectedOf(trace: Trace, { geometry }: Profile): Expected {
  const count = new Count(geometry);
  const { model } = count;
  const moments: Expected["moments"] = [];
  const rawBlocks: number[] = [];
  const [live, arenas] = [[0], [0]];
  const stops = [...markPositions(trace), trace.words.length / 2];
  for (let position = 1; position <= trace.words.length / 2; position++) {
    count.run(trace.words[2 * position - 2], trace.words[2 * position - 1]);
    live.push(count.liveBytes);
    arenas.push(model.arenasLive);
    for (const stop of stops) {
      if (stop !== position) continue;
      const held = [...count.held].map(([ordinal, blocks]) => ({ ordinal, ...blocks }));
      const blockBytes = held.reduce((sum, arena) => sum + arena.blockBytes, 0);
      moments.push({
        position,
        liveBytes: count.liveBytes,
        arenas: {
          obtained: model.arenasObtained,
          released: model.arenasReleased,
          high: model.arenasHigh,
          live: model.arenasLive,
        },
        ledgerBytes: model.ledger(),
        pinned: {
          arenas: held.length,
          blocks: held.reduce((sum, { blocks }) => sum + blocks, 0),
          blockBytes,
          pinnedBytes: held.reduce((sum, arena) => sum + geometry.arenaSize - arena.blockBytes, 0),
          leastHeld: held.toSorted((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal).slice(0, 5),
        },
        occupancy: [],
      });
      rawBlocks.push(count.rawBlocks);
    }
  }
  return { live, arenas, moments, rawBlocks, costs: count.costs, poolsCarved: count.poolsCarved };
}

describe.each(["2.4", "3.6", "3.8", "3.9", "3.12", "wasm32"])("the report on %s", (name) => {
  const wanted = profile(name);
  const trace = program(wanted.geometry, 3);
  const report = profileReport(trace, { profile: wanted });
  const expected = expectedOf(trace, wanted);
  const moments = [...report.marks, report.end];

  it("says what the profile is", () => {
    const { geometry, witness } = wanted;
    expect(report).toMatchObject({
      profile: name,
      witness,
      arenaSizeBytes: geometry.arenaSize,
      poolSizeBytes: geometry.poolSize,
      classCount: geometry.threshold / geometry.alignment,
      alignmentBytes: geometry.alignment,
      release: geometry.release,
      failures: 0,
    });
  });

  it("has a moment for each mark, right behind it, and one for the end", () => {
    expect(moments.map(({ name }) => name)).toEqual(["peak of all", "mark 2", "mark 3", "dropped", "end"]);
    expect(moments.map(({ position }) => position)).toEqual([...markPositions(trace), trace.words.length / 2]);
  });

  it("has arenas, ledger, live bytes and pinned bytes as they are counted beside it", () => {
    for (const [i, moment] of moments.entries()) {
      const { occupancy: _, ...counted } = expected.moments[i];
      expect(moment).toMatchObject(counted);
    }
    expect(report.end.pinned.pinnedBytes).toBeGreaterThan(report.end.pinned.blockBytes);
    expect(report.end.pinned.leastHeld.length).toBeGreaterThan(1);
  });

  it("has the share of each live arena in live blocks, and no share is more than 1", () => {
    for (const { occupancy, arenas, ledgerBytes } of moments) {
      expect(occupancy).toHaveLength(arenas.live);
      expect(occupancy.every((share) => share >= 0 && share < 1)).toBe(true);
      const bytes = occupancy.reduce((sum, share) => sum + share * report.arenaSizeBytes, 0);
      expect(bytes).toBe(ledgerBytes.allocated);
    }
  });

  it("has the raw domain as it is at each moment, and the sum of what is mapped", () => {
    const replay = Replay.createSync(trace, { profile: wanted });
    for (const [i, { raw, mappedBytes, position, ledgerBytes }] of moments.entries()) {
      replay.runTo(position);
      expect(raw).toEqual(replay.heap.stats().raw);
      expect(raw.blocks).toBe(expected.rawBlocks[i]);
      expect(mappedBytes).toBe(ledgerBytes.total + raw.regionBytes);
    }
  });

  it("has the costs as they are counted beside it", () => {
    const { poolSize, arenaSize } = wanted.geometry;
    const regionBytes = report.os.mappedEverBytes - report.arenas.obtained * arenaSize;
    const pagesTouched = (expected.poolsCarved * poolSize + regionBytes) / 4096;
    expect(report.costs).toEqual({ ...expected.costs, pagesTouched });
    if (name !== "2.4") expect(report.costs.listSteps).toBeGreaterThan(0);
  });

  it("has the peaks of arenas, of what is mapped and of live bytes", () => {
    const most = Math.max(...expected.arenas);
    expect(report.arenas).toEqual(report.end.arenas);
    expect(report.arenas.high).toBe(most);
    expect(report.arenaPeakBytes).toBe(most * wanted.geometry.arenaSize);
    expect(trace.peakLiveBytes).toBe(Math.max(...expected.live));
    const replay = Replay.createSync(trace, { profile: wanted });
    let mapped = 0;
    while (replay.position < replay.length) {
      replay.step();
      mapped = Math.max(mapped, replay.heap.stats().os.mappedBytes);
    }
    expect(report.os).toEqual(replay.heap.stats().os);
    expect(report.os.mappedPeakBytes).toBeGreaterThanOrEqual(mapped);
    expect(report.os.mappedPeakBytes).toBeLessThanOrEqual(mapped + wanted.geometry.arenaSize); // within a realloc
  });

  it("has a time line of 65 places, from the start to the end", () => {
    const length = trace.words.length / 2;
    expect(report.timeline.map(({ position }) => position)).toEqual(
      Array.from({ length: 65 }, (_, i) => Math.floor((length * i) / 64)),
    );
    const replay = Replay.createSync(trace, { profile: wanted });
    for (const { position, liveBytes, arenaBytes, rawBytes } of report.timeline) {
      replay.runTo(position);
      expect({ liveBytes, arenaBytes, rawBytes }).toEqual({
        liveBytes: expected.live[position],
        arenaBytes: expected.arenas[position] * wanted.geometry.arenaSize,
        rawBytes: replay.heap.stats().raw.regionBytes,
      });
    }
  });
});

describe("a report", () => {
  it("tells how far it has come, up to the end", () => {
    const trace = readRep("a 0 10\na 1 10\nm\nf 0\n");
    const positions: number[] = [];
    profileReport(trace, { profile: profile("3.8") }, (position) => positions.push(position));
    expect(positions).toHaveLength(64);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(positions.at(-1)).toBe(4);
  });

  it("of a trace of marks alone has them all", () => {
    const trace = readRep("m\nm two\nm\n");
    expect(markNames(trace)).toEqual(["mark 1", "two", "mark 3"]);
    const { marks, end } = profileReport(trace, { profile: profile("3.8") });
    expect(marks.map(({ name, position }) => [name, position])).toEqual([
      ["mark 1", 1],
      ["two", 2],
      ["mark 3", 3],
    ]);
    expect(end).toMatchObject({
      liveBytes: 0,
      arenas: { obtained: 0 },
      pinned: { arenas: 0, leastHeld: [] },
      occupancy: [],
    });
  });

  it("counts requests that had no memory, and what they asked for as asked for", () => {
    const trace = readRep("a 0 100\na 1 5000000\na 2 100\n");
    const report = profileReport(trace, { profile: profile("3.12"), limitBytes: 4 << 20 });
    expect(report.failures).toBe(1);
    expect(report.end.liveBytes).toBe(5_000_200);
  });
});

// ---- notes --------------------------------------------------------------------------------------------------

describe("the notes of a report say", () => {
  const recordedBy = (name: string | null): Trace => ({ ...readRep("a 0 10\n"), recordedBy: name });
  const notes = (recorder: string | null, names: string, mem: "pymalloc" | "raw" = "pymalloc"): string[] =>
    replayNotes(recordedBy(recorder), names.split(" ").map(profile), mem);
  const SAME = "Same requests, another allocator; not another Python.";

  it("nothing of the version that recorded the trace, nor of one profile where none did", () => {
    expect(notes("3.12", "3.12")).toEqual([]);
    expect(notes("3.9-32", "3.9-32")).toEqual([]);
    expect(notes("3.14-32", "wasm32")).toEqual([]);
    expect(notes("wasm32", "3.14-32")).toEqual([]);
    expect(notes(null, "3.12")).toEqual([]);
    expect(replayNotes(recordedBy(null), [customProfile(profile("3.12").geometry)], "pymalloc")).toEqual([]);
  });

  it("that another version is another allocator, not another Python", () => {
    expect(notes("3.11", "3.12")).toEqual([SAME]);
    expect(notes("3.12", "3.12 3.8")).toEqual([SAME]);
    expect(notes(null, "3.12 3.8")).toEqual([SAME]);
    expect(notes("3.11.7", "3.11")).toEqual([]); // but the line's last release is, where nothing changed in it
    expect(notes("2.7.6", "2.7")).toContain(SAME);
  });

  it("first that sizes of the other pointer width are not comparable", () => {
    expect(notes("3.12", "3.12-32")).toEqual([
      "The trace's sizes are those of 64-bit objects: compare it with 64-bit profiles.",
      SAME,
    ]);
    for (const recorder of ["3.8-32", "wasm32"]) {
      expect(notes(recorder, "3.8 3.8-32")).toEqual([
        "The trace's sizes are those of 32-bit objects: compare it with 32-bit profiles.",
        SAME,
      ]);
    }
    expect(notes("3.8-32", "3.12-32 wasm32")).toEqual([SAME]);
  });

  it("where MEM requests go in versions before 3.6", () => {
    expect(notes(null, "3.5")).toEqual([
      "3.5: MEM requests go to pymalloc here, as in the goldens; in that version the C library served them (--mem raw).",
    ]);
    expect(notes(null, "3.5", "raw")).toEqual(["3.5: MEM requests go to the raw domain, as in that version."]);
    expect(notes(null, "2.7 3.6 2.3-32")).toEqual([
      SAME,
      "2.7, 2.3-32: MEM requests go to pymalloc here, as in the goldens; in those versions the C library served them (--mem raw).",
    ]);
    expect(notes(null, "2.7 3.6 2.3-32", "raw")).toEqual([
      SAME,
      "2.7, 2.3-32: MEM requests go to the raw domain, as in those versions.",
    ]);
    expect(notes(null, "3.6")).toEqual([]);
  });
});

describe("where MEM requests go", () => {
  const trace = readRep("a 0 10\na 1 20 m\nc 2 2 15 m\nr 1 40 m\nf 1 m\n");
  const rawBlocks = (name: string, mem: "pymalloc" | "raw"): number =>
    profileReport(trace, { profile: profile(name), mem }).end.raw.blocks;

  it("is the raw domain only before 3.6, and only when asked for", () => {
    expect(["2.3", "2.7", "3.5"].map((name) => rawBlocks(name, "raw"))).toEqual([1, 1, 1]);
    expect(["2.3", "2.7", "3.5"].map((name) => rawBlocks(name, "pymalloc"))).toEqual([0, 0, 0]);
    expect(["3.6", "3.12"].map((name) => rawBlocks(name, "raw"))).toEqual([0, 0]);
  });
});

// ---- text -----------------------------------------------------------------------------------------------------

const moment = (changes: Partial<Observation>): Observation => ({
  ...profileReport(readRep("m\n"), { profile: profile("3.8") }).end,
  ...changes,
});
const reportOf = (name: string): ProfileReport => profileReport(readRep("m\n"), { profile: profile(name) });

/** `arenas` live ones, of which the first few are held by `blocks` of 64 bytes. */
const held = (arenas: number, ...blocks: number[]): Partial<Observation> => {
  const live = blocks.reduce((sum, count) => sum + count, 0);
  return {
    arenas: { obtained: arenas, released: 0, high: arenas, live: arenas },
    pinned: {
      arenas: blocks.length,
      blocks: live,
      blockBytes: 64 * live,
      pinnedBytes: blocks.length * 262144 - 64 * live,
      leastHeld: blocks.map((count, ordinal) => ({ ordinal, blocks: count, blockBytes: 64 * count })),
    },
  };
};

describe("the sentence on pinned bytes", () => {
  const sentences: readonly [what: string, profile: string, changes: Partial<Observation>, sentence: string][] = [
    ["that no arena was obtained", "3.8", {}, "3.8: at the end, no arena was ever obtained."],
    ["so at a mark", "3.8", { name: "dropped" }, '3.8: at "dropped", no arena was ever obtained.'],
    [
      "that all went back",
      "3.8",
      { arenas: { obtained: 3, released: 3, high: 2, live: 0 } },
      "3.8: at the end, every arena has gone back.",
    ],
    ["that one is kept", "3.9", held(1), "3.9: at the end, no block is live, and 1 arena is kept."],
    [
      "that several are kept, and for ever",
      "2.4",
      held(2),
      "2.4: at the end, no block is live, and 2 arenas are kept; this version gives none back.",
    ],
    [
      "what one block pins",
      "3.8",
      held(1, 1),
      "3.8: at the end, 1 live block of 64 bytes pins 262.1 kB more in 1 arena, the emptiest held by 1 block of 64 bytes.",
    ],
    [
      "what several blocks pin",
      "3.8",
      { name: "mark 2", ...held(3, 2, 5, 1000) },
      "3.8: at mark 2, 1,007 live blocks of 64.4 kB pin 722.0 kB more in 3 arenas, the emptiest held by 2 blocks of 128 bytes.",
    ],
    [
      "how many arenas of all that is, and that none ever goes back",
      "2.3",
      held(1200, 1, 3),
      "2.3: at the end, 4 live blocks of 256 bytes pin 524.0 kB more in 2 of 1,200 arenas, the emptiest held by 1 block of " +
        "64 bytes; this version gives none back.",
    ],
  ];

  it.each(sentences)("says %s: %s", (_, name, changes, sentence) => {
    expect(pinnedSentence(reportOf(name), moment(changes))).toBe(sentence);
  });
});

describe("the text of a report", () => {
  const tiny = readRep(
    [
      "a 0 100",
      "a 600 100",
      ...Array.from({ length: 460 }, (_, i) => `a ${i + 1} 512`),
      "a 500 1000",
      "m filled",
      ...Array.from({ length: 459 }, (_, i) => `f ${i + 1}`),
      "m",
      "f 0",
      "",
    ].join("\n"),
  );
  const report = {
    trace: {
      name: "tiny.rep",
      events: tiny.words.length / 2,
      ops: tiny.opCount,
      marks: markNames(tiny),
      peakLiveBytes: tiny.peakLiveBytes,
      recordedBy: null,
    },
    notes: replayNotes(tiny, [profile("3.8"), profile("2.4")], "pymalloc"),
    profiles: ["3.8", "2.4"].map((name) => profileReport(tiny, { profile: profile(name) })),
  };

  it("is this, with block characters", () => {
    expect(renderReport(report, false)).toMatchInlineSnapshot(`
      "Same requests, another allocator; not another Python.
      2.4: MEM requests go to pymalloc here, as in the goldens; in that version the C library served them (--mem raw).

      tiny.rep: 925 events, 2 of them marks; at most 236.7 kB asked for and live

      profile  arenas of  obtained  released  most  at end  arenas peak kB  mapped peak kB  list steps
      3.8        256 KiB         2         0     2       2             524             786           1
      2.4        256 KiB         1         0     1       1             262             524           0

      3.8: at mark 2, 3 live blocks of 736 bytes pin 523.6 kB more in 2 arenas, the emptiest held by 1 block of 512 bytes.
      2.4: at mark 2, 2 live blocks of 208 bytes pin 261.9 kB more in 1 arena, the emptiest held by 2 blocks of 208 bytes; this version gives none back.

      3.8: arenas of 256 KiB, pools of 4 KiB, 32 size classes by 16 bytes
        kB        asked for  arenas  in arenas  live blocks  available  unused pools  headers  lost  raw
        "filled"        237       2        524          236          5           250        3    31  262
        mark 2            2       2        524            1          7           516        0     0  262
        end               2       2        524            1          7           516        0     0  262
        in arenas over time   ▁▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄██████████████████████████████████
        asked for over time   ▁▁▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇████████▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁▁
        arenas at mark 2, the fuller the higher:
          [▁▁]

      2.4: arenas of 256 KiB, pools of 4 KiB, 32 size classes by 8 bytes
        kB        asked for  arenas  in arenas  live blocks  available  unused pools  headers  lost  raw
        "filled"        237       1        262            0          4           258        0     0  262
        mark 2            2       1        262            0          4           258        0     0  262
        end               2       1        262            0          4           258        0     0  262
        in arenas over time   ▁████████████████████████████████████████████████████████████████
        asked for over time   ▁▁▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇████████▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁▁
        arenas at mark 2, the fuller the higher:
          [▁]

      kB: 1,000 bytes. available: free blocks of pools in use. lost: quantization and misaligned arenas. raw: what large blocks hold.
      pinned: bytes of the arenas that have a live block, less the bytes of those blocks. Time lines: their own highest is full.
      "
    `);
  });

  it("is this, in ASCII", () => {
    const text = renderReport(report, true);
    expect(text).toMatchInlineSnapshot(`
      "Same requests, another allocator; not another Python.
      2.4: MEM requests go to pymalloc here, as in the goldens; in that version the C library served them (--mem raw).

      tiny.rep: 925 events, 2 of them marks; at most 236.7 kB asked for and live

      profile  arenas of  obtained  released  most  at end  arenas peak kB  mapped peak kB  list steps
      3.8        256 KiB         2         0     2       2             524             786           1
      2.4        256 KiB         1         0     1       1             262             524           0

      3.8: at mark 2, 3 live blocks of 736 bytes pin 523.6 kB more in 2 arenas, the emptiest held by 1 block of 512 bytes.
      2.4: at mark 2, 2 live blocks of 208 bytes pin 261.9 kB more in 1 arena, the emptiest held by 2 blocks of 208 bytes; this version gives none back.

      3.8: arenas of 256 KiB, pools of 4 KiB, 32 size classes by 16 bytes
        kB        asked for  arenas  in arenas  live blocks  available  unused pools  headers  lost  raw
        "filled"        237       2        524          236          5           250        3    31  262
        mark 2            2       2        524            1          7           516        0     0  262
        end               2       2        524            1          7           516        0     0  262
        in arenas over time   _~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~##################################
        asked for over time   _____....----~~~~====++++****########****++++====~~~~----....____
        arenas at mark 2, the fuller the darker:
          [..]

      2.4: arenas of 256 KiB, pools of 4 KiB, 32 size classes by 8 bytes
        kB        asked for  arenas  in arenas  live blocks  available  unused pools  headers  lost  raw
        "filled"        237       1        262            0          4           258        0     0  262
        mark 2            2       1        262            0          4           258        0     0  262
        end               2       1        262            0          4           258        0     0  262
        in arenas over time   _################################################################
        asked for over time   _____....----~~~~====++++****########****++++====~~~~----....____
        arenas at mark 2, the fuller the darker:
          [.]

      kB: 1,000 bytes. available: free blocks of pools in use. lost: quantization and misaligned arenas. raw: what large blocks hold.
      pinned: bytes of the arenas that have a live block, less the bytes of those blocks. Time lines: their own highest is full.
      "
    `);
    expect(text).toMatch(/^[\n -~]*$/);
  });

  it("names the version that recorded the trace, and requests that had no memory", () => {
    const trace = { ...readRep("a 0 10\na 1 5000000\n"), recordedBy: "3.12" };
    const profiles = [profileReport(trace, { profile: profile("3.12"), limitBytes: 1 << 21 })];
    const text = renderReport(
      { trace: { ...report.trace, name: "big.rep", events: 2, marks: [], recordedBy: "3.12" }, notes: [], profiles },
      true,
    );
    expect(text).toMatch(/^big\.rep: 2 events, recorded by 3\.12; at most /);
    expect(text).toContain("\n  1 request could not be served: out of memory\n");
  });

  it("cuts a picture of very many arenas, and says how many more there are", () => {
    const [full] = report.profiles;
    const occupancy = Array.from({ length: 600 }, (_, i) => (i % 9) / 8.01);
    const end = { ...full.end, occupancy };
    const text = renderReport({ ...report, notes: [], profiles: [{ ...full, marks: [], end }] }, true);
    const rows = text.split("\n").filter((line) => /^ {4}\[.{64}\]$/.test(line));
    expect(rows).toHaveLength(8);
    expect(rows[0]).toBe(`    [${" .:-=+*%#".repeat(8).slice(0, 64)}]`);
    expect(text).toContain("\n    and 88 arenas more\n");
  });
});
