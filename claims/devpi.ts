/** A printout of sys._debugmallocstats() that somebody asked about: devpi 735, December 2019. */
import { Heap } from "../src/heap/heap.js";
import { scatterChart } from "../src/plots/charts.js";
import { type Claim, exactly, near } from "./claim.js";

/** Its rows of small classes, as far as they were to be had: bytes, pools, blocks in use, available. */
const ROWS: readonly (readonly [bytes: number, pools: number, blocks: number, available: number])[] = [
  [8, 1, 184, 322],
  [16, 1, 170, 83],
  [24, 6, 874, 134],
  [32, 490, 60339, 1401],
  [40, 152, 15284, 68],
  [48, 108, 8243, 829],
  [56, 3016, 182443, 34709],
  [64, 8361, 404452, 122291],
  [72, 3212, 125473, 54399],
  [80, 1429, 63937, 7513],
  [88, 981, 39620, 5506],
  [96, 1276, 49921, 3671],
  [104, 1470, 53085, 2775],
  [112, 253, 8248, 860],
  [120, 707, 19107, 4224],
  [128, 241, 5991, 1480],
  [136, 887, 24665, 1058],
  [144, 778, 21710, 74],
  [152, 56, 1420, 36],
];
const POOL = 4096;
const HEADERS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 128];

const fits = (header: number): boolean =>
  ROWS.every(([bytes, pools, blocks, available]) => blocks + available === pools * Math.floor((POOL - header) / bytes));

/** Pools that would be free if the blocks of a row were packed. */
const freedByPacking = ([, pools, blocks, available]: (typeof ROWS)[number]): number =>
  pools - Math.ceil(blocks / ((blocks + available) / pools));

/** The row of 64 bytes made again: all blocks asked for in one go, then so many freed, evenly spread, that no pool is emptied. */
function madeAgain([bytes, , blocks, available]: (typeof ROWS)[number]) {
  const heap = Heap.createSync({ profile: "3.7.3", checked: false });
  const all = blocks + available;
  const ptrs = Uint32Array.from({ length: all }, () => heap.malloc(bytes));
  for (let i = 0; i < all; i++)
    if (Math.floor(((i + 1) * available) / all) > Math.floor((i * available) / all)) heap.free(ptrs[i]);
  return heap.stats().pymalloc.classes.find(({ blockSize }) => blockSize === bytes);
}

export const devpi: Claim = {
  id: "devpi-printout",
  sentence:
    "In the printout of a devpi server, 23 % of the blocks of 64 bytes are free: 122,291 beside 404,452 in 8,361 pools.",
  source: "devpi 735, December 2019; of the printout its first 19 rows were to be had, not the summary below them",
  certainty: "excerpt",
  saidOf: "a build with 64 size classes",
  run: "arithmetic on the 19 rows; and the row of 64 bytes made again on profile 3.7.3",
  verdict: "reproduced",
  measure() {
    const row = ROWS[7];
    const [, , blocks, available] = row;
    const made = madeAgain(row);
    const pools = ROWS.reduce((sum, [, count]) => sum + count, 0);
    const packed = ROWS.reduce((sum, each) => sum + freedByPacking(each), 0);
    const tried = HEADERS.filter(fits);
    return {
      checks: [
        near("blocks of 64 bytes that are free", 23, 0.5, (100 * available) / (blocks + available), "%"),
        exactly("made again: pools", row[1], made?.pools ?? 0),
        exactly("made again: blocks in use", blocks, made?.blocks ?? 0),
        exactly("made again: available", available, made?.available ?? 0),
        exactly("the one pool header that explains all 19 rows", 48, tried.length === 1 ? tried[0] : 0, "bytes"),
      ],
      findings: [
        `If blocks could move, ${freedByPacking(row).toLocaleString("en")} of the 8,361 pools would be free, and ${packed.toLocaleString("en")} of the ` +
          `${pools.toLocaleString("en")} of all 19 rows: ${((packed * POOL) / 1e6).toFixed(1)} MB.`,
        `Headers that were tried: ${HEADERS.join(", ")} bytes.`,
      ],
      picture: scatterChart({
        title: "The size classes of a devpi server",
        subtitle: "pools, and the share of their blocks that is free",
        x: { name: "pools", scale: "log" },
        y: { name: "free blocks", unit: "%" },
        groups: [
          {
            name: "size class",
            points: ROWS.map(([, count, used, free]) => [count, (100 * free) / (used + free)] as const),
            labels: ROWS.map(([bytes]) => `${bytes} bytes`),
          },
        ],
      }),
    };
  },
};
