/** The functions behind the interpreter's domains: plain, logged, or watched by those who listen to events. */

import type { HeapEvents } from "../../heap/events.js";
import { DOMAIN_MEM, DOMAIN_OBJ, DOMAIN_RAW } from "../../trace/event.js";
import type { AttachedCore } from "./attachedcore.js";
import { type Interpreter, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_RAW } from "./interpreter.js";

/** The four functions of a `PyMemAllocatorEx`; `ctx` is the domain as in a trace. */
interface AllocatorFunctions {
  malloc(ctx: number, nbytes: number): number;
  calloc(ctx: number, nelem: number, elsize: number): number;
  realloc(ctx: number, ptr: number, nbytes: number): number;
  free(ctx: number, ptr: number): void;
}

const SMALL_DOMAINS = [
  [PYMEM_DOMAIN_MEM, DOMAIN_MEM],
  [PYMEM_DOMAIN_OBJ, DOMAIN_OBJ],
] as const;

export class Hooks {
  readonly #interpreter: Interpreter;
  readonly #core: AttachedCore;
  /** Places in the interpreter's table of the core's functions. They stay: a call may be on its way. */
  readonly #places = new Map<unknown, number>();

  constructor(interpreter: Interpreter, core: AttachedCore) {
    this.#interpreter = interpreter;
    this.#core = core;
  }

  /** Has MEM and OBJ served by the core. `logged`: RAW is logged too. */
  install(logged: boolean, events: HeapEvents | null): void {
    const e = this.#core.exports;
    const plain: AllocatorFunctions = {
      malloc: e.memMalloc,
      calloc: e.memCalloc,
      realloc: e.memRealloc,
      free: e.memFree,
    };
    const logging = { malloc: e.loggedMalloc, calloc: e.loggedCalloc, realloc: e.loggedRealloc, free: e.loggedFree };
    const functions = logged ? logging : plain;
    for (const [domain, ctx] of SMALL_DOMAINS) this.#set(domain, ctx, events ? watched(functions, events) : functions);
    if (!logged) return;
    this.#set(PYMEM_DOMAIN_RAW, DOMAIN_RAW, {
      malloc: e.loggedRawMalloc,
      calloc: e.loggedRawCalloc,
      realloc: e.loggedRawRealloc,
      free: e.loggedRawFree,
    });
  }

  /** New requests go to the raw allocator; what resizes and frees stays, for the sake of the blocks there are. */
  uninstall(): void {
    const { raw, exports } = this.#core;
    const realloc = this.#place(exports.memRealloc, "iiii");
    const free = this.#place(exports.memFree, "vii");
    for (const [domain] of SMALL_DOMAINS) this.#interpreter.setAllocator(domain, { ...raw, realloc, free });
    this.#interpreter.setAllocator(PYMEM_DOMAIN_RAW, raw);
  }

  #set(domain: number, ctx: number, { malloc, calloc, realloc, free }: AllocatorFunctions): void {
    this.#interpreter.setAllocator(domain, {
      ctx,
      malloc: this.#place(malloc, "iii"),
      calloc: this.#place(calloc, "iiii"),
      realloc: this.#place(realloc, "iiii"),
      free: this.#place(free, "vii"),
    });
  }

  #place(f: AllocatorFunctions[keyof AllocatorFunctions], signature: string): number {
    const place = this.#places.get(f) ?? this.#interpreter.module.addFunction(f, signature);
    this.#places.set(f, place);
    return place;
  }
}

/** The same functions, each followed by what listeners want to know of it. */
function watched(functions: AllocatorFunctions, events: HeapEvents): AllocatorFunctions {
  const served = (ptr: number, old: number): number => {
    events.after(old, ptr >>> 0);
    return ptr;
  };
  return {
    malloc(ctx, nbytes) {
      events.before(0);
      return served(functions.malloc(ctx, nbytes), 0);
    },
    calloc(ctx, nelem, elsize) {
      events.before(0);
      return served(functions.calloc(ctx, nelem, elsize), 0);
    },
    realloc(ctx, ptr, nbytes) {
      events.before(ptr >>> 0);
      return served(functions.realloc(ctx, ptr, nbytes), ptr >>> 0);
    },
    free(ctx, ptr) {
      events.before(ptr >>> 0);
      functions.free(ctx, ptr);
      events.after(ptr >>> 0, 0);
    },
  };
}
