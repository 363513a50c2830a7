/** The attached build in an interpreter's memory: its tables, its log, and the functions that stand behind the domains. */

import type { Geometry } from "../../geometry/geometry.js";
import type { Profile } from "../../geometry/profiles.js";
import * as layout from "../../memory/layout.js";
import { LinearMemory } from "../../memory/memory.js";
import { ATTACHED_WASM, type AttachedInstantiate } from "../../memory/wasm.js";
import { writeGeometry } from "../../memory/writegeometry.js";
import { type Layout, LayoutError } from "../layouts/pythonlayout.js";
import type { AddressRange } from "../space/mallocblocks.js";
import { type Allocator, type Interpreter, PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_RAW } from "./interpreter.js";
import { objectLayout } from "./objectlayout.js";

export type AttachedExports = Awaited<ReturnType<typeof AttachedInstantiate>>;

const FOUR_GIB = 2 ** 32;
const LOG_EVENTS = 65536;
const TABLE_ALIGNMENT = 64;

/** Bytes of the tables: the regions from STATE to NFP2LASTA, the pool table, the arena table (assembly/layout/place.ts, attached.ts). */
export function tableBytes({ arenaSize, poolSize }: Geometry): number {
  const state = layout.OS_PAGES - layout.STATE;
  const pools = (FOUR_GIB / poolSize) * layout.POOL_HEADER_SIZE;
  return state + pools + Math.max(FOUR_GIB / arenaSize, 16) * layout.ARENA_OBJECT_SIZE;
}

export class AttachedCore extends LinearMemory {
  readonly exports: AttachedExports;
  /** Where its own tables lie, of which only what is used was ever touched. */
  readonly tables: AddressRange;
  /** The interpreter's raw allocator, as it was before. */
  readonly raw: Allocator;
  /** Where the interpreter keeps its frames and what its objects look like; `null` if that is not known. */
  readonly objectLayout: Layout | null;
  /** Called when the log is full, in the middle of a call of the allocator. */
  onLog: (words: Uint32Array) => void = () => {};
  /** Called for an instruction whose line is not known, likewise. */
  onSite: (code: number, instr: number) => number = () => 0;

  constructor(interpreter: Interpreter, wasm: WebAssembly.Module, profile: Profile) {
    const { geometry } = profile;
    const table = interpreter.module.wasmTable;
    const raw = interpreter.getAllocator(PYMEM_DOMAIN_RAW);
    const older = interpreter.getAllocator(PYMEM_DOMAIN_OBJ); // raw's own, or those of a heap that was detached
    const base = alignUp(interpreter.zeroed(tableBytes(geometry) + TABLE_ALIGNMENT));
    super(interpreter.memory, {
      stateBase: base - layout.STATE,
      poolTable: base - layout.STATE + layout.OS_PAGES,
    });
    this.tables = { start: base, end: base + tableBytes(geometry) };
    this.raw = raw;
    const process = {
      base,
      rawContext: raw.ctx,
      rawMalloc: table.get(raw.malloc),
      rawCalloc: table.get(raw.calloc),
      rawRealloc: table.get(older.realloc),
      rawFree: table.get(older.free),
      aligned_alloc: interpreter.module._aligned_alloc,
      free: interpreter.module._free,
      takeLog: () => this.takeLog(),
      findSite: (code: number, instr: number) => this.onSite(code >>> 0, instr >>> 0),
    };
    const imports = { env: { memory: interpreter.memory }, process };
    this.exports = new WebAssembly.Instance(wasm, imports).exports as unknown as AttachedExports;
    const found = objectLayout(interpreter);
    this.objectLayout = found instanceof LayoutError ? null : found;
    writeGeometry(this, profile);
    this.exports.init();
  }

  takeCensus(): number {
    return this.exports.takeCensus() >>> 0;
  }

  /** Makes room for the log, and has it note source lines where frames can be found. */
  startLog(interpreter: Interpreter): void {
    const buffer = interpreter.zeroed(LOG_EVENTS * layout.LOGGED_SIZE);
    this.#setLog(layout.LOG_START, buffer);
    this.#setLog(layout.LOG_NEXT, buffer);
    this.#setLog(layout.LOG_END, buffer + LOG_EVENTS * layout.LOGGED_SIZE);
    if (this.objectLayout === null) return;
    const { thread, iframe } = this.objectLayout;
    this.#setLog(layout.LOG_SITES, interpreter.zeroed(layout.SITES * layout.SITE_SIZE));
    this.#setLog(layout.LOG_CURRENT_FRAME, thread.current_frame);
    this.#setLog(layout.LOG_PREVIOUS, iframe.previous);
    this.#setLog(layout.LOG_EXECUTABLE, iframe.f_executable);
    this.#setLog(layout.LOG_INSTR_PTR, iframe.instr_ptr);
    this.#setLog(layout.LOG_CODE_TYPE, interpreter.module._PyCode_Type);
    this.#setLog(layout.LOG_THREAD, interpreter.module._PyThreadState_Get() >>> 0);
  }

  /** Hands over what is in the log, and empties it. */
  takeLog(): void {
    const start = this.#log(layout.LOG_START);
    const next = this.#log(layout.LOG_NEXT);
    if (next === start) return;
    this.#setLog(layout.LOG_NEXT, start); // before: what onLog throws ends the interpreter, and the log was taken
    this.onLog(this.words.subarray(start / 4, next / 4));
  }

  #log(offset: number): number {
    return this.read(this.stateBase + layout.LOG + offset);
  }

  #setLog(offset: number, word: number): void {
    this.write(this.stateBase + layout.LOG + offset, word);
  }
}

const alignUp = (address: number): number => Math.ceil(address / TABLE_ALIGNMENT) * TABLE_ALIGNMENT;

let compiled: Promise<WebAssembly.Module> | undefined;

/** The embedded module, compiled once. */
export function compileAttached(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(ATTACHED_WASM), (char) => char.charCodeAt(0)));
  return compiled;
}
