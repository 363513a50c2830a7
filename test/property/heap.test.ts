/**
 * Both domains of a heap under any program, with memory to spare and without: blocks never overlap, keep what is in them, and are
 * accounted for. Whatever is too short is met on purpose: arenas that are refused, so that small requests go to the raw domain.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customProfile, type Profile, profile } from "../../src/geometry/profiles.js";
import { Heap } from "../../src/heap/heap.js";
import { rawBlocks, rawRegions } from "../../src/inspect/rawblocks.js";
import { compileCoreSync } from "../../src/memory/core.js";
import { brokenRule, debugModule } from "../debugcore.js";
import { bases, type Event, eventsOf, geometries, squeezes, traces } from "../model/arbitrary.js";
import { type Allocator, Program } from "../model/program.js";

const RUNS = Number(process.env.PYMALLOC_RUNS ?? 12);

/** A program whose n-th block is of the RAW domain where `isRaw(n)`, else of MEM or OBJ. */
class HeapProgram extends Program {
  readonly heap: Heap;
  readonly #isRaw: (count: number) => boolean;
  readonly #rawIds = new Set<number>();
  #count = 0;
  readonly #raw: Allocator;

  constructor(heap: Heap, isRaw: (count: number) => boolean) {
    super((address, length) => heap.bytes(address, length));
    this.heap = heap;
    this.#isRaw = isRaw;
    this.#raw = {
      malloc: (nbytes) => heap.rawMalloc(nbytes),
      calloc: (count, nbytes) => heap.rawCalloc(count, nbytes),
      realloc: (address, nbytes) => heap.rawRealloc(address, nbytes),
      free: (address) => heap.rawFree(address),
    };
  }

  override run(event: Event): void {
    if (event.op === "malloc" || event.op === "calloc") {
      if (this.#isRaw(this.#count++)) this.#rawIds.add(event.id);
      else this.#rawIds.delete(event.id);
    }
    super.run(event);
  }

  protected allocatorOf(id: number): Allocator {
    return this.#rawIds.has(id) ? this.#raw : this.heap;
  }

  protected usableSize(address: number): number {
    return this.heap.usableSize(address);
  }

  protected onBlock(id: number, address: number, nbytes: number): void {
    const { geometry } = this.heap.profile;
    const isSmall = Boolean(this.heap.core.exports.isOurs(address));
    if (this.#rawIds.has(id) || nbytes > geometry.threshold) expect(isSmall).toBe(false);
    expect(address % (isSmall ? geometry.alignment : 16)).toBe(0);
  }

  /** The heap's own list of live blocks is that of the program's, and its ledgers are those of a walk over its regions. */
  expectLedgers(): void {
    const { heap } = this;
    const live = [...heap.liveBlocks()].map(({ address, size }) => [address, size]);
    const held = [...this.blocks.values()].map((address) => [address, heap.usableSize(address)]);
    const byAddress = (a: readonly number[], b: readonly number[]): number => a[0] - b[0];
    expect(live.sort(byAddress)).toEqual(held.sort(byAddress));

    const { pymalloc, raw, os, allocatedBlocks, calls } = heap.stats();
    const { arenaSize, poolSize } = heap.profile.geometry;
    const regions = [...rawRegions(heap.core)];
    const blocks = [...rawBlocks(heap.core)];
    const inUse = blocks.filter(({ state }) => state === "allocated");
    const free = blocks.filter(({ state }) => state === "free");
    const sum = (list: readonly { size: number }[]): number => list.reduce((bytes, { size }) => bytes + size, 0);
    expect(raw).toMatchObject({
      blocks: inUse.length,
      blockBytes: sum(inUse),
      freeBytes: sum(free) + 4 * free.length,
      regions: regions.length,
      regionBytes: regions.reduce((bytes, region) => bytes + region.bytes, 0),
    });
    expect(raw.regionBytes).toBe(raw.blockBytes + raw.freeBytes + raw.overheadBytes);
    expect(allocatedBlocks).toBe(this.blocks.size);
    expect(allocatedBlocks).toBe(inUse.length + pymalloc.classes.reduce((count, c) => count + c.blocks, 0));
    const { live: arenas, misaligned } = pymalloc.arenas;
    const pageRound = (bytes: number): number => Math.ceil(bytes / 4096) * 4096;
    const arenaBytes = (arenas - misaligned) * pageRound(arenaSize) + misaligned * pageRound(arenaSize + poolSize);
    expect(os.mappedBytes).toBe(arenaBytes + raw.regionBytes);
    expect(os.mappedPeakBytes).toBeGreaterThanOrEqual(os.mappedBytes);
    expect(os.mappedEverBytes).toBeGreaterThanOrEqual(os.mappedPeakBytes);
    expect(calls.failures).toBe(this.failures);
  }
}

/** The raw domain's first region. */
const REGION_BYTES = 256 << 10;

/** Memory without end; a system that refuses one request in so many; one with room for a region, an arena, and no second one. */
const shortages = ({ geometry: { arenaSize, poolSize } }: Profile) =>
  fc.oneof(
    fc.constant({ refuseEvery: 0, limitBytes: 0 }),
    fc.record({ refuseEvery: fc.constantFrom(1, 2, 2, 3, 4, 5, 6), limitBytes: fc.constant(0) }),
    fc.record({
      refuseEvery: fc.constant(0),
      limitBytes: fc.nat({ max: arenaSize - 1 }).map((more) => REGION_BYTES + arenaSize + poolSize + more),
    }),
  );

const scenariosOf = (of: Profile) =>
  fc.record({
    profile: fc.constant(of),
    squeeze: squeezes(of.geometry),
    ops: traces(of.geometry, { maxPhases: 6, maxPhaseOps: 60 }),
    baseOffsets: bases(of.geometry),
    shortage: shortages(of),
    rawBits: fc.nat({ max: 0xffffffff }),
  });

const NAMES = ["2.3", "2.4", "2.7", "3.8", "3.9-32", "3.12", "wasm32"] as const;
const PROFILES = [
  ...NAMES.map((name) => [name, RUNS, fc.constant(profile(name))] as const),
  ["any geometry", 5 * RUNS, geometries().map(customProfile)] as const,
];

describe.each([
  ["debug", debugModule],
  ["release", compileCoreSync()],
] as const)("whatever is asked of a heap, in the %s build,", (_, module) => {
  it.each(PROFILES)(
    "blocks are apart and keep what is in them, and nothing is broken: %s",
    (_name, numRuns, profiles) => {
      fc.assert(
        fc.property(profiles.chain(scenariosOf), ({ profile, squeeze, ops, baseOffsets, shortage, rawBits }) => {
          const heap = Heap.createSync({ profile, baseOffsets, ...shortage, module });
          const expectSound = (): void => {
            if (module === debugModule) expect(brokenRule(heap.core)).toBe("sound");
          };
          const filled = squeeze.fill.length;
          const program = new HeapProgram(heap, (n) => n >= filled && ((rawBits >>> (n & 31)) & 1) === 1);
          eventsOf([...squeeze.fill, ...squeeze.resizes, ...ops]).forEach((event, index) => {
            program.run(event);
            if (index >= filled) expectSound();
            if (index >= filled && index % 20 === 0) program.expectLedgers();
          });
          program.shadow.verifyAll();
          program.expectLedgers();
          if (shortage.refuseEvery === 0 && shortage.limitBytes === 0) expect(program.failures).toBe(0);
          program.freeAll();
          expectSound();
          program.expectLedgers();
          expect(heap.stats().raw.regions).toBeLessThanOrEqual(1);
        }),
        // A long time is needed only to shrink what failed; then what is smallest so far does.
        { numRuns, interruptAfterTimeLimit: numRuns * 3000 },
      );
    },
  );
});
