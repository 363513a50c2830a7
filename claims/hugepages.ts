/** gh-144331: a huge page larger than an arena is never given back. */
import { Heap } from "../src/heap/heap.js";
import { lineChart } from "../src/plots/charts.js";
import { type Claim, exactly } from "./claim.js";

/**
 * A system that maps in huge pages, as mmap with MAP_HUGETLB: a mapping takes whole ones, and munmap refuses a length that is no whole
 * number of them.
 */
class HugePageSystem {
  heldBytes = 0;
  readonly #pageBytes: number;

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  map(nbytes: number): void {
    this.heldBytes += Math.ceil(nbytes / this.#pageBytes) * this.#pageBytes;
  }

  unmap(nbytes: number): void {
    if (nbytes % this.#pageBytes === 0) this.heldBytes -= nbytes;
  }
}

const MIB = 2 ** 20;
const WAVES = 8;

/** Bytes that stay held after each of `WAVES` waves that fill `arenas` arenas and free everything, and how many arenas went back. */
function leak(pageBytes: number, isRounded: boolean, arenas: number) {
  const heap = Heap.createSync({ profile: "3.15-hugepages", checked: false });
  const { arenaSize } = heap.profile.geometry;
  const system = new HugePageSystem(pageBytes);
  const length = isRounded ? Math.ceil(arenaSize / pageBytes) * pageBytes : arenaSize;
  let released = 0;
  heap.on("arena-obtained", () => system.map(length));
  heap.on("arena-released", () => {
    system.unmap(length);
    released++;
  });
  const leaked: number[] = [];
  const kept = Math.max(pageBytes, arenaSize); // the arena that is kept empty
  for (let wave = 0; wave < WAVES; wave++) {
    const ptrs: number[] = [];
    while (heap.stats().pymalloc.arenas.live < arenas) for (let i = 0; i < 1000; i++) ptrs.push(heap.malloc(512));
    for (const ptr of ptrs) heap.free(ptr);
    leaked.push(system.heldBytes - kept);
  }
  return { leaked, released };
}

export const hugepages: Claim = {
  id: "huge-page-leak",
  sentence:
    "Where a huge page is larger than an arena, each arena that is given back leaks a whole huge page: munmap of the arena's size fails.",
  source: "gh-144331",
  certainty: "excerpt",
  saidOf: "3.15 alphas, --with-pymalloc-hugepages, where huge pages have 32 MiB (PPC) or 512 MiB (ARM64)",
  run:
    "8 waves of blocks that fill 5 arenas of 2 MiB and are freed, on a model of mmap and munmap with MAP_HUGETLB in claims/hugepages.ts " +
    "(the OS models of the strategies have huge pages of 2 MiB only)",
  verdict: "reproduced",
  measure() {
    const pages = [2, 32, 512];
    const found = pages.map((mib) => ({ mib, old: leak(mib * MIB, false, 5), rounded: leak(mib * MIB, true, 5) }));
    const last = (values: readonly number[]): number => values[values.length - 1] / MIB;
    return {
      checks: found.flatMap(({ mib, old, rounded }) => [
        exactly(`pages of ${mib} MiB, old rule: leaked`, mib === 2 ? 0 : mib * old.released, last(old.leaked), "MiB"),
        exactly(`pages of ${mib} MiB, length rounded up: leaked`, 0, last(rounded.leaked), "MiB"),
      ]),
      findings: [
        `${found[0].old.released} arenas were given back in each run. That munmap refuses such a length is what the model takes from the source; ` +
          "what is run is how often an arena goes back, and whether the rounded length leaves anything.",
      ],
      picture: lineChart({
        title: "Memory leaked to huge pages",
        subtitle: "after each wave that fills 5 arenas of 2 MiB and frees everything",
        x: { name: "waves" },
        y: { name: "leaked", unit: "MiB" },
        lines: found.flatMap(({ mib, old, rounded }) => [
          {
            name: `${mib} MiB, old rule`,
            points: old.leaked.map((bytes, i) => [i + 1, bytes / MIB] as const),
            hasPoints: true,
          },
          ...(mib === 512
            ? [
                {
                  name: `${mib} MiB, rounded up`,
                  points: rounded.leaked.map((bytes, i) => [i + 1, bytes / MIB] as const),
                  hasPoints: true,
                },
              ]
            : []),
        ]),
      }),
    };
  },
};
