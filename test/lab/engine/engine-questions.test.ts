/** What the engine answers about pools, blocks, holders, differences and time, against what the library says. */

import { describe, expect, it } from "vitest";
import { idOf, opOf } from "../../../src/trace/event.js";
import {
  BLOCK_STATES,
  type CursorView,
  Engine,
  encodeTrace,
  HeapImage,
  profile,
  profileReport,
  Replay,
  type SideIndex,
  TraceBuilder,
} from "./library.js";
import { markedTrace, recordedRun } from "./traces.js";

async function openRun(seed: number, profiles: string[], bases: number[] = []) {
  const run = recordedRun(markedTrace(seed, 5000, 900, bases));
  const engine = new Engine();
  await engine.openRecording(run, profiles);
  return { engine, run, trace: run.trace };
}

describe.each(["2.4", "2.7-32", "3.12"])("on %s", (name) => {
  it("a pool is what the heap has there, with what its blocks were asked for", async () => {
    const { engine, run, trace } = await openRun(31, [name]);
    const replay = Replay.createSync(trace, { profile: name });
    replay.runTo(3333);
    await engine.seek(3333);
    for (const arena of replay.heap.snapshot().arenas) {
      for (const pool of arena.pools) {
        const view = await engine.pool(0, arena.ordinal, pool.index);
        const { count, freeblock, szidx, nextpool, prevpool, nextoffset } = pool;
        expect(view.header).toMatchObject({ count, freeblock, szidx, nextpool, prevpool, nextoffset });
        expect(view).toMatchObject({ state: pool.state, address: pool.address, capacity: pool.capacity });
        if (view.capacity > 0) {
          const bytes = view.headerBytes + view.capacity * view.blockSize + view.quantizationBytes;
          expect(bytes).toBe(replay.heap.profile.geometry.poolSize);
        }
        for (const { index, address, state, freeIndex } of pool.blocks()) {
          expect(BLOCK_STATES[view.blockState[index]]).toBe(state);
          expect(view.freeIndex[index]).toBe(freeIndex ?? -1);
          expect(view.id[index] >= 0).toBe(state === "allocated");
          if (state !== "allocated") continue;
          expect(replay.addressOf(view.id[index])).toBe(address);
          expect(idOf(trace.words[2 * view.bornAt[index]])).toBe(view.id[index]);
          expect(view.asked[index]).toBeLessThanOrEqual(view.blockSize);
          expect(run.lines.length).toBeGreaterThan(view.line[index]);
        }
      }
    }
    await expect(engine.pool(0, 999, 0)).rejects.toThrow("no arena 999");
    await expect(engine.pool(0, 0, 999)).rejects.toThrow(RangeError);
  });

  it("a place is named as the heap names it, and its bytes add up", async () => {
    const { engine, trace } = await openRun(32, [name], [16, 0, 48]);
    const replay = Replay.createSync(trace, { profile: name });
    const position = 2800;
    replay.runTo(position);
    const [{ map }] = ((await engine.seek(position)) as CursorView).sides;
    const kinds = new Set<string>();
    for (let address = map.base; address < map.top + 8192; address += 1237) {
      const place = await engine.block(0, address);
      kinds.add(place.kind);
      expect(place.text).toBe(replay.heap.describe(address));
      if (place.kind === "block") {
        expect(place.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(place.size);
        expect(place.state === "allocated").toBe(replay.heap.isLiveBlock(place.blockAddress));
        expect(place.bytes).toBeNull();
        if (place.state === "free")
          expect(place.nextFree === 0 || !replay.heap.isLiveBlock(place.nextFree ?? 0)).toBe(true);
        if (place.state !== "allocated") continue;
        expect(place.preview).toEqual(replay.heap.previewFree(place.blockAddress));
      }
      if ((place.kind !== "block" && place.kind !== "raw-block") || place.origin === null) continue;
      const { id, bornAt, age, asked, freedAt, resizedAt } = place.origin;
      expect(replay.addressOf(id)).toBe(place.blockAddress);
      expect(await engine.locate(0, id)).toBe(place.blockAddress);
      expect(bornAt + age).toBe(position - 1);
      expect(trace.words[2 * Math.max(bornAt, resizedAt) + 1]).toBe(asked);
      if (freedAt >= 0) expect(trace.words[2 * freedAt] & ~24).toBe((id << 5) | 3);
    }
    for (const kind of ["block", "raw-block", "arena-edge", "outside"]) expect(kinds).toContain(kind);
    await expect(engine.block(0, -4)).rejects.toThrow("no address");
    expect((await engine.block(0, 0)).kind).toBe("outside");
  });

  it("holders of arenas add up, by type, line and class; what is alone costs", async () => {
    const { engine } = await openRun(33, [name]);
    const { sides } = (await engine.seek(2900)) as CursorView;
    const { pinned } = sides[0].moment;
    const table = await engine.pins(0);
    expect(table.pinnedBytes).toBe(pinned.pinnedBytes);
    expect(table.liveBytes).toBe(pinned.blockBytes);
    expect(table.arenas.length).toBe(pinned.arenas);
    const least = table.arenas
      .slice(0, 5)
      .map(({ ordinal, blocks, bytes }) => ({ ordinal, blocks, blockBytes: bytes }));
    expect(least).toEqual(pinned.leastHeld);
    const { release, arenaSize } = profile(name).geometry;
    for (const rows of [table.holders.byType, table.holders.byLine, table.holders.byClass]) {
      expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(pinned.blockBytes);
      expect(rows.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(pinned.blocks);
      for (const { releasedAloneBytes } of rows) {
        expect(releasedAloneBytes % arenaSize).toBe(0);
        if (release === "never") expect(releasedAloneBytes).toBe(0);
      }
    }
    expect(table.holders.byType.map(({ name: type }) => type)).toContain("dict");
    expect(table.holders.byLine.map(({ name: line }) => line)).toContain("script.py:3 <module>");
  });

  it.each([1, 2, 3])("a difference adds up: seed %i", async (seed) => {
    const { engine, trace } = await openRun(40 + seed, [name]);
    const end = trace.words.length / 2;
    const places = [0, 700, 1499, 2600, 4100, end];
    for (const [a, b] of places.flatMap((from) => places.map((to) => [from, to]))) {
      const change = await engine.diff(0, a, b);
      if (change === null) throw new Error("superseded");
      const { born, died, aliveBefore, aliveAfter, resizedBytes, passing, rows } = change;
      expect([change.from, change.to]).toEqual([Math.min(a, b), Math.max(a, b)]);
      expect(aliveAfter.blocks).toBe(aliveBefore.blocks + born.blocks - died.blocks);
      expect(aliveAfter.bytes).toBe(aliveBefore.bytes + born.bytes - died.bytes + resizedBytes);
      const words = trace.words.filter((_, index) => index % 2 === 0).subarray(change.from, change.to);
      expect(born.blocks + passing.blocks).toBe(words.filter((word) => opOf(word) < 2).length);
      expect(died.blocks + passing.blocks).toBe(words.filter((word) => opOf(word) === 3).length);
      for (const by of [rows.byType, rows.byLine, rows.byClass]) {
        expect(by.reduce((sum, row) => sum + row.born.bytes, 0)).toBe(born.bytes);
        expect(by.reduce((sum, row) => sum + row.died.blocks, 0)).toBe(died.blocks);
      }
    }
  });

  it("a difference has the pools that changed and the arenas that came and went", async () => {
    const { engine, trace } = await openRun(44, [name]);
    const pools = (replay: Replay) =>
      new Map(
        replay.heap
          .snapshot()
          .arenas.flatMap(({ ordinal, pools }) =>
            pools.map(({ index, count, szidx }) => [`${ordinal}/${index}`, `${count} ${szidx ?? 0xffff}`] as const),
          ),
      );
    const [before, after] = [1400, 3200].map((position) => {
      const replay = Replay.createSync(trace, { profile: name });
      replay.runTo(position);
      return { pools: pools(replay), arenas: replay.heap.stats().pymalloc.arenas };
    });
    const change = await engine.diff(0, 1400, 3200);
    const none = "0 65535";
    const keys = [...new Set([...before.pools.keys(), ...after.pools.keys()])];
    const expected = keys.filter((key) => (before.pools.get(key) ?? none) !== (after.pools.get(key) ?? none));
    const moved = change?.pools;
    expect(Array.from(moved?.index ?? [], (index, row) => `${moved?.arenaOrdinal[row]}/${index}`).sort()).toEqual(
      expected.sort(),
    );
    expect(change?.arenasObtained.length).toBe(after.arenas.obtained - before.arenas.obtained);
    expect(change?.arenasReleased.length).toBe(after.arenas.released - before.arenas.released);
  });

  it("the time line has the ledger at its samples, and a tick an arena", async () => {
    const { engine, trace } = await openRun(45, [name]);
    const line = await engine.timeline(0);
    if (line === null) throw new Error("superseded");
    expect(line.tickEvents).toBe(1);
    const { arenas } = profileReport(trace, { profile: profile(name) });
    expect([line.obtained.length, line.released.length]).toEqual([arenas.obtained, arenas.released]);
    for (const sample of [0, 100, 333, line.position.length - 1]) {
      const { moment } = ((await engine.seek(line.position[sample])) as CursorView).sides[0];
      expect({
        live: line.live[sample],
        allocated: line.allocated[sample],
        available: line.available[sample],
        unused: line.unused[sample],
        pinned: line.pinned[sample],
        mapped: line.mapped[sample],
      }).toEqual({
        live: moment.liveBytes,
        allocated: moment.ledgerBytes.allocated,
        available: moment.ledgerBytes.available,
        unused: moment.ledgerBytes.unusedPools,
        pinned: moment.pinned.pinnedBytes,
        mapped: moment.mappedBytes,
      });
    }
    const range = await engine.timeline(0, { from: 1000, to: 3000, samples: 50 });
    expect(range?.position.length).toBe(51);
    expect([...(range?.obtained ?? [])]).toEqual([...line.obtained].filter((at) => at > 1000 && at <= 3000));
    const csv = (await engine.exportTimeline(0, "csv")).trimEnd().split("\n");
    expect(csv[0]).toBe("event,live_bytes,allocated_bytes,available_bytes,unused_bytes,pinned_bytes,mapped_bytes");
    expect(csv.length).toBe(line.position.length + 1);
    const json = JSON.parse(await engine.exportTimeline(0, "json"));
    expect(json.samples[7]).toMatchObject({ position: line.position[7], liveBytes: line.live[7] });
  });
});

describe("a heap image", () => {
  it("is saved at the cursor, and has the same map and numbers when it is opened again", async () => {
    const { engine } = await openRun(51, ["3.12", "2.7-32"]);
    for (const side of [0, 1] as SideIndex[]) {
      const { sides } = (await engine.seek(2222)) as CursorView;
      const bytes = await engine.exportImage(side);
      expect(HeapImage.open(bytes).profile.name).toBe(sides[side].stats.profile);
      const other = new Engine();
      const { info } = await other.open(bytes, "heap.pyheap");
      expect(info).toMatchObject({ kind: "image", events: 0 });
      const [view] = ((await other.seek(5)) as CursorView).sides;
      expect(view.map).toEqual(sides[side].map);
      const { moment, stats } = sides[side];
      expect(view.moment).toEqual({ ...moment, liveBytes: Number.NaN, name: "heap.pyheap", position: 0 });
      expect({ ...view.stats, wasmBytes: 0 }).toEqual({ ...stats, wasmBytes: 0 });
      const { ordinal } = view.map.arenas;
      const pool = await other.pool(0, ordinal[0], 0);
      expect(pool.blockState).toEqual((await engine.pool(side, ordinal[0], 0)).blockState);
      const place = await other.block(0, pool.address + pool.headerBytes);
      expect(place).toMatchObject({ kind: "block", origin: null, bytes: { length: pool.blockSize } });
      expect((await other.pins(0)).holders.byClass).toEqual((await engine.pins(side)).holders.byClass);
      await expect(other.diff(0, 0, 1)).rejects.toThrow("one moment");
      await expect(other.setProfiles(["3.9"])).rejects.toThrow("its own profile");
    }
  });
});

describe("what is no trace", () => {
  it.each([
    ["a text that is none", new TextEncoder().encode("hello\n"), /^bad:1: /],
    ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0), /^bad/],
    ["a damaged gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3), /^bad: compressed data/],
    ["a damaged image", new TextEncoder().encode("PYHEAP\0\x01nonsense"), /^heap image: |^not a heap image/],
  ])("is refused with one line, and what was open stays: %s", async (_, bytes, message) => {
    const { engine } = await openRun(52, ["3.9"]);
    const before = await engine.seek(1000);
    const error = await engine.open(bytes, "bad").then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain("\n");
    expect((await engine.step(0))?.sides[0].moment).toEqual(before?.sides[0].moment);
  });

  it("is not a trace without events, in which one can go nowhere", async () => {
    const engine = new Engine();
    await expect(engine.seek(0)).rejects.toThrow("nothing is open");
    await expect(engine.open(new Uint8Array(0), "empty")).rejects.toThrow("empty: not a trace");
    const { info } = await engine.open(encodeTrace(new TraceBuilder().finish()), "short");
    expect(info.events).toBe(0);
    const view = await engine.seek(3);
    expect(view).toMatchObject({ position: 0, last: null, next: null });
    expect((await engine.timeline(0))?.position.length).toBe(1);
    expect((await engine.runUntil([{ type: "arena-obtained" }], -1))?.position).toBeNull();
    expect((await engine.diff(0, 0, 0))?.born).toEqual({ blocks: 0, bytes: 0 });
  });

  it("and an unknown profile is refused before the file is read", async () => {
    const { engine, trace } = await openRun(53, ["3.9"]);
    await expect(engine.open(encodeTrace(trace), "t", ["1.5"])).rejects.toThrow('no profile "1.5"');
    expect((await engine.step(0))?.sides[0].stats.profile).toBe("3.9");
  });
});

it("answers can be moved to another thread: no array of an answer is the engine's own", async () => {
  const { transferables } = await import("../../../src/lab/engine/transferables.js");
  const { engine } = await openRun(54, ["3.9", "3.12"]);
  const ask = async (): Promise<unknown[]> => [
    await engine.seek(2000, { colour: "age" }),
    await engine.seek(2000, { colour: "line" }),
    await engine.timeline(0),
    await engine.pins(1),
    await engine.diff(1, 100, 2000),
    await engine.pool(0, 0, 3),
  ];
  const kept = structuredClone(await ask());
  for (const answer of [...(await ask()), await engine.exportImage(0)]) {
    structuredClone(answer, { transfer: transferables(answer) });
  }
  expect(await ask()).toEqual(kept);
});
