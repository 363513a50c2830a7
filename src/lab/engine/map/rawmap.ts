/** Columns of the raw domain: its regions, and its blocks, or runs of blocks where there are more than can be drawn. */

import { type RegionRecord, rawRegions } from "../../../inspect/rawblocks.js";
import * as layout from "../../../memory/layout.js";
import { type Memory, stateWord } from "../../../memory/memory.js";
import type { MapView } from "../../protocol/index.js";
import type { HeapIndex } from "./heapindex.js";

/** Where there may be more blocks than this, free ones included, neighbours of one state are put together. */
const MOST_LISTED = 1 << 16;

const { RAW_FREE_FLAG, RAW_MAPPED_FLAG, RAW_FIRST_FLAG, RAW_HEADER, REGION_FIRST_PAYLOAD } = layout;

/** Columns with room for as many runs as there can be. */
class Runs {
  readonly address: Uint32Array;
  readonly bytes: Uint32Array;
  readonly blocks: Uint32Array;
  readonly isFree: Uint8Array;
  count = 0;

  constructor(
    room: number,
    private readonly merges: boolean,
  ) {
    this.address = new Uint32Array(room);
    this.bytes = new Uint32Array(room);
    this.blocks = new Uint32Array(room);
    this.isFree = new Uint8Array(room);
  }

  /** Appends the blocks of a region, or their runs. */
  walk(memory: Memory, { address, isMapped }: RegionRecord): void {
    let header = address + REGION_FIRST_PAYLOAD - RAW_HEADER;
    let last = -1;
    while (this.count < this.address.length) {
      const word = memory.read(header);
      if ((word & RAW_MAPPED_FLAG) !== 0 && (word & RAW_FIRST_FLAG) === 0) return;
      const bytes = (word & ~15) >>> 0;
      if (bytes === 0) return; // a damaged image
      const isFree = word & RAW_FREE_FLAG ? 1 : 0;
      if (!this.merges || last < 0 || this.isFree[last] !== isFree) {
        last = this.count++;
        this.address[last] = header;
        this.isFree[last] = isFree;
      }
      this.bytes[last] += bytes;
      this.blocks[last]++;
      if (isMapped) return;
      header += bytes;
    }
  }
}

/** Regions in order of address, and their blocks. None in the image of an attached heap: large blocks are Python's own there. */
export function rawColumns({ memory, isCore }: HeapIndex): Pick<MapView, "regions" | "rawRuns"> {
  const regions = isCore ? [...rawRegions(memory)].sort((a, b) => a.address - b.address) : [];
  const used = isCore ? stateWord(memory, layout.LARGE + layout.LARGE_BLOCKS) : 0;
  const most = 2 * used + regions.length; // no two free blocks are neighbours
  const isMerged = most > MOST_LISTED;
  const runs = new Runs(most, isMerged);
  const firstRun = new Uint32Array(regions.length + 1);
  regions.forEach((region, index) => {
    firstRun[index] = runs.count;
    runs.walk(memory, region);
  });
  firstRun[regions.length] = runs.count;
  return {
    regions: {
      count: regions.length,
      address: Uint32Array.from(regions, ({ address }) => address),
      bytes: Uint32Array.from(regions, ({ bytes }) => bytes),
      isMapped: Uint8Array.from(regions, ({ isMapped }) => Number(isMapped)),
      firstRun,
    },
    rawRuns: {
      count: runs.count,
      isMerged,
      address: runs.address.slice(0, runs.count),
      bytes: runs.bytes.slice(0, runs.count),
      blocks: runs.blocks.slice(0, runs.count),
      isFree: runs.isFree.slice(0, runs.count),
      age: null,
      type: null,
      line: null,
    },
  };
}
