/**
 * Answers who holds the memory of a Python, for a heap as it was read.
 *
 *     memory ─► MemoryObjects ─► ownedHeap ─┬─► owners()   who holds how much, and what comes back
 *                                           ├─► plan()     what to drop first
 *                                           ├─► arenas()   what each arena waits for
 *                                           ╰─► path()     how a program gets to an object
 */

import type { BlockWays } from "../../trace/recordedrun.js";
import type { MemoryObjects } from "../objects/memoryobjects.js";
import { Names } from "../objects/names.js";
import { KIND } from "../objects/nodes.js";
import { type ArenaRow, arenaRows } from "./arenarows.js";
import { blockWays } from "./blockways.js";
import { auditSummary } from "./evidence.js";
import { ownedHeap, type PythonHeap } from "./ownedheap.js";
import { EMPTY_SET, isFixed, isUnattributed } from "./ownersets.js";
import { type OwnerRow, OwnerTable } from "./ownertable.js";
import { type PlanRow, planRows } from "./planrows.js";
import { Ways } from "./ways.js";

export interface ObjectGraphOptions {
  /** Whether paths have `<str 17>` in place of keys that are texts. Default: false. */
  readonly redact?: boolean;
}

/** How complete a graph is. */
export interface GraphSummary {
  readonly objects: number;
  readonly edges: number;
  /** Objects with references that were not found: C code holds them. */
  readonly unexplained: number;
  /** Bytes that `gc.collect()` frees: nothing refers to them but each other. */
  readonly garbageBytes: number;
  /** Bytes that two owners or more hold, and nothing else: they go when all of these are dropped. */
  readonly sharedBytes: number;
}

/** All answers at once, as plain data. */
export interface HeapOwners {
  readonly owners: readonly OwnerRow[];
  readonly plan: readonly PlanRow[];
  readonly graph: GraphSummary;
  readonly arenaList: readonly ArenaRow[];
}

/** An object that refers to another, and the step that leads from it to the other. */
export interface Referrer {
  readonly path: string;
  readonly type: string;
  readonly address: number;
}

export class ObjectGraph {
  readonly #heap: PythonHeap;
  readonly #redact: boolean;
  readonly #names: Names;
  #owners: OwnerTable | null = null;
  #ways: Ways | null = null;

  /** `objects`: a look at a heap whose memory has not changed since, and does not. Linear in objects and references. */
  constructor(objects: MemoryObjects, { redact = false }: ObjectGraphOptions = {}) {
    this.#heap = ownedHeap(objects);
    this.#redact = redact;
    this.#names = new Names(this.#heap.objects, { redact });
  }

  get summary(): GraphSummary {
    const { objects, all, refcounts, audit, reach, bytes, sets } = this.#heap;
    const { kinds, count } = objects.nodes;
    const summary = { objects: 0, edges: all.targets.length, unexplained: auditSummary(refcounts, audit).heldByC };
    let [garbageBytes, sharedBytes] = [0, 0];
    for (let node = 0; node < count; node++) {
      if (kinds[node] === KIND.OBJECT) summary.objects++;
      if (reach[node] === EMPTY_SET && kinds[node] !== KIND.FREE_LIST) garbageBytes += bytes[node];
      const set = reach[node];
      if (!isFixed(set) && !isUnattributed(set) && sets.size(set) > 1) sharedBytes += bytes[node];
    }
    return { ...summary, garbageBytes, sharedBytes };
  }

  /**
   * Owners that pin an arena or retain more than 1 % of all bytes, the highest pin cost first, then the most retained bytes. The rows
   * `fixed`, `unattributed` and `<garbage>` are there if they pin. All pin costs add up to the held arenas.
   */
  owners(): readonly OwnerRow[] {
    return this.#table.rows;
  }

  /** What to drop so that half of the arenas are released, nine tenths, and all that can be. */
  plan(): readonly PlanRow[] {
    return planRows(this.#heap, this.#table);
  }

  /** Arenas with a live block, those that the fewest owners hold first. */
  arenas(): readonly ArenaRow[] {
    return arenaRows(this.#heap, this.#table);
  }

  /** The shortest way to the object or block at `address`, which is what `id()` returns; `null` if nothing is there. */
  path(address: number): string | null {
    const node = this.#heap.objects.nodes.at(address);
    return node < 0 ? null : this.#pathOf(node);
  }

  /** What refers to the object at `address`, at most `limit`. Looks at every reference. */
  referrers(address: number, limit = 20): readonly Referrer[] {
    const { objects, all: graph } = this.#heap;
    const wanted = objects.nodes.at(address);
    const found: Referrer[] = [];
    if (wanted < 0) return found;
    for (let node = 0; node < graph.nodeCount && found.length < limit; node++) {
      const targets = graph.targets.subarray(graph.offsets[node], graph.offsets[node + 1]);
      if (!targets.includes(wanted)) continue;
      // Data refers on behalf of the object that owns it.
      const owner = objects.nodes.kinds[node] === KIND.DATA ? objects.nodes.owners[node] : node;
      const from = owner < 0 ? node : owner;
      found.push({
        path: this.#names.follow(this.#pathOf(from), [from, wanted]),
        type: objects.type(from)?.name ?? "data",
        address: objects.nodes.addresses[from],
      });
    }
    return found;
  }

  /** How each block that is asked about is reached, and what refers to it; see `blockWays`. `idAt`: the id of the block at an address, or −1. */
  blockWays(idAt: (block: number) => number): BlockWays | null {
    this.#ways ??= new Ways(this.#heap);
    const pathOf = (node: number): string => this.#pathOf(node);
    return blockWays({ heap: this.#heap, ways: this.#ways, names: this.#names, pathOf, idAt });
  }

  report(): HeapOwners {
    return { owners: this.owners(), plan: this.plan(), graph: this.summary, arenaList: this.arenas() };
  }

  get #table(): OwnerTable {
    this.#owners ??= new OwnerTable(this.#heap, this.#redact);
    return this.#owners;
  }

  #pathOf(node: number): string {
    this.#ways ??= new Ways(this.#heap);
    const way = this.#ways.to(node);
    if (way.length > 0) return this.#names.path(way);
    const { objects, reach, bytes } = this.#heap;
    const type = objects.type(node)?.name ?? "data";
    if (objects.nodes.kinds[node] === KIND.FREE_LIST) return `<free list of ${type}>`;
    return reach[node] === EMPTY_SET && bytes[node] > 0 ? "<garbage>" : `<unknown ${type}>`;
  }
}
