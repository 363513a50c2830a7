/**
 * What random tests are made of: geometries, arena bases, traces.
 *
 * An op names a block by its place among the live ones, counted modulo how many live: any ops, in any order, some of them left
 * out, are a valid trace. So a failing trace shrinks freely.
 */

import fc from "fast-check";
import type { Geometry } from "../../src/geometry/geometry.js";
import { RELEASES } from "../../src/geometry/release.js";

export type Op =
  | { readonly op: "malloc"; readonly nbytes: number }
  | { readonly op: "calloc"; readonly count: number; readonly nbytes: number }
  /** `block`: 0 is the oldest live block, -1 the youngest. With no block live, nothing happens. */
  | { readonly op: "realloc"; readonly block: number; readonly nbytes: number }
  | { readonly op: "free"; readonly block: number };

/** An op on a block that has an id; an id is used again after its free. */
export type Event =
  | { readonly op: "malloc"; readonly id: number; readonly nbytes: number }
  | { readonly op: "calloc"; readonly id: number; readonly count: number; readonly nbytes: number }
  | { readonly op: "realloc"; readonly id: number; readonly nbytes: number }
  | { readonly op: "free"; readonly id: number };

const MAX_ARENA_BITS = 26;
/** Requests from here on are mapped on their own. */
const MAPPED_THRESHOLD = 128 << 10;

const weighted = (...choices: readonly (readonly [value: number, weight: number])[]): fc.Arbitrary<number> =>
  fc.oneof(...choices.map(([value, weight]) => ({ arbitrary: fc.constant(value), weight })));

/** Any valid geometry; mostly arenas of few small pools, so that a hundred ops obtain and release some. */
export function geometries(): fc.Arbitrary<Geometry> {
  return fc
    .record({
      poolBits: weighted([10, 8], [11, 2], [12, 2], [13, 1], [14, 1], [15, 1], [16, 1]),
      arenaPoolBits: weighted([1, 4], [2, 6], [3, 4], [4, 2], [6, 1], [8, 1], [16, 1]),
      alignmentBits: weighted([3, 3], [4, 3], [5, 1], [6, 1]),
      header: fc.oneof(weighted([32, 3], [48, 3], [0, 1]), fc.nat({ max: 512 })),
      classes: fc.oneof(
        { arbitrary: fc.constant(1 << 12), weight: 2 },
        { arbitrary: fc.nat({ max: 1 << 12 }), weight: 1 },
      ),
      release: fc.constantFrom(...RELEASES),
      order: fc.constantFrom("fingers", "slide"),
    })
    .map(({ poolBits, arenaPoolBits, alignmentBits, header, classes, release, order }) => {
      const poolSize = 2 ** poolBits;
      const alignment = 2 ** alignmentBits;
      const poolOverhead = Math.ceil(header / alignment) * alignment;
      // A block of the highest class must fit twice beside the header.
      const mostClasses = Math.floor((poolSize - poolOverhead) / 2 / alignment);
      return {
        arenaSize: 2 ** Math.min(poolBits + arenaPoolBits, MAX_ARENA_BITS),
        poolSize,
        alignment,
        threshold: alignment * Math.min(1 + classes, mostClasses),
        poolOverhead,
        release,
        order,
      };
    });
}

/** How far past a multiple of the pool size arenas start, in turn: all aligned, all off, or some. Multiples of 8 bytes. */
export function bases({ poolSize }: Geometry): fc.Arbitrary<number[]> {
  const off = fc.integer({ min: 1, max: poolSize / 8 - 1 }).map((units) => units * 8);
  return fc.oneof(
    { arbitrary: fc.constant<number[]>([0]), weight: 2 },
    { arbitrary: fc.array(fc.oneof(fc.constant(0), off), { minLength: 1, maxLength: 4 }), weight: 1 },
  );
}

/** Bytes asked for: often close to the threshold, which fills pools fastest; around the edges of classes; 0; too large. */
function sizes({ alignment, threshold }: Geometry): fc.Arbitrary<number> {
  const any = fc.integer({ min: 1, max: threshold });
  const edge = fc
    .tuple(fc.integer({ min: 1, max: threshold / alignment }), fc.constantFrom(0, 1, -1))
    .map(([units, aside]) => units * alignment + aside);
  const large = fc.integer({ min: threshold + 1, max: 4 * threshold });
  const close = fc.nat({ max: Math.min(2 * alignment, threshold - 1) }).map((less) => threshold - less);
  return fc.oneof(
    { arbitrary: close, weight: 8 },
    { arbitrary: any, weight: 6 },
    { arbitrary: edge, weight: 4 },
    { arbitrary: fc.constant(0), weight: 1 },
    { arbitrary: large, weight: 1 },
    { arbitrary: fc.integer({ min: 1, max: 1 << 18 }), weight: 1 },
    { arbitrary: fc.integer({ min: MAPPED_THRESHOLD - 40, max: MAPPED_THRESHOLD + 40 }), weight: 1 },
  );
}

export interface TraceLimits {
  /** Phases of a trace: 12 unless given. */
  readonly maxPhases?: number;
  /** Ops of a phase: 120 unless given. */
  readonly maxPhaseOps?: number;
}

/**
 * Traces for a heap of that geometry, in phases of one habit each: growing, shrinking, in balance, resizing; one size over and
 * over; frees from the old end or from the young one.
 */
export function traces(geometry: Geometry, limits: TraceLimits = {}): fc.Arbitrary<readonly Op[]> {
  const { maxPhases = 12, maxPhaseOps = 120 } = limits;
  const size = sizes(geometry);
  const block = fc.oneof(
    { arbitrary: fc.nat({ max: 1 << 16 }), weight: 4 },
    { arbitrary: fc.constantFrom(0, -1), weight: 1 },
  );
  const malloc: fc.Arbitrary<Op> = fc.record({ op: fc.constant("malloc"), nbytes: size });
  const calloc: fc.Arbitrary<Op> = fc.oneof(
    fc.record({ op: fc.constant("calloc"), count: fc.constant(1), nbytes: size }),
    fc.record({ op: fc.constant("calloc"), count: fc.nat({ max: 40 }), nbytes: fc.nat({ max: 40 }) }),
  );
  const realloc: fc.Arbitrary<Op> = fc.record({ op: fc.constant("realloc"), block, nbytes: size });
  const free: fc.Arbitrary<Op> = fc.record({ op: fc.constant("free"), block });

  const habit = (mallocs: number, frees: number, reallocs: number): fc.Arbitrary<readonly Op[]> =>
    fc.array(
      fc.oneof(
        { arbitrary: malloc, weight: mallocs },
        { arbitrary: calloc, weight: 1 },
        { arbitrary: realloc, weight: reallocs },
        { arbitrary: free, weight: frees },
      ),
      { maxLength: maxPhaseOps, size: "max" },
    );
  const repeated = (op: fc.Arbitrary<Op>): fc.Arbitrary<readonly Op[]> =>
    fc.tuple(op, fc.nat({ max: maxPhaseOps })).map(([one, times]) => Array<Op>(times).fill(one));

  const phase = fc.oneof(
    { arbitrary: habit(10, 1, 1), weight: 3 },
    { arbitrary: habit(1, 10, 1), weight: 2 },
    { arbitrary: habit(4, 4, 2), weight: 1 },
    { arbitrary: habit(2, 2, 8), weight: 1 },
    { arbitrary: repeated(malloc), weight: 3 },
    { arbitrary: repeated(fc.record({ op: fc.constant("free"), block: fc.constantFrom(0, -1) })), weight: 3 },
  );
  return fc.array(phase, { maxLength: maxPhases, size: "max" }).map((phases) => phases.flat());
}

/** An arena of more blocks than this is not filled. */
const MOST_FILLED = 3000;

/**
 * A block of the raw domain and mallocs that fill an arena but for a few blocks; then resizes of those to any small size. Where no
 * second arena is to be had, classes soon run out of pools, and blocks go from pools to the raw domain.
 */
export function squeezes(
  geometry: Geometry,
): fc.Arbitrary<{ readonly fill: readonly Op[]; readonly resizes: readonly Op[] }> {
  const { arenaSize, poolSize, poolOverhead, threshold } = geometry;
  const blocks = (arenaSize / poolSize) * Math.floor((poolSize - poolOverhead) / threshold);
  const malloc = (nbytes: number): Op => ({ op: "malloc", nbytes });
  const fill = fc
    .nat({ max: 10 })
    .map((fewer) => (blocks > MOST_FILLED ? 0 : Math.max(blocks - fewer, 0)))
    .map((count) => [malloc(0), ...Array<Op>(count).fill(malloc(threshold))]);
  const resize: fc.Arbitrary<Op> = fc.record({
    op: fc.constant("realloc"),
    block: fc.nat({ max: 1 << 16 }),
    nbytes: fc.nat({ max: threshold }),
  });
  return fc.record({ fill, resizes: fc.array(resize, { maxLength: 60, size: "max" }) });
}

/** The ops on ids, as a program would do them; an op on a block while none lives is left out. */
export function eventsOf(ops: readonly Op[]): readonly Event[] {
  /** Oldest first. */
  const live: number[] = [];
  const unused: number[] = [];
  let idCount = 0;
  const events: Event[] = [];
  for (const op of ops) {
    if (op.op === "malloc" || op.op === "calloc") {
      const id = unused.pop() ?? idCount++;
      live.push(id);
      events.push({ ...op, id });
    } else if (live.length > 0) {
      const at = ((op.block % live.length) + live.length) % live.length;
      const id = live[at];
      if (op.op === "realloc") {
        events.push({ op: "realloc", id, nbytes: op.nbytes });
      } else {
        live.splice(at, 1);
        unused.push(id);
        events.push({ op: "free", id });
      }
    }
  }
  return events;
}

/** The ops as `.rep` text with its four header lines; with `arenaBases`, one `p` line each in front of the ops. */
export function repOf(ops: readonly Op[], arenaBases: readonly number[] = []): string {
  const events = eventsOf(ops);
  const idCount = events.reduce((count, { id }) => Math.max(count, id + 1), 0);
  const header = [0, idCount, events.length, 1];
  return [...header, ...arenaBases.map((base) => `p ${base}`), ...events.map(lineOf), ""].join("\n");
}

function lineOf(event: Event): string {
  switch (event.op) {
    case "malloc":
      return `a ${event.id} ${event.nbytes}`;
    case "calloc":
      return `c ${event.id} ${event.count} ${event.nbytes}`;
    case "realloc":
      return `r ${event.id} ${event.nbytes}`;
    case "free":
      return `f ${event.id}`;
  }
}
