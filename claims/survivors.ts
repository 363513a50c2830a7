/** A few survivors hold everything: P = 1 − (1 − p)^B. */
import { blocksPerPool, poolsPerArena, sizeClassOf } from "../src/geometry/geometry.js";
import { Heap } from "../src/heap/heap.js";
import { lineChart } from "../src/plots/charts.js";
import { BILLION } from "../src/workload/kinds.js";
import { Random } from "../src/workload/random.js";
import { type Claim, meanOf, near } from "./claim.js";

const NBYTES = 64;
const SHARES = [1e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3];

/** The base by multiplication alone, so that every engine has the same bits. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, n = exponent; n > 0; n = Math.floor(n / 2), square *= square)
    if (n % 2 === 1) result *= square;
  return result;
}

export const closedForm = (p: number, blocks: number): number => 1 - power(1 - p, blocks);

/** A heap full of blocks of one size, and the shares of its arenas that survivors hold. */
class Filled {
  readonly blocksPerArena: number;
  readonly grown: number;
  readonly #blocks: number;
  readonly #heap: Heap;
  readonly #ptrs: Uint32Array;
  readonly #full;

  constructor(profile: string, baseOffsets: readonly number[], blocks: number) {
    this.#heap = Heap.createSync({ profile, baseOffsets, checked: false });
    this.#ptrs = Uint32Array.from({ length: blocks }, () => this.#heap.malloc(NBYTES));
    this.#blocks = blocks;
    this.#full = this.#heap.checkpoint();
    this.grown = this.#heap.stats().pymalloc.arenas.live;
    const { geometry } = this.#heap.profile;
    const pools = poolsPerArena(geometry) - (baseOffsets.length > 0 ? 1 : 0);
    this.blocksPerArena = pools * blocksPerPool(geometry, sizeClassOf(geometry, NBYTES));
  }

  /** The share of arenas that the closed form says are held; the last one is not full. */
  expected(p: number): number {
    const last = this.#blocks - (this.grown - 1) * this.blocksPerArena;
    return ((this.grown - 1) * closedForm(p, this.blocksPerArena) + closedForm(p, last)) / this.grown;
  }

  /** Each block survives with probability `p`. The arena that 3.9 keeps empty is not held by survivors, and not counted. */
  held(p: number, seed: number): { arenas: number; blocks: number } {
    const random = Random.seeded(seed);
    let blocks = 0;
    for (const ptr of this.#ptrs) {
      if (random.below(BILLION) >= p * BILLION) this.#heap.free(ptr);
      else blocks++;
    }
    const arenas = this.#heap
      .snapshot()
      .arenas.filter(({ nfreepools, ntotalpools }) => nfreepools < ntotalpools).length;
    this.#heap.restore(this.#full);
    return { arenas, blocks };
  }
}

/** Arenas of 3.10 on are rarely at a multiple of the pool size: 63 pools of 16 KiB, as in the processes that were measured. */
const HEAPS = [
  { name: "3.9", profile: "3.9", baseOffsets: [] },
  { name: "3.12", profile: "3.12", baseOffsets: [4096] },
  { name: "2 MiB", profile: "3.15-hugepages", baseOffsets: [4096] },
] as const;

export const survivors: Claim = {
  id: "survivors",
  sentence:
    "Of blocks that survive at random with probability p, an arena of B blocks is held with probability 1 − (1 − p)^B.",
  source:
    "closed form; 3.2 % to 98.8 % on 3.9.18 and 13.1 % to 100 % on 3.12.1 measured with one seed; arenas of 2 MiB: gh-144319, an excerpt",
  certainty: "measured",
  saidOf: "every version that gives arenas back; measured on 3.9 and 3.12",
  run:
    "1,000,000 blocks of 64 bytes, then each is freed but with probability p; seeds 1 to 20 (small: 200,000 blocks, seeds 1 to 5). The " +
    "last arena, which is not full, is counted with the blocks that it has. Tolerance: four standard errors, and one arena of all seeds",
  verdict: "reproduced",
  measure(size) {
    const [blocks, seedCount] = size === "full" ? [1_000_000, 20] : [200_000, 5];
    const seeds = Array.from({ length: seedCount }, (_, i) => i + 1);
    const found = HEAPS.map(({ name, profile, baseOffsets }) => {
      const filled = new Filled(profile, baseOffsets, blocks);
      const rows = SHARES.map((p) => {
        const runs = seeds.map((seed) => filled.held(p, seed));
        const shares = runs.map(({ arenas }) => (100 * arenas) / filled.grown);
        return { p, shares, mean: meanOf(shares), kept: meanOf(runs.map((run) => run.blocks)), runs };
      });
      return { name, filled, rows };
    });
    const checks = found.flatMap(({ name, filled, rows }) =>
      rows.map(({ p, mean }) => {
        const expected = filled.expected(p);
        const arenas = filled.grown * seedCount;
        const tolerance = 100 * (4 * Math.sqrt((expected * (1 - expected)) / arenas) + 1 / arenas);
        return near(`${name}, p = ${p}: arenas held`, 100 * expected, tolerance, mean, "%");
      }),
    );
    const findings = found.map(({ name, filled, rows }) => {
      const { kept, runs } = rows[2];
      const mib = meanOf(runs.map(({ arenas }) => arenas)) * (name === "3.9" ? 0.25 : name === "3.12" ? 1 : 2);
      return `${name} (B = ${filled.blocksPerArena}), p = ${SHARES[2]}: ${((kept * NBYTES) / 1000).toFixed(1)} kB of live blocks hold ${mib.toFixed(1)} MiB of arenas.`;
    });
    const curve = Array.from({ length: 41 }, (_, i) => SHARES[0] * power(100 ** (1 / 40), i));
    return {
      checks,
      findings,
      picture: lineChart({
        title: "Arenas that random survivors hold",
        subtitle: `${blocks.toLocaleString("en")} blocks of 64 bytes; bars: least and most of ${seedCount} seeds; lines: 1 − (1 − p)^B`,
        x: { name: "survivors of a million blocks", scale: "log", min: 10, max: 1000 },
        y: { name: "arenas held", unit: "%", max: 100 },
        lines: found.flatMap(({ name, filled, rows }) => [
          {
            name: `${name}: closed form`,
            points: curve.map((p) => [1e6 * p, 100 * closedForm(p, filled.blocksPerArena)] as const),
          },
          {
            name,
            points: rows.map(({ p, mean }) => [1e6 * p, mean] as const),
            hasPoints: true,
            spread: rows.map(({ p, shares }) => [1e6 * p, Math.min(...shares), Math.max(...shares)] as const),
          },
        ]),
      }),
    };
  },
};
