/** The walk of walk.ts over what large.ts has: its regions, and in them header, block, header, block. */

import { DEBUG } from "../layout/debug";
import { RAW_FREE_FLAG, RAW_HEADER, REGION_FIRST_PAYLOAD } from "../layout/layout";
import { KIND_FREE, KIND_LIVE, KIND_OVERHEAD } from "../layout/strategylayout";
import { record } from "../strategy/walk";
import { headerOf, isEnd, isMapped, large, sizeOf } from "./rawblock";
import { Region } from "./region";

/** A free block is told with its header; a live one's header is overhead. */
function walkBlock(block: usize): void {
  const size = sizeOf(block);
  if (DEBUG) assert(size != 0); // or the walk does not end
  if (headerOf(block) & RAW_FREE_FLAG) {
    record(KIND_FREE, block - RAW_HEADER, size);
    return;
  }
  record(KIND_OVERHEAD, block - RAW_HEADER, RAW_HEADER);
  record(KIND_LIVE, block, size - RAW_HEADER);
}

function walkRegion(region: usize): void {
  let block = region + REGION_FIRST_PAYLOAD;
  record(KIND_OVERHEAD, region, REGION_FIRST_PAYLOAD - RAW_HEADER);
  if (isMapped(headerOf(block))) {
    const end = block - RAW_HEADER + sizeOf(block);
    walkBlock(block);
    record(KIND_OVERHEAD, end, region + changetype<Region>(region).bytes - end);
    return;
  }
  for (; !isEnd(headerOf(block)); block += sizeOf(block)) walkBlock(block);
  record(KIND_OVERHEAD, block - RAW_HEADER, RAW_HEADER);
}

/** Every region, the newest first. */
export function walkRegions(): void {
  for (let region = large.regions; region; region = changetype<Region>(region).next) walkRegion(region);
}
