/**
 * The door for recordings that name blocks by address. An address is used again as soon as its block is freed, an id of a trace
 * stays with its block when realloc moves it; so each block gets the id that was freed last, or the next one.
 *
 * A recording may begin and end anywhere, and its tool may miss an event. Neither makes it a bad one:
 *
 *     free of an address without a block        a block from before the recording: passed over, counted
 *     realloc of one                            an allocation, counted
 *     allocation at the address of a block      its free is missing: put in before the allocation, counted
 */

import { plural } from "../../text/units.js";
import { TraceBuilder, type Verdict } from "../builder.js";
import { type Domain, MAX_IDS } from "../event.js";
import { SparseIds } from "./sparse-ids.js";

/** How many of what, and what follows the noun. */
export type Counted = readonly [count: number, noun: string, more: string];

/** Appends requests to a trace. */
export class AddressedRequests {
  readonly builder = new TraceBuilder();
  allocations = 0;
  reallocations = 0;
  frees = 0;
  /** Frees of addresses without a block. */
  unknownFrees = 0;
  /** Reallocs of them. */
  unknownReallocs = 0;
  /** Blocks whose address was given out again before they were freed. */
  missingFrees = 0;

  readonly #ids = new SparseIds(0);
  #domains = new Uint8Array(1024); // by id, of the live blocks

  /** A block of `nbytes` at `address`. Returns `null`, or what is wrong: then there is no block at `address`. */
  allocate(domain: Domain, address: number, nbytes: number): Verdict {
    const verdict = this.#allocate(domain, address, nbytes);
    if (verdict === null) this.allocations++;
    return verdict;
  }

  /**
   * The block at `from` is at `to` now, which may be the same, and has `nbytes`; `domain` is for one that is not known. Returns
   * `null`, or what is wrong: then the block stays as it is.
   */
  reallocate(domain: Domain, from: number, to: number, nbytes: number): Verdict {
    const id = this.#ids.find(from);
    if (id < 0) {
      const verdict = this.allocate(domain, to, nbytes);
      if (verdict === null) this.unknownReallocs++;
      return verdict;
    }
    if (!Number.isSafeInteger(to)) return badAddress(to);
    if (nbytes >>> 0 === nbytes && to !== from) this.#freeMissed(to);
    const verdict = this.builder.realloc(this.#domains[id] as Domain, id, nbytes);
    if (verdict !== null) return verdict;
    this.reallocations++;
    if (to !== from) {
      this.#ids.leave(from);
      this.#ids.enter(to, MAX_IDS); // takes the id that was freed last, which is the block's own
    }
    return null;
  }

  /** Bytes asked for of the block at `address`, or −1 where there is none. */
  sizeAt(address: number): number {
    const id = this.#ids.find(address);
    return id < 0 ? -1 : this.builder.sizeOf(id);
  }

  /** Frees the block at `address`, in the domain that it is of. */
  free(address: number): void {
    if (this.#free(address)) this.frees++;
    else this.unknownFrees++;
  }

  /**
   * What was read and what was made of it, without a full stop. `others` is what else the reader passed over: how many, their noun,
   * and what follows it.
   */
  summary(tool: string, others: readonly Counted[]): string {
    const list = (what: string, counted: readonly Counted[]): string => {
      const some = counted.filter(([count]) => count > 0);
      return some.length === 0 ? "" : `${what}${some.map(([n, noun, more]) => `${plural(n, noun)}${more}`).join(", ")}`;
    };
    const read = `${plural(this.allocations, "allocation")}, ${plural(this.frees, "free")}`;
    return [
      `${tool}: ${read}`,
      list(", ", [[this.reallocations, "reallocation", ""]]),
      list("; passed over: ", [[this.unknownFrees, "free", " of blocks from before it"], ...others]),
      list("; read as allocations: ", [[this.unknownReallocs, "reallocation", " of blocks from before it"]]),
      list("; put in: ", [[this.missingFrees, "free", " that it lacks"]]),
    ].join("");
  }

  #allocate(domain: Domain, address: number, nbytes: number): Verdict {
    if (!Number.isSafeInteger(address)) return badAddress(address);
    this.#freeMissed(address);
    const id = this.#ids.enter(address, MAX_IDS);
    if (id < 0) return `more than ${MAX_IDS} blocks`;
    const verdict = this.builder.malloc(domain, id, nbytes);
    if (verdict !== null) {
      this.#ids.leave(address);
      return verdict;
    }
    if (id >= this.#domains.length) this.#reserve();
    this.#domains[id] = domain;
    return null;
  }

  #free(address: number): boolean {
    const id = this.#ids.find(address);
    if (id < 0) return false;
    this.builder.free(this.#domains[id] as Domain, id);
    this.#ids.leave(address);
    return true;
  }

  #freeMissed(address: number): void {
    if (this.#free(address)) this.missingFrees++;
  }

  #reserve(): void {
    const domains = new Uint8Array(2 * this.#domains.length);
    domains.set(this.#domains);
    this.#domains = domains;
  }
}

const badAddress = (address: number): string =>
  `address 0x${address.toString(16)}, expected less than 0x20000000000000 (2^53)`;
