/** Mesh's two workloads (PLDI 2019): how many pools could lie over one another. */
import { blockSize, blocksPerPool, type Geometry, sizeClassOf } from "../src/geometry/geometry.js";
import { Heap } from "../src/heap/heap.js";
import type { PageUse } from "../src/metrics/heapmoment.js";
import { meshable } from "../src/metrics/pages.js";
import { lineChart } from "../src/plots/charts.js";
import { Random } from "../src/workload/random.js";
import { type Claim, near } from "./claim.js";

/** A block of a program that knows where it is. */
interface Held {
  readonly ptr: number;
  readonly nbytes: number;
}

/** The pools of these blocks, which are all that the heap has. */
function poolsOf(blocks: readonly Held[], geometry: Geometry): PageUse[] {
  const { poolSize, poolOverhead } = geometry;
  const pools = new Map<number, { -readonly [Key in keyof PageUse]: PageUse[Key] }>();
  for (const { ptr, nbytes } of blocks) {
    const number = Math.floor(ptr / poolSize);
    const szidx = sizeClassOf(geometry, nbytes);
    const blockBytes = blockSize(geometry, szidx);
    let pool = pools.get(number);
    if (pool === undefined) {
      const capacity = blocksPerPool(geometry, szidx);
      pool = { bytes: poolSize, blockBytes, capacity, live: 0, bitmap: new Uint32Array(Math.ceil(capacity / 32)) };
      pools.set(number, pool);
    }
    const block = (ptr - number * poolSize - poolOverhead) / blockBytes;
    pool.bitmap[block >> 5] |= 1 << (block & 31);
    pool.live++;
  }
  return [...pools.values()];
}

/** What is held, and what of it meshing would save. */
interface Meshed {
  readonly liveMB: number;
  readonly arenasMB: number;
  readonly pools: number;
  readonly meshable: number;
  /** Bytes of meshable pools, of those of arenas. */
  readonly percent: number;
}

function meshed(heap: Heap, blocks: readonly Held[]): Meshed {
  const { geometry } = heap.profile;
  const pools = poolsOf(blocks, geometry);
  const saved = meshable(pools).length;
  const arenaBytes = heap.stats().pymalloc.arenas.live * geometry.arenaSize;
  return {
    liveMB: blocks.reduce((sum, { nbytes }) => sum + nbytes, 0) / 1e6,
    arenasMB: arenaBytes / 1e6,
    pools: pools.length,
    meshable: saved,
    percent: (100 * saved * geometry.poolSize) / arenaBytes,
  };
}

const VERSIONS = ["3.9", "3.12"];
const SEED = 1;

function takeRandom<Item>(items: Item[], random: Random): Item {
  const i = random.below(items.length);
  const item = items[i];
  items[i] = items[items.length - 1];
  items.pop();
  return item;
}

/** Redis looks at so many values and drops the oldest of them. */
const LOOKED_AT = 5;

/** A cache of `capacity` bytes, into which values of 240 and then of 492 bytes are put; measured at 20 moments. */
function redis(version: string, scale: number) {
  const heap = Heap.createSync({ profile: version, checked: false });
  const random = Random.seeded(SEED);
  const capacity = 100_000_000 * scale;
  const [small, large] = [700_000 * scale, 170_000 * scale];
  const entries: (Held & { readonly stamp: number })[] = [];
  const course: Meshed[] = [];
  let live = 0;
  for (let stamp = 0; stamp < small + large; stamp++) {
    const nbytes = stamp < small ? 240 : 492;
    while (live + nbytes > capacity) {
      let oldest = random.below(entries.length);
      for (let look = 1; look < LOOKED_AT; look++) {
        const other = random.below(entries.length);
        if (entries[other].stamp < entries[oldest].stamp) oldest = other;
      }
      const { ptr, nbytes } = entries[oldest];
      heap.free(ptr);
      live -= nbytes;
      entries[oldest] = entries[entries.length - 1];
      entries.pop();
    }
    entries.push({ ptr: heap.malloc(nbytes), nbytes, stamp });
    live += nbytes;
    if ((stamp + 1) % ((small + large) / 20) === 0) course.push(meshed(heap, entries));
  }
  return course;
}

/** `content` bytes of strings of which 25 % are kept at random, again and again with strings of twice the length; after each round. */
function ruby(version: string, content: number) {
  const heap = Heap.createSync({ profile: version, checked: false });
  const random = Random.seeded(SEED);
  const kept: Held[] = [];
  const course: Meshed[] = [];
  for (let nbytes = 32; nbytes <= 512; nbytes *= 2) {
    const strings = Array.from(
      { length: Math.floor(content / nbytes) },
      (): Held => ({ ptr: heap.malloc(nbytes), nbytes }),
    );
    const rest = Math.floor(strings.length / 4);
    while (strings.length > rest) heap.free(takeRandom(strings, random).ptr);
    for (const string of strings) kept.push(string);
    course.push(meshed(heap, kept));
  }
  return course;
}

const chart = (
  title: string,
  subtitle: string,
  x: string,
  courses: readonly (readonly Meshed[])[],
  at: (i: number) => number,
) =>
  lineChart({
    title,
    subtitle,
    x: { name: x },
    y: { name: "arenas", unit: "MB" },
    lines: courses.flatMap((course, i) => [
      {
        name: `${VERSIONS[i]}`,
        points: course.map(({ arenasMB }, j) => [at(j), arenasMB] as const),
        hasPoints: true,
      },
      {
        name: `${VERSIONS[i]}, pairs of pools meshed`,
        points: course.map(({ arenasMB, percent }, j) => [at(j), arenasMB * (1 - percent / 100)] as const),
        hasPoints: true,
      },
      ...(i === 0 ? [{ name: "live", points: course.map(({ liveMB }, j) => [at(j), liveMB] as const) }] : []),
    ]),
  });

const finding = (version: string, { liveMB, arenasMB, pools, meshable }: Meshed): string =>
  `${version}: ${liveMB.toFixed(1)} MB live in ${arenasMB.toFixed(1)} MB of arenas; of ${pools} pools with a live block, pairs save at least ${meshable}.`;

const NOT_MESH =
  "Mesh itself was not run: the sentence is about its own allocator, which places blocks at random; pymalloc places them in turn. What pairs " +
  "save is a lower bound of the best matching, so that a smaller number here does not refute the sentence.";

export const meshRedis: Claim = {
  id: "mesh-redis",
  sentence: "Meshing saves 39 % of the heap of a Redis cache whose values grow from 240 to 492 bytes.",
  source: "Powers et al., Mesh, PLDI 2019: the Redis experiment, with Mesh's own allocator",
  certainty: "read",
  saidOf: "Mesh; here the pools of 3.9 and 3.12 that its pairs could save",
  run:
    "a cache of 100 MB: 700,000 values of 240 bytes, then 170,000 of 492, the oldest of 5 random ones dropped; pools of one class with disjoint " +
    "blocks, matched greedily; seed 1 (small: a tenth). Tolerance: 5 percentage points",
  verdict: "not reproduced",
  measure(size) {
    const courses = VERSIONS.map((version) => redis(version, size === "full" ? 1 : 0.1));
    const ends = courses.map((course) => course[course.length - 1]);
    return {
      checks: ends.map(({ percent }, i) =>
        near(`${VERSIONS[i]}: arenas that meshing pairs of pools would save, at least`, 39, 5, percent, "%"),
      ),
      findings: [...ends.map((end, i) => finding(VERSIONS[i], end)), NOT_MESH],
      picture: chart(
        "A Redis cache with growing values",
        "values of 240, then of 492 bytes",
        "values put, twentieths of all",
        courses,
        (i) => i + 1,
      ),
    };
  },
};

export const meshRuby: Claim = {
  id: "mesh-ruby",
  sentence:
    "Meshing saves 18 % of the heap of strings of which a random quarter is kept, again and again with twice the length.",
  source: "Powers et al., Mesh, PLDI 2019: the Ruby experiment, with random placement; 3 % without",
  certainty: "read",
  saidOf: "Mesh; here the pools of 3.9 and 3.12 that its pairs could save",
  run:
    "strings of 32, 64, 128, 256, 512 bytes, 128 MB of each, of which 25 % are kept at random, to the end; seed 1 (small: 8 MB). " +
    "Tolerance: 5 percentage points",
  verdict: "not reproduced",
  measure(size) {
    const courses = VERSIONS.map((version) => ruby(version, size === "full" ? 128e6 : 8e6));
    const ends = courses.map((course) => course[course.length - 1]);
    return {
      checks: ends.map(({ percent }, i) =>
        near(`${VERSIONS[i]}: arenas that meshing pairs of pools would save, at least`, 18, 5, percent, "%"),
      ),
      findings: [...ends.map((end, i) => finding(VERSIONS[i], end)), NOT_MESH],
      picture: chart(
        "Strings of which a quarter is kept",
        "after each round of strings of twice the length",
        "round",
        courses,
        (i) => i + 1,
      ),
    };
  },
};
