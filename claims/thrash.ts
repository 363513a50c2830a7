/** bpo-37257: a loop at the edge of an arena creates and destroys one each time round. */
import { blockSize, blocksPerPool, classCount, poolsPerArena } from "../src/geometry/geometry.js";
import { type Checkpoint, Heap } from "../src/heap/heap.js";
import { lineChart } from "../src/plots/charts.js";
import { type Claim, exactly } from "./claim.js";

const LOOPS = 2000;
const LARGEST = 512;
const LENGTHS = [1, 8, 31, 64];

/** The shortest loops that thrash where an arena is kept, in blocks, as found here: of mixed sizes, and of 512 bytes alone. */
const LONGER = [
  { profile: "3.9", mixed: 263, same: 449 },
  { profile: "3.12", mixed: 1055, same: 1985 },
];

/** A heap at the moment from which each loop starts. */
interface Start {
  readonly heap: Heap;
  readonly moment: Checkpoint;
}

const startOf = (heap: Heap): Start => ({ heap, moment: heap.checkpoint() });

/** A heap whose last pool is taken, and has as many free blocks as a pool of 512-byte blocks less one. */
function withoutUnusedPools(profile: string): Start {
  const heap = Heap.createSync({ profile, checked: false });
  do heap.malloc(LARGEST);
  while (heap.stats().pymalloc.unusedPools > 0);
  return startOf(heap);
}

/** A heap of one arena without a free block. */
function withoutFreeBlocks(profile: string): Start {
  const heap = Heap.createSync({ profile, checked: false });
  const { geometry } = heap.profile;
  const blocks = poolsPerArena(geometry) * blocksPerPool(geometry, classCount(geometry) - 1);
  for (let i = 0; i < blocks; i++) heap.malloc(LARGEST);
  return startOf(heap);
}

const obtained = (heap: Heap): number => heap.stats().pymalloc.arenas.obtained;

/**
 * Arenas obtained in `loops` rounds, in each of which blocks of these sizes are asked for and dropped. The first round is not counted:
 * in it, 3.9 obtains the arena that it keeps.
 */
function arenasInLoop({ heap, moment }: Start, sizes: readonly number[], loops: number): number {
  heap.restore(moment);
  const ptrs: number[] = [];
  const round = (): void => {
    for (let i = 0; i < sizes.length; i++) ptrs[i] = heap.malloc(sizes[i]);
    for (let i = 0; i < sizes.length; i++) heap.free(ptrs[i]);
  };
  round();
  const before = obtained(heap);
  for (let loop = 0; loop < loops; loop++) round();
  return obtained(heap) - before;
}

const ofOneSize = (count: number): number[] => Array<number>(count).fill(LARGEST);

/** The fewest of `sizes`, from the first on, with which each round obtains an arena; all of them are enough. */
function shortest(start: Start, sizes: readonly number[]): number {
  let [few, enough] = [0, sizes.length];
  while (enough - few > 1) {
    const middle = (few + enough) >> 1;
    if (arenasInLoop(start, sizes.slice(0, middle), 10) > 0) enough = middle;
    else few = middle;
  }
  return enough;
}

/**
 * The sizes of the shortest loop that thrashes where the last usable arena is kept. An arena goes back only if another is wholly free, and
 * the next comes only when that one's pools are all taken: by a block each of the classes but the largest, whose pools are full.
 */
function shortestMix({ heap }: Start): number[] {
  const { geometry } = heap.profile;
  const others = classCount(geometry) - 1;
  const full = (poolsPerArena(geometry) - others) * blocksPerPool(geometry, others);
  return [...Array.from({ length: others }, (_, szidx) => blockSize(geometry, szidx)), ...ofOneSize(full + 1)];
}

export const thrash: Claim = {
  id: "arena-thrash",
  sentence:
    "Where no empty arena is kept, a simple loop creates and destroys an arena each time round: 2,000 in 2,000; 3.9 keeps one.",
  source: "bpo-37257 (gh-81438), commit d1c85a27ea9; 2,000 and 0 measured on CPython 3.8.18 and 3.9.18",
  certainty: "read",
  saidOf: "3.8 and 3.9",
  run:
    "blocks of 512 bytes until no pool is unused; then, 2,000 times, k more are asked for and dropped, after one round that " +
    "is not counted, in which 3.9 obtains the arena that it keeps",
  verdict: "reproduced",
  measure() {
    const edges = ["3.8", "3.9", "3.12"].map((profile) => ({ profile, start: withoutUnusedPools(profile) }));
    const checks = edges.slice(0, 2).flatMap(({ profile, start }) =>
      LENGTHS.map((k) => {
        const expected = profile === "3.8" && k > 1 ? LOOPS : 0;
        return exactly(`${profile}, k = ${k}: arenas obtained`, expected, arenasInLoop(start, ofOneSize(k), LOOPS));
      }),
    );
    const longer = LONGER.flatMap(({ profile, mixed, same }) => {
      const start = withoutFreeBlocks(profile);
      const mix = shortestMix(start);
      return [
        exactly(`${profile}, shortest loop of mixed sizes that thrashes (ours): blocks`, mixed, shortest(start, mix)),
        exactly(`${profile}, that loop: arenas obtained`, LOOPS, arenasInLoop(start, mix, LOOPS)),
        exactly(`${profile}, shortest of 512 bytes alone (ours): blocks`, same, shortest(start, ofOneSize(4096))),
      ];
    });
    const steps = [1, 2, 4, 6, 7, 8, 16, 31, 64, 128, 256, 448, 449, 455, 456, 600, 1000, 1500, 1984, 2015, 2016];
    const lines = edges.map(({ profile, start }) => ({
      name: profile,
      points: steps.map((k) => [k, arenasInLoop(start, ofOneSize(k), 20) / 20] as const),
      hasPoints: true,
    }));
    return {
      checks: [...checks, ...longer],
      findings: [
        "3.9 and later still thrash, in a longer loop: one block of each smaller class and the others of 512 bytes. Where arenas are aligned fewer " +
          "cannot do: an arena goes back only beside another that is wholly free, and the next comes only when all pools of that one are taken, " +
          "of which each class leaves at most one unfilled. No published figure for this was found.",
      ],
      picture: lineChart({
        title: "Arenas obtained in each round of a loop",
        subtitle: "k blocks of 512 bytes asked for and dropped, at the edge of an arena",
        x: { name: "k", unit: "blocks", scale: "log" },
        y: { name: "arenas obtained in a round" },
        lines,
      }),
    };
  },
};
