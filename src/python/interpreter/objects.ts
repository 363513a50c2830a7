/**
 * What the live blocks of an attached heap are to Python: objects, data of objects, or what a free list keeps. The evidence for each is that
 * of src/python/objects. What is left is unknown: it is held by the interpreter's own state, or by other memory outside the arenas.
 */

import type { SourceLine } from "../../trace/recordedrun.js";
import { GC_FLAGS } from "../objects/decode.js";
import { MemoryObjects } from "../objects/memoryobjects.js";
import { FLAG, KIND } from "../objects/nodes.js";
import type { PyType } from "../objects/pytype.js";
import type { AttachedHeap } from "./attach.js";
import { type Generation, generations } from "./generations.js";
import { captureHeap, type HeapCapture } from "./heapcapture.js";
import type { Request } from "./requesttable.js";
import { tracedLine } from "./tracedline.js";

/** `free-list`: an object that its type keeps for the next one, or a dict's table likewise. */
export type BlockKind = "object" | "data" | "free-list" | "unknown";

export interface TypedBlock {
  readonly address: number;
  /** Bytes; in an arena, the size of its class. */
  readonly size: number;
  readonly kind: BlockKind;
  /** The object's type, or that of the object whose data it is; `null` when unknown. */
  readonly type: string | null;
  /** Of an object: `ob_refcnt`; else `null`. */
  readonly refcount: number | null;
  /** Of an object of a type that the collector knows: whether it is tracked; else `null`. */
  readonly isTracked: boolean | null;
  /** Of a tracked object, where that can be read. */
  readonly generation: Generation | null;
  /** What was asked for, where that was recorded. */
  readonly request: Request | null;
  /** The line that asked for it, where that was recorded, or `tracemalloc` traces. */
  readonly line: SourceLine | null;
}

const KINDS: readonly BlockKind[] = ["unknown", "object", "data", "free-list"];
/** What a group has of its blocks' kind. */
const KIND_BITS = 2;
/** @internal The group of what is unknown. */
export const UNKNOWN_GROUP = KIND.UNKNOWN;

/** One look at all live blocks, with what was recorded up to then. Good until the interpreter runs again, unless its capture is a copy. */
export class PythonObjects {
  /** Every block and object as a node: the live blocks of arenas first. */
  readonly all: MemoryObjects;
  /** @internal */
  readonly capture: HeapCapture;
  readonly #heap: AttachedHeap;
  #generations: Map<number, Generation> | null = null;

  /** `capture`: of this heap. `scope`: as in `MemoryObjects`. Throws a `LayoutError` for an interpreter whose objects are not known. */
  constructor(heap: AttachedHeap, capture: HeapCapture = captureHeap(heap), scope: "all" | "asked" = "all") {
    this.all = new MemoryObjects(capture.memory, scope);
    this.capture = capture;
    this.#heap = heap;
  }

  /** Name of the type of a node, or of its owner; `null` when unknown. */
  typeName(node: number): string | null {
    return this.groupOf(this.group(node)).type;
  }

  kind(node: number): BlockKind {
    return KINDS[this.all.nodes.kinds[node]] ?? "unknown";
  }

  /** A number that nodes have in common that are of one kind and of one type. */
  group(node: number): number {
    const { kinds, types, owners } = this.all.nodes;
    const kind = kinds[node] < KINDS.length ? kinds[node] : KIND.UNKNOWN;
    const typed = kind === KIND.DATA ? owners[node] : node;
    return ((typed < 0 ? 0 : types[typed] + 1) << KIND_BITS) | kind;
  }

  /** What a group's nodes have in common. `object`: their type, where they are objects. */
  groupOf(group: number): { readonly kind: BlockKind; readonly type: string | null; readonly object: PyType | null } {
    const kind = group & ((1 << KIND_BITS) - 1);
    const type = this.all.types[(group >>> KIND_BITS) - 1] ?? null;
    return { kind: KINDS[kind], type: type?.name ?? null, object: kind === KIND.OBJECT ? type : null };
  }

  /** The reference count and collector state of the object of `node`; `null` if the node is no object. */
  state(node: number): Pick<TypedBlock, "refcount" | "isTracked" | "generation"> | null {
    const { nodes, memory } = this.all;
    const type = nodes.kinds[node] === KIND.OBJECT ? this.all.type(node) : null;
    if (type === null) return null;
    const isCollected = type.isGc && (nodes.flags[node] & FLAG.STATIC) === 0;
    const head = isCollected ? nodes.addresses[node] - memory.layout.gcHead.size : 0;
    const next = head === 0 ? 0 : memory.space.word(head);
    return {
      refcount: nodes.refcounts[node],
      isTracked: head === 0 ? null : next - (next & GC_FLAGS) !== 0,
      generation: head === 0 ? null : (this.#tracked.get(head) ?? null),
    };
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

  /** The generation of each tracked object, by its `PyGC_Head`; those outside the arenas too. */
  get #tracked(): ReadonlyMap<number, Generation> {
    this.#generations ??= generations(this.all.memory);
    return this.#generations;
  }
}
