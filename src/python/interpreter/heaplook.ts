/** What each block of a captured heap is to Python: its kind, its type, and the state of the object in it. */
import { GC_FLAGS } from "../objects/decode.js";
import { MemoryObjects } from "../objects/memoryobjects.js";
import { FLAG, KIND } from "../objects/nodes.js";
import type { PyType } from "../objects/pytype.js";
import type { Scope } from "../objects/references.js";
import { type Generation, generations } from "./generations.js";
import type { LookedHeap } from "./lookedheap.js";

/** `free-list`: an object that its type keeps for the next one, or a dict's table likewise. */
export type BlockKind = "object" | "data" | "free-list" | "unknown";

export interface ObjectHead {
  /** `ob_refcnt`; `null` if the block is not an object. */
  readonly refcount: number | null;
  /** Whether the garbage collector tracks the object; `null` if it cannot. */
  readonly isTracked: boolean | null;
  /** The generation of a tracked object; `null` if it is not tracked or cannot be read. */
  readonly generation: Generation | null;
}

const KINDS: readonly BlockKind[] = ["unknown", "object", "data", "free-list"];
/** What a group has of its blocks' kind. */
const KIND_BITS = 2;
/** @internal The group of what is unknown. */
export const UNKNOWN_GROUP = KIND.UNKNOWN;

/** Good as long as its capture. */
export class HeapLook {
  /** Every block and object as a node: the live blocks of arenas first. */
  readonly all: MemoryObjects;
  /** @internal */
  readonly capture: LookedHeap;
  #generations: Map<number, Generation> | null = null;

  /** `scope`: as in `MemoryObjects`. */
  constructor(capture: LookedHeap, scope: Scope = "all") {
    this.all = new MemoryObjects(capture.memory, scope);
    this.capture = capture;
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

  /** Returns the reference count and collector state of the object `node`; `null` if the node is not an object. */
  state(node: number): ObjectHead | null {
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

  /** The generation of each tracked object, by its `PyGC_Head`; those outside the arenas too. */
  get #tracked(): ReadonlyMap<number, Generation> {
    this.#generations ??= generations(this.all.memory);
    return this.#generations;
  }
}
