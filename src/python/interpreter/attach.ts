/**
 * Attaches the allocator to a running Python: from then on every small object of the interpreter lies in arenas of this heap.
 *
 *     Python code ─► PyObject_Malloc ─► PyMemAllocatorEx of OBJ and MEM ─► attached.wasm ─► pools in arenas
 *                                                                             │ large, and older blocks
 *                                       PyMemAllocatorEx of RAW ◄─────────────┘
 */

import { type Profile, profile } from "../../geometry/profiles.js";
import { HeapEvents } from "../../heap/events.js";
import { HeapView } from "../../heap/heapview.js";
import { type HeapStats, heapStats } from "../../inspect/heapstats.js";
import type { HeapImage } from "../../inspect/image.js";
import type { PoolRecord } from "../../inspect/snapshot.js";
import * as layout from "../../memory/layout.js";
import { StaleSnapshotError } from "../../text/errors.js";
import { AttachedCore, compileAttached } from "./attachedcore.js";
import { attachedImage } from "./attachedimage.js";
import { AttachError } from "./attacherror.js";
import { Hooks } from "./hooks.js";
import { Interpreter, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_RAW, type Pyodide } from "./interpreter.js";
import { Recording } from "./recording.js";
import { Sites } from "./sites.js";

export interface AttachOptions {
  /** A profile, or the name of one. Default: `wasm32`, the interpreter's own geometry. */
  profile?: Profile | string;
  /** Whether to record every request, with the source line that made it: see `AttachedHeap.recording`. Default: false. */
  record?: boolean;
}

const attached = new WeakMap<object, AttachedHeap>();

/**
 * Puts this allocator behind the MEM and OBJ domains of a Pyodide. Blocks that are older stay with the allocator that they came
 * from. Throws an `AttachError` where that cannot be: it is attached already, `tracemalloc` traces, its small objects have an
 * allocator of their own; and a `RangeError` for a profile that is not valid.
 */
export async function attach(pyodide: Pyodide, options: AttachOptions = {}): Promise<AttachedHeap> {
  const wasm = await compileAttached();
  return new AttachedHeap(pyodide, wasm, options);
}

/** The heap of a running interpreter. Read-only: the interpreter alone allocates on it. */
export class AttachedHeap extends HeapView {
  /** What was asked for since the attaching; `null` unless `record` was set. */
  readonly recording: Recording | null;
  /** The source lines that the recording's numbers stand for; `null` where there are none. */
  readonly sites: Sites | null;
  /** @internal */
  readonly interpreter: Interpreter;
  /** @internal */
  readonly core: AttachedCore;
  readonly #hooks: Hooks;
  #events: HeapEvents | null = null;
  #isAttached = true;

  /** @internal Use `attach`. */
  constructor(pyodide: Pyodide, wasm: WebAssembly.Module, options: AttachOptions) {
    const chosen = profile(options.profile ?? "wasm32");
    if (chosen.takesOverRaw)
      throw new RangeError(`profile ${chosen.name}: 2.3 takes raw blocks over, which no running Python can`);
    const interpreter = new Interpreter(pyodide);
    refuseUnfit(interpreter);
    const core = new AttachedCore(interpreter, wasm, chosen);
    super(chosen, core);
    this.interpreter = interpreter;
    this.core = core;
    this.recording = options.record ? new Recording(interpreter.profileName) : null;
    this.sites = options.record && core.objectLayout ? new Sites(interpreter, core.objectLayout) : null;
    if (options.record) {
      core.onLog = (words) => this.recording?.take(words);
      core.onSite = (code, instr) => this.sites?.find(code, instr) ?? 0;
      core.startLog(interpreter);
    }
    this.#hooks = new Hooks(interpreter, core);
    this.#install();
    attached.set(interpreter.module, this);
  }

  /** Whether the interpreter still allocates on this heap. */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** The numbers now. Those of the raw domain are 0: it is the interpreter's own allocator, which cannot be walked. */
  override stats(): HeapStats {
    const calls = { malloc: 0, calloc: 0, realloc: 0, free: 0, failures: 0 };
    return heapStats(this.profile, this.core, calls);
  }

  override image(): HeapImage {
    return attachedImage(this.profile, this.core, this.snapshot());
  }

  /** Whether `ptr` is a live block of an arena. Others, large and older ones, are the raw allocator's and not known here. */
  override isLiveBlock(ptr: number): boolean {
    return ptr >>> 0 === ptr && Boolean(this.core.exports.isLiveBlock(ptr));
  }

  /** Names this moment in the recording, after all that was asked for up to now. */
  mark(name: string): void {
    this.flush();
    this.recording?.mark(name);
  }

  /** Brings the recording up to now: events come into it in pieces. */
  flush(): void {
    if (this.recording) this.core.takeLog();
  }

  /**
   * New requests go where they went before the attaching, and nothing is recorded any more. Blocks of this heap stay valid: the
   * functions that resize and free them stay in place. Throws an `AttachError` while `tracemalloc` traces.
   */
  detach(): void {
    if (!this.#isAttached) return;
    refuseTracing(this.interpreter, "call tracemalloc.stop() first");
    this.flush();
    this.#isAttached = false;
    attached.delete(this.interpreter.module);
    this.#hooks.uninstall();
  }

  /** Going back in time replays the recording's trace on a `Replay` of the same profile. Throws always. */
  checkpoint(): never {
    throw new Error("an attached heap has no checkpoints: replay its recording's trace on the same profile");
  }

  /** As `checkpoint`. */
  restore(): never {
    return this.checkpoint();
  }

  protected override staleness(): (pool: PoolRecord) => void {
    const { poolSize } = this.profile.geometry;
    return (pool) => {
      const header = this.core.poolTable + (pool.address / poolSize) * layout.POOL_HEADER_SIZE;
      const isSame =
        this.core.read(header + layout.POOL_COUNT) === pool.count &&
        this.core.read(header + layout.POOL_FREEBLOCK) === pool.freeblock &&
        this.core.read(header + layout.POOL_NEXTOFFSET) === pool.nextoffset;
      if (!isSame) throw new StaleSnapshotError("the pool has changed since this snapshot was taken");
    };
  }

  protected override get events(): HeapEvents {
    if (this.#events === null) {
      refuseTracing(this.interpreter, "listen before tracemalloc.start()");
      this.#events = new HeapEvents(this.profile, this.core);
      if (this.#isAttached) this.#install();
    }
    return this.#events;
  }

  protected override dropEvents(events: HeapEvents): void {
    // While tracemalloc's hooks stand before these, they stay, and serve the next listener.
    if (this.#events !== events || isTracing(this.interpreter)) return;
    this.#events = null;
    if (this.#isAttached) this.#install();
  }

  #install(): void {
    this.#hooks.install(this.recording !== null, this.#events);
  }
}

/** The interpreter must be one whose small objects come from its raw allocator, and nobody may stand before that allocator. */
function refuseUnfit(interpreter: Interpreter): void {
  if (attached.has(interpreter.module))
    throw new AttachError("this interpreter has a heap attached already; detach() it first");
  refuseTracing(interpreter, "attach first, then call tracemalloc.start()");
  const { malloc } = interpreter.getAllocator(PYMEM_DOMAIN_RAW);
  for (const domain of [PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ]) {
    if (interpreter.getAllocator(domain).malloc !== malloc) {
      throw new AttachError(
        "this interpreter's small objects have an allocator of their own; start it with PYTHONMALLOC=malloc in its environment",
      );
    }
  }
}

/** Its hooks stand before this heap's; putting others there, or taking these away, would cut them off. */
function refuseTracing(interpreter: Interpreter, instead: string): void {
  if (isTracing(interpreter)) throw new AttachError(`tracemalloc traces already: ${instead}`);
}

/** Without importing anything: a module that nobody has loaded traces nothing. */
const IS_TRACING = "(lambda m: bool(m) and m.is_tracing())(__import__('sys').modules.get('_tracemalloc'))";

const isTracing = (interpreter: Interpreter): boolean => interpreter.run(IS_TRACING) === true;
