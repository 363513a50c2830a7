/** Looking into an attached heap: events, snapshots, images, what a free would do, what pins the arenas. */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { customProfile, type Profile, profile } from "../../../src/geometry/profiles.js";
import { EVENT_NAMES, type HeapEvent } from "../../../src/heap/events.js";
import { Heap } from "../../../src/heap/heap.js";
import type { HeapView } from "../../../src/heap/heapview.js";
import { HeapImage } from "../../../src/inspect/image.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { Interpreter, PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_RAW } from "../../../src/python/interpreter/interpreter.js";
import { PythonObjects } from "../../../src/python/interpreter/objects.js";
import { pinReport } from "../../../src/python/interpreter/pins.js";
import { InvalidPointerError, StaleSnapshotError } from "../../../src/text/errors.js";
import {
  DOMAIN_RAW,
  domainOf,
  idOf,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_REALLOC,
  opOf,
} from "../../../src/trace/event.js";
import type { Trace } from "../../../src/trace/trace.js";
import { layoutOf } from "./placements.js";
import { ask, expectLedger, newPython, type Python, runSuite } from "./python.js";

/** An event without addresses. */
const said = (event: HeapEvent): string => `${event.type} ${"ordinal" in event ? event.ordinal : event.szidx}`;

function listen(heap: HeapView, events: string[]): () => void {
  const stops = EVENT_NAMES.map((name) => heap.on(name, (event) => void events.push(said(event))));
  return () => {
    for (const stop of stops) stop();
  };
}

/** Makes the calls of a trace on a heap; `at` is called before the event with that number. */
function makeCalls(heap: Heap, { words }: Trace, stop: number, at: () => void): void {
  const blocks = new Map<number, number>();
  for (let i = 0; i < words.length; i += 2) {
    if (i / 2 === stop) at();
    const [op, id, nbytes] = [opOf(words[i]), idOf(words[i]), words[i + 1]];
    const isRaw = domainOf(words[i]) === DOMAIN_RAW;
    const old = blocks.get(id) ?? 0;
    if (op === OP_MALLOC) blocks.set(id, isRaw ? heap.rawMalloc(nbytes) : heap.malloc(nbytes));
    else if (op === OP_CALLOC) blocks.set(id, isRaw ? heap.rawCalloc(1, nbytes) : heap.calloc(1, nbytes));
    else if (op === OP_REALLOC) blocks.set(id, isRaw ? heap.rawRealloc(old, nbytes) : heap.realloc(old, nbytes));
    else if (op === OP_FREE) isRaw ? heap.rawFree(old) : heap.free(old);
  }
}

/** Arenas of 32 pools of 1 KiB, so that a few objects fill many. */
const ARENA = 32768;
const small = (base: string): Profile =>
  customProfile({ ...profile(base).geometry, arenaSize: ARENA, poolSize: 1024, threshold: 248 });

/** Blocks, made without running Python, until each arena has half of its pools in use: none is the last one by chance. */
function fillFreeArenas(heap: AttachedHeap): void {
  const isRoom = (): boolean => heap.snapshot().arenas.some((arena) => arena.nfreepools > arena.ntotalpools / 2);
  const { _PyBytes_FromStringAndSize: newBytes } = heap.interpreter.module as unknown as {
    _PyBytes_FromStringAndSize(text: number, length: number): number;
  };
  for (let i = 0; i < 1000 && isRoom(); i++) newBytes(0, 200);
  expect(isRoom()).toBe(false);
}

describe("an attached heap", () => {
  let python: Python & { readonly lines: string[] };
  let heap: AttachedHeap;

  beforeAll(async () => {
    python = await newPython();
    python.runPython("import json, gc");
  });

  afterEach(() => heap.detach());

  it("tells of what happens to arenas and pools, in order, as an emulated one does", async () => {
    heap = await attach(python, { record: true });
    const plain = DOMAINS.map((domain) => new Interpreter(python).getAllocator(domain));
    const events: string[] = [];
    const stop = listen(heap, events);
    heap.flush();
    const from = heap.recording!.eventCount;
    runSuite(python, "containers.py");
    runSuite(python, "cycles.py");
    stop(); // asks Python whether it traces: those calls are told of too, as long as one listens
    heap.flush();
    expect(DOMAINS.map((domain) => new Interpreter(python).getAllocator(domain))).toEqual(plain);
    const told = events.length;
    runSuite(python, "texts.py");
    expect(events).toHaveLength(told);

    const emulated: string[] = [];
    const other = Heap.createSync({ profile: heap.profile, checked: false });
    makeCalls(other, heap.recording!.trace(), from, () => listen(other, emulated));
    expect(emulated.length).toBeGreaterThan(told);
    expect(emulated.slice(0, told)).toEqual(events);
    expect(new Set(events.map((event) => event.split(" ")[0]))).toEqual(new Set(EVENT_NAMES));
  });

  it("has snapshots whose pools throw once they have changed, and images that do not change", async () => {
    heap = await attach(python);
    runSuite(python, "classes.py");
    const snapshot = heap.snapshot();
    const image = heap.image();
    const layout = layoutOf(heap);
    const saved = image.save();
    python.runPython("more = [bytes(n % 500) for n in range(5000)]");
    const pools = snapshot.arenas.flatMap(({ pools }) => pools);
    const thrown = pools.map((pool) => {
      try {
        pool.blocks();
        return null;
      } catch (error) {
        return error;
      }
    });
    expect(thrown.filter((error) => error instanceof StaleSnapshotError).length).toBeGreaterThan(10);
    expect(thrown.filter((error) => error !== null && !(error instanceof StaleSnapshotError))).toEqual([]);
    expect(thrown.filter((error) => error === null).length).toBeGreaterThan(10); // full ones that nobody touched
    expect(layoutOf(heap)).not.toEqual(layout);
    for (const kept of [image, HeapImage.open(saved)]) {
      expect(layoutOf(kept)).toEqual(layout);
      expect([...kept.rawBlocks()]).toEqual([]);
    }
    const address = ask<number>(python, "id(more[400])");
    expect(heap.image().words(address - (address % 4), address + 4 - (address % 4))[0]).toBe(heap.core.read(address));
    expect(HeapImage.open(saved).profile).toEqual(heap.profile);
    python.runPython("del more");
  });

  it.each(["wasm32", "2.7-32", "2.4-32"])("says before what a free does: %s", async (base) => {
    heap = await attach(python, { profile: small(base) });
    python.runPython("import random; random.seed(5); kept = [bytes(150 + i % 3 * 30) for i in range(900)]");
    const ids = ask<number[]>(python, "(lambda i: (random.shuffle(i), i)[1])(list(map(id, kept)))");
    const { module } = heap.interpreter;
    for (const id of ids) module._Py_IncRef(id);
    python.runPython("del kept");
    fillFreeArenas(heap);
    const kinds = new Set<string>();
    for (const id of ids) {
      const snapshot = heap.snapshot();
      const preview = heap.previewFree(id);
      const arena = snapshot.arenaAt(id)!;
      module._Py_DecRef(id); // frees this one block, and nothing else happens
      const after = heap.snapshot();
      const there = after.arenas.find(({ ordinal }) => ordinal === arena.ordinal);
      expect([preview.address, preview.arena.ordinal]).toEqual([id, arena.ordinal]);
      expect(preview.arena.isReleased).toBe(there === undefined);
      expect(after.arenas.length).toBe(snapshot.arenas.length - Number(preview.arena.isReleased));
      kinds.add(`${preview.pool.before} ${preview.pool.after}${preview.arena.isReleased ? " released" : ""}`);
      if (preview.arena.blocksLeft === 0 && there) kinds.add("kept");
      if (!there) continue;
      const pool = there.pool(preview.pool.index);
      expect([pool.state, pool.count]).toEqual([preview.pool.after, preview.pool.blocksLeft]);
      expect([there.nfreepools, there.blockCount]).toEqual([preview.arena.nfreepoolsAfter, preview.arena.blocksLeft]);
    }
    const transitions = ["full used", "used empty", "used used"];
    if (base !== "2.4-32") transitions.push("used empty released");
    if (base !== "2.7-32") transitions.push("kept");
    for (const kind of transitions) expect(kinds).toContain(kind);
    for (const address of [ids[0], 1024, 0]) expect(() => heap.previewFree(address)).toThrow(InvalidPointerError);
    expectLedger(heap);
  });

  it.each([
    ["wasm32", "no arena free"],
    ["wasm32", "one arena free"],
    ["2.7-32", "no arena free"],
    ["2.4-32", "no arena free"],
  ])("tells what a type pins, as freeing it shows: %s, %s", async (base, state) => {
    heap = await attach(python, { profile: small(base), record: true });
    python.runPython(`
class Pinning:
    __slots__ = [f"s{i}" for i in range(40)]
pinning = [Pinning() for _ in range(1600)]
`);
    const ids = ask<number[]>(python, "list(map(id, pinning))");
    const { module } = heap.interpreter;
    for (const id of ids) module._Py_IncRef(id);
    python.runPython("some = [bytes(180) for _ in range(500)]"); // arenas of their own, at last
    python.runPython("del pinning, some");
    if (state === "no arena free") fillFreeArenas(heap);
    const isOneFree = heap.snapshot().arenas.some(({ blockCount }) => blockCount === 0);
    expect(isOneFree).toBe(state === "one arena free");
    const report = pinReport(new PythonObjects(heap));
    const snapshot = heap.snapshot();
    expect(report.arenas.map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual(
      snapshot.arenas.filter(({ blockCount }) => blockCount > 0).map(({ ordinal }) => ordinal),
    );
    for (const { ordinal, blocks, bytes, pinnedBytes, types, lines } of report.arenas) {
      const arena = snapshot.arenas.find((record) => record.ordinal === ordinal)!;
      expect([blocks, bytes, pinnedBytes]).toEqual([arena.blockCount, arena.blockBytes, ARENA - arena.blockBytes]);
      for (const holdings of [types, lines]) {
        expect(holdings.reduce((sum, holding) => sum + holding.blocks, 0)).toBe(blocks);
        expect(holdings.reduce((sum, holding) => sum + holding.bytes, 0)).toBe(bytes);
      }
    }
    expect(report.liveBytes).toBe(heap.stats().pymalloc.ledger.allocated);
    const holder = report.types.find(({ name }) => name === "Pinning")!;
    expect([holder.blocks, holder.bytes]).toEqual([1600, 1600 * 176]);
    const line = report.lines.find(({ name }) => name === "<exec>:4 <module>")!;
    expect(line.blocks).toBeGreaterThanOrEqual(1600);
    const live = heap.stats().pymalloc.arenas.live;
    for (const id of ids) module._Py_DecRef(id);
    expect((live - heap.stats().pymalloc.arenas.live) * ARENA).toBe(holder.releasedAloneBytes);
    if (base !== "2.4-32") expect(holder.releasedAloneBytes).toBeGreaterThan(5 * ARENA);
    expect([...new PythonObjects(heap).blocks()].some(({ type }) => type === "Pinning")).toBe(false);
  });
});

const DOMAINS = [PYMEM_DOMAIN_RAW, 1, PYMEM_DOMAIN_OBJ];
