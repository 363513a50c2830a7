/** The attached build in a process whose raw allocator gives not a byte more than it is asked for, and sees what is written beside. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Geometry } from "../../../src/geometry/geometry.js";
import { profile } from "../../../src/geometry/profiles.js";
import * as layout from "../../../src/memory/layout.js";
import { LinearMemory } from "../../../src/memory/memory.js";
import { writeGeometry } from "../../../src/memory/writegeometry.js";
import { type AttachedExports, compileAttached, tableBytes } from "../../../src/python/interpreter/attachedcore.js";
import { eventsOf, squeezes, traces } from "../../model/arbitrary.js";
import { type Allocator, Program } from "../../model/program.js";

const RUNS = Number(process.env.PYMALLOC_RUNS ?? 12);

const WASM_PAGE = 65536;
const TABLES = WASM_PAGE;
/** Room for what a run asks for; nothing that was freed is used again. */
const HEAP_BYTES = 256 << 20;
/** Bytes before and behind each raw block that nobody may write. */
const FENCE = 16;
const FENCE_BYTE = 0xa5;

const alignUp = (address: number, alignment: number): number => Math.ceil(address / alignment) * alignment;

/** What the attached build imports of a process. */
class Process {
  readonly memory: WebAssembly.Memory;
  /** Bytes asked for, by address. */
  readonly rawBlocks = new Map<number, number>();
  #top: number;
  #requests = 0;

  /** Refuses every n-th arena; 0 for none. */
  constructor(
    geometry: Geometry,
    readonly refuseEvery: number,
  ) {
    this.#top = alignUp(TABLES + tableBytes(geometry), WASM_PAGE);
    this.memory = new WebAssembly.Memory({ initial: (this.#top + HEAP_BYTES) / WASM_PAGE });
  }

  get imports() {
    return {
      base: TABLES,
      rawContext: 0,
      rawMalloc: (_: number, nbytes: number) => this.#malloc(nbytes >>> 0),
      rawCalloc: (_: number, count: number, nbytes: number) => this.#calloc((count >>> 0) * (nbytes >>> 0)),
      rawRealloc: (_: number, ptr: number, nbytes: number) => this.#realloc(ptr >>> 0, nbytes >>> 0),
      rawFree: (_: number, ptr: number) => this.#free(ptr >>> 0),
      aligned_alloc: (alignment: number, nbytes: number) => this.#arena(alignment, nbytes),
      free: () => {},
      takeLog: () => {},
      findSite: () => 0,
    };
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** Throws if a fence of a live raw block was written to. */
  verifyFences(): void {
    for (const [address, nbytes] of this.rawBlocks) {
      for (const fence of [address - FENCE, address + nbytes]) {
        const wrong = this.bytes(fence, FENCE).findIndex((byte) => byte !== FENCE_BYTE);
        if (wrong >= 0) throw new Error(`byte ${fence + wrong - address} of a raw block of ${nbytes} was written`);
      }
    }
  }

  #arena(alignment: number, nbytes: number): number {
    if (this.refuseEvery > 0 && ++this.#requests % this.refuseEvery === 0) return 0;
    const address = alignUp(this.#top, alignment);
    this.#top = address + nbytes;
    return address;
  }

  #malloc(nbytes: number): number {
    const address = alignUp(this.#top + FENCE, 16);
    this.#top = address + nbytes + FENCE;
    this.bytes(address - FENCE, nbytes + 2 * FENCE).fill(FENCE_BYTE);
    this.rawBlocks.set(address, nbytes);
    return address;
  }

  #calloc(nbytes: number): number {
    const address = this.#malloc(nbytes);
    this.bytes(address, nbytes).fill(0);
    return address;
  }

  #realloc(ptr: number, nbytes: number): number {
    const address = this.#malloc(nbytes);
    const kept = Math.min(this.rawBlocks.get(ptr) as number, nbytes);
    this.bytes(address, kept).set(this.bytes(ptr, kept));
    this.#free(ptr);
    return address;
  }

  #free(ptr: number): void {
    if (!this.rawBlocks.delete(ptr)) throw new Error(`${ptr} is not a live raw block`);
  }
}

class AttachedProgram extends Program {
  readonly process: Process;
  readonly #exports: AttachedExports;
  readonly #geometry: Geometry;
  readonly #allocator: Allocator;

  constructor(module: WebAssembly.Module, geometry: Geometry, refuseEvery: number) {
    const process = new Process(geometry, refuseEvery);
    super((address, length) => process.bytes(address, length));
    this.process = process;
    this.#geometry = geometry;
    const imports = { env: { memory: process.memory }, process: process.imports };
    const exports = new WebAssembly.Instance(module, imports).exports as unknown as AttachedExports;
    this.#exports = exports;
    const places = { stateBase: TABLES - layout.STATE, poolTable: TABLES - layout.STATE + layout.OS_PAGES };
    writeGeometry(new LinearMemory(process.memory, places), { ...profile("wasm32"), geometry });
    exports.init();
    this.#allocator = {
      malloc: (nbytes) => exports.memMalloc(0, nbytes) >>> 0,
      calloc: (count, nbytes) => exports.memCalloc(0, count, nbytes) >>> 0,
      realloc: (address, nbytes) => exports.memRealloc(0, address, nbytes) >>> 0,
      free: (address) => exports.memFree(0, address),
    };
  }

  protected allocatorOf(): Allocator {
    return this.#allocator;
  }

  protected usableSize(address: number): number {
    const raw = this.process.rawBlocks.get(address);
    if (raw !== undefined) return raw;
    const pools = TABLES - layout.STATE + layout.OS_PAGES;
    const header = pools + Math.floor(address / this.#geometry.poolSize) * layout.POOL_HEADER_SIZE;
    const [szidx] = new Uint32Array(this.process.memory.buffer, header + layout.POOL_SZIDX, 1);
    return (szidx + 1) * this.#geometry.alignment;
  }

  protected onBlock(_id: number, address: number, nbytes: number): void {
    const isOurs = Boolean(this.#exports.isOurs(address));
    expect(isOurs).toBe(!this.process.rawBlocks.has(address));
    if (nbytes > this.#geometry.threshold) expect(isOurs).toBe(false);
  }
}

describe("the attached build", () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await compileAttached();
  });

  const geometries: readonly (readonly [string, Geometry])[] = [
    ["of wasm32", profile("wasm32").geometry],
    ["with arenas of two pools", { ...profile("wasm32").geometry, arenaSize: 8192 }],
  ];

  it.each(geometries)("writes no byte that is not the block's, also when arenas are refused: %s", (_, geometry) => {
    const programs = traces(geometry, { maxPhases: 6, maxPhaseOps: 60 });
    fc.assert(
      fc.property(squeezes(geometry), programs, fc.nat({ max: 4 }), ({ fill, resizes }, ops, refuseEvery) => {
        const program = new AttachedProgram(module, geometry, refuseEvery);
        for (const event of eventsOf([...fill, ...resizes, ...ops])) {
          program.run(event);
          program.process.verifyFences();
        }
        program.shadow.verifyAll();
        expect(program.failures).toBe(0);
        program.freeAll();
        expect(program.process.rawBlocks.size).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });
});
