/** What is at an address: a block and how its bytes are used, a header, a raw block, a free span, or nothing of this heap's. */
import { freeList } from "../../../inspect/blocks.js";
import { describeAddress } from "../../../inspect/describeaddress.js";
import { previewFree } from "../../../inspect/previewfree.js";
import { rawBlocks, rawRegions } from "../../../inspect/rawblocks.js";
import type { PoolRecord } from "../../../inspect/snapshot.js";
import type { BlockOrigin, BlockPart, BlockPlace, PlaceView, RawPlace } from "../../protocol/index.js";
import { objectState, partsOfAsked } from "../document/blockobjects.js";
import { wayTo } from "../document/blockowners.js";
import { type Labels, NO_LABELS } from "../document/labels.js";
import type { Origins } from "../document/origins.js";
import type { HeapSource } from "../heapsource.js";
import type { HeapIndex } from "../map/heapindex.js";
import { spansOf, unmapped } from "../map/spans.js";

/** A `PlaceView` without what all have. */
type Place = PlaceView extends infer View
  ? View extends unknown
    ? Omit<View, "position" | "address" | "text">
    : never
  : never;

/** The parts that begin a block, and what is left of its `size` bytes. */
function withRest(parts: BlockPart[], rest: BlockPart["what"], size: number): BlockPart[] {
  const offset = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return size > offset ? [...parts, { what: rest, offset, bytes: size - offset }] : parts;
}

/** What is at an address of a heap at a position. */
export class AddressInfo {
  constructor(
    private readonly look: HeapIndex,
    private readonly source: HeapSource,
    /** `null` in a heap image. */
    private readonly origins: Origins | null,
    private readonly position: number,
  ) {}

  /** Throws a `RangeError` for what is no address. */
  at(address: number): PlaceView {
    if (address >>> 0 !== address)
      throw new RangeError(`${address} is no address: those are whole numbers below 4 GiB`);
    const { look, position } = this;
    const pool = look.poolAt(address);
    const place = pool >= 0 ? this.#inPool(look.pool(pool), address) : this.#outside(address);
    const text = describeAddress(look.snapshot, look.memory, address);
    return { position, address, text, ...place } as PlaceView;
  }

  #inPool(pool: PoolRecord, address: number): Place {
    const where = { arenaOrdinal: pool.arena.ordinal, poolIndex: pool.index };
    const offset = address - pool.address - this.look.profile.geometry.poolOverhead;
    if (pool.state === "untouched") return { kind: "untouched-pool", ...where };
    if (offset < 0 || pool.szidx === null) return { kind: "header", ...where };
    const block = Math.floor(offset / pool.blockSize);
    return block >= pool.capacity ? { kind: "quantization", ...where } : this.#block(pool, block, pool.szidx);
  }

  #block(pool: PoolRecord, blockIndex: number, szidx: number): Omit<BlockPlace, "position"> {
    const { look, origins } = this;
    const size = pool.blockSize;
    const blockAddress = pool.address + look.profile.geometry.poolOverhead + blockIndex * size;
    const list = freeList(look.memory, pool);
    const freeIndex = list.indexOf(blockAddress);
    const isUntouched = blockAddress - pool.address >= pool.nextoffset;
    const state = isUntouched ? "untouched" : freeIndex >= 0 ? "free" : "allocated";
    const origin = state === "allocated" ? (origins?.originAt(blockAddress) ?? null) : null;
    const labels = origins?.labels ?? NO_LABELS;
    return {
      kind: "block",
      state,
      arenaOrdinal: pool.arena.ordinal,
      poolIndex: pool.index,
      blockIndex,
      blockAddress,
      size,
      szidx,
      freeIndex: freeIndex >= 0 ? freeIndex : null,
      nextFree: freeIndex >= 0 ? (list[freeIndex + 1] ?? 0) : null,
      origin,
      object: origin === null ? null : objectState(labels, origin, this.position),
      way: origin === null ? null : wayTo(labels, origin, this.position),
      preview: state === "allocated" ? previewFree(look.snapshot, pool, blockAddress) : null,
      parts: this.#parts(state, size, origin, labels),
      bytes: this.source.bytes(blockAddress, size),
    };
  }

  /** A free block begins with a link, as wide as a pointer of the build. A realloc may leave less asked for than there is room. */
  #parts(state: BlockPlace["state"], size: number, origin: BlockOrigin | null, { layouts }: Labels): BlockPart[] {
    if (state === "untouched") return [{ what: "untouched", offset: 0, bytes: size }];
    const linkBytes = this.look.profile.pointerBits / 8;
    if (state === "free") return withRest([{ what: "link", offset: 0, bytes: linkBytes }], "left-over", size);
    if (origin === null) return [{ what: "unknown", offset: 0, bytes: size }];
    return withRest(partsOfAsked(layouts[origin.type] ?? null, Math.min(origin.asked, size)), "rounding", size);
  }

  #outside(address: number): Place {
    const { look } = this;
    const within = (start: number, bytes: number): boolean => address >= start && address < start + bytes;
    const arena = spansOf(look).findIndex((span) => within(span.address, span.bytes));
    if (arena >= 0) return { kind: "arena-edge", arenaOrdinal: look.arenas[arena].ordinal };
    const raw = look.isCore ? this.#raw(address) : null;
    if (raw !== null) return raw;
    const { freeSpans } = unmapped(look);
    const isFree = freeSpans.address.some((start, index) => within(start, freeSpans.bytes[index]));
    return { kind: isFree ? "free-span" : "outside" };
  }

  #raw(address: number): Omit<RawPlace, "position"> | null {
    for (const region of rawRegions(this.look.memory)) {
      if (address < region.address || address >= region.address + region.bytes) continue;
      const [regionAddress, regionBytes, isMapped] = [region.address, region.bytes, region.isMapped];
      const where = { regionAddress, regionBytes, isMapped };
      for (const block of rawBlocks(this.look.memory)) {
        if (block.region.address !== region.address) continue;
        if (address < block.address || address >= block.address + block.size) continue;
        const origin = block.state === "free" ? null : (this.origins?.originAt(block.address) ?? null);
        const kind = block.state === "free" ? "raw-free" : "raw-block";
        const way = origin === null ? null : wayTo(this.origins?.labels ?? NO_LABELS, origin, this.position);
        return { kind, blockAddress: block.address, size: block.size, ...where, origin, way };
      }
      return { kind: "raw-header", blockAddress: address, size: 0, ...where, origin: null, way: null };
    }
    return null;
  }
}
