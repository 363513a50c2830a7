/**
 * What the live blocks of an attached heap are to Python: objects, data of objects, or what a free list keeps. The evidence for each is that
 * of src/python/objects. What is left is unknown: it is held by the interpreter's own state, or by other memory outside the arenas.
 */

import type { SourceLine } from "../../trace/recordedrun.js";
import type { Scope } from "../objects/references.js";
import type { AttachedHeap } from "./attach.js";
import { captureHeap, type HeapCapture } from "./heapcapture.js";
import { type BlockKind, HeapLook, type ObjectHead } from "./heaplook.js";
import type { Request } from "./requesttable.js";
import { tracedLine } from "./tracedline.js";

export interface TypedBlock extends ObjectHead {
  readonly address: number;
  /** Bytes; in an arena, the size of its class. */
  readonly size: number;
  readonly kind: BlockKind;
  /** The object's type, or that of the object whose data it is; `null` when unknown. */
  readonly type: string | null;
  /** What was asked for, where that was recorded. */
  readonly request: Request | null;
  /** The line that asked for it, where that was recorded, or `tracemalloc` traces. */
  readonly line: SourceLine | null;
}

/** One look at all live blocks, with what was recorded up to then. Good until the interpreter runs again. */
export class PythonObjects extends HeapLook {
  readonly #heap: AttachedHeap;

  /**
   * `capture`: of this heap as it is. `scope`: as in `MemoryObjects`. Throws a `LayoutError` for an interpreter whose objects are not known.
   */
  constructor(heap: AttachedHeap, capture: HeapCapture = captureHeap(heap), scope: Scope = "all") {
    super(capture, scope);
    this.#heap = heap;
  }

  /**
   * All that is known of the live block at `address`, which is where the block starts or where the object in it does: what Python's `id`
   * gives. `null` when there is none.
   */
  block(address: number): TypedBlock | null {
    const { nodes } = this.all;
    const inPool = nodes.blocks.at(address);
    const node = inPool >= 0 ? inPool : nodes.at(address);
    if (node < 0 || (nodes.addresses[node] !== address && this.all.blockAddress(node) !== address)) return null;
    return this.#block(node);
  }

  /** Every live block of the arenas, by pool and address. */
  *blocks(): Generator<TypedBlock> {
    for (let node = 0; node < this.all.nodes.blocks.count; node++) yield this.#block(node);
  }

  #block(node: number): TypedBlock {
    const { interpreter, core } = this.#heap;
    const { requests, sites } = this.capture;
    const address = this.all.blockAddress(node);
    const request = requests?.request(address) ?? null;
    const traced = request === null && core.objectLayout !== null ? tracedLine(interpreter, address) : null;
    const state = this.state(node);
    return {
      address,
      size: this.all.nodes.sizes[node],
      kind: this.kind(node),
      type: this.typeName(node),
      refcount: state?.refcount ?? null,
      isTracked: state?.isTracked ?? null,
      generation: state?.generation ?? null,
      request,
      line: request && sites ? sites.line(request.site) : traced,
    };
  }
}
