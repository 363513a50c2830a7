/** The raw domain's regions and blocks, walked: what region.ts and rawblock.ts draw. */
import * as layout from "../memory/layout.js";
import { type Memory, stateWord } from "../memory/memory.js";

export interface RegionRecord {
  readonly address: number;
  readonly bytes: number;
  /** Whether it holds one block that was mapped on its own. */
  readonly isMapped: boolean;
}

export interface RawBlockRecord {
  /** Of the payload. */
  readonly address: number;
  /** Bytes of the payload. */
  readonly size: number;
  readonly state: "free" | "allocated";
  readonly region: RegionRecord;
}

const { RAW_FREE_FLAG, RAW_MAPPED_FLAG, RAW_FIRST_FLAG, RAW_HEADER, REGION_FIRST_PAYLOAD } = layout;

const headerOf = (memory: Memory, block: number): number => memory.read(block - RAW_HEADER);

/** Regions, the newest first. */
export function* rawRegions(memory: Memory): Generator<RegionRecord> {
  let address = stateWord(memory, layout.LARGE + layout.LARGE_REGIONS);
  while (address !== 0) {
    const header = headerOf(memory, address + REGION_FIRST_PAYLOAD);
    yield { address, bytes: memory.read(address + layout.REGION_BYTES), isMapped: (header & RAW_MAPPED_FLAG) !== 0 };
    address = memory.read(address + layout.REGION_NEXT);
  }
}

/** Blocks, free ones too, in order of address within each region. */
export function* rawBlocks(memory: Memory): Generator<RawBlockRecord> {
  for (const region of rawRegions(memory)) {
    let block = region.address + REGION_FIRST_PAYLOAD;
    for (;;) {
      const header = headerOf(memory, block);
      if ((header & RAW_MAPPED_FLAG) !== 0 && (header & RAW_FIRST_FLAG) === 0) break;
      const bytes = (header & ~15) >>> 0;
      const state = (header & RAW_FREE_FLAG) !== 0 ? "free" : "allocated";
      yield { address: block, size: bytes - RAW_HEADER, state, region };
      if (region.isMapped || bytes === 0) break; // no block has 0 bytes: a damaged image
      block += bytes;
    }
  }
}
