/** All that a Python has in memory: nodes, what they refer to, and where a program's names lead. */

import { Decoder } from "./decode.js";
import { DictTable } from "./dicttable.js";
import type { References } from "./edges.js";
import { freeListed } from "./freelists.js";
import { internedStrings, staticTypeDicts, threadsOf } from "./interpreters.js";
import { FLAG, KIND, Nodes } from "./nodes.js";
import { LiveBlocks } from "./pools.js";
import type { AskedBlocks, PythonMemory } from "./pythonmemory.js";
import { isModuleType, type PyType } from "./pytype.js";
import { PyTypes } from "./pytypes.js";
import { ReferencePass, type Scope } from "./references.js";
import { framesOf, type RunningFrame } from "./runningframes.js";
import { strText } from "./text.js";

/** A module of `sys.modules`, by the name that it has there. */
export interface Module {
  readonly name: string;
  readonly node: number;
  /** Node of its `__dict__`; −1 if what `sys.modules` has there is no module. */
  readonly dict: number;
}

export class MemoryObjects {
  readonly memory: PythonMemory;
  readonly nodes: Nodes;
  /** `Nodes.types` are positions in it. */
  readonly types: readonly PyType[];
  readonly references: References;
  /** In order of `sys.modules`. */
  readonly modules: readonly Module[];
  /** The running frames of each thread, the innermost first. */
  readonly threads: readonly (readonly RunningFrame[])[];
  /** Those of all threads. */
  readonly frames: readonly RunningFrame[];
  /** The dicts of static types that do not have them themselves, by address of the type. */
  readonly staticTypeDicts: ReadonlyMap<number, number>;
  /** Addresses of the dicts of interned strings. */
  readonly interned: ReadonlySet<number>;
  readonly #types: PyTypes;
  #asked: Uint8Array | null = null;

  /**
   * Reads `memory` once: good until the interpreter runs again. `scope`: see `Scope`. Static types' dicts are there only if all
   * objects are read, and modules and references between objects unless those that are asked about are.
   */
  constructor(memory: PythonMemory, scope: Scope = "all") {
    const { space, layout, interpreters } = memory;
    const blocks = new LiveBlocks(memory.pools);
    const isLive = (address: number): boolean => !blocks.isInPool(address) || blocks.at(address) >= 0;
    const types = new PyTypes(memory, isLive);
    this.memory = memory;
    this.nodes = new Nodes(blocks);
    this.types = types.list;
    this.#types = types;
    const free = interpreters.flatMap((interpreter) =>
      layout.minor >= 14 ? freeListed(memory, blocks, interpreter) : [],
    );
    const decoder = new Decoder(memory, this.nodes, types, free);
    decoder.decodeBlocks();
    const threads = interpreters.flatMap((interpreter) => threadsOf(memory, interpreter));
    this.threads = threads.map((thread) => framesOf(memory, types, thread));
    this.frames = this.threads.flat();
    const read = memory.asked === null ? "all" : scope;
    this.staticTypeDicts = new Map(
      read === "all" ? interpreters.flatMap((interpreter) => [...staticTypeDicts(memory, types, interpreter)]) : [],
    );
    this.interned = new Set(interpreters.map((interpreter) => internedStrings(memory, types, interpreter, this.nodes)));
    this.references = new ReferencePass(memory, this.nodes, types, decoder, {
      states: [
        ...interpreters.map((interpreter) => [interpreter, layout.interpreter.size] as const),
        ...threads.map((thread) => [thread, layout.thread.size] as const),
      ],
      frames: this.frames,
      staticTypeDicts: this.staticTypeDicts,
      interned: this.interned,
    }).run(read);
    this.modules = interpreters.flatMap((interpreter) =>
      this.#readModules(space.word(interpreter + layout.interpreter.modules)),
    );
  }

  /** The type of a node; `null` if it is no object. */
  type(node: number): PyType | null {
    return this.types[this.nodes.types[node]] ?? null;
  }

  /** The type of the object at `address`, which need not be a node; `null` if none is there. */
  typeAt(address: number): PyType | null {
    const { space, layout } = this.memory;
    const node = this.nodes.at(address);
    return node >= 0 ? this.type(node) : this.#types.at(space.word(address + layout.object.ob_type));
  }

  /** Where the block of `node` starts: before an object by as much as the object has before itself. */
  blockAddress(node: number): number {
    const { kinds, flags, addresses } = this.nodes;
    const hasHeader = kinds[node] === KIND.OBJECT || kinds[node] === KIND.FREE_LIST;
    const type = hasHeader && (flags[node] & FLAG.STATIC) === 0 ? this.type(node) : null;
    return addresses[node] - (type?.headerBytes ?? 0);
  }

  /** By node, 1 if it is not older than what is asked about; `null` if nothing is. See `PythonMemory.asked`. */
  get asked(): Uint8Array | null {
    if (this.memory.asked === null) return null;
    this.#asked ??= this.#findAsked(this.memory.asked);
    return this.#asked;
  }

  #findAsked(blocks: AskedBlocks): Uint8Array {
    const { count, flags, blocks: inPools } = this.nodes;
    const asked = new Uint8Array(count).fill(1, 0, inPools.count);
    for (let node = inPools.count; node < count; node++)
      if ((flags[node] & FLAG.STATIC) === 0 && blocks.has(this.blockAddress(node))) asked[node] = 1;
    return asked;
  }

  /** Marks `sys.modules`, at `modules`, and all that it has as namespaces. */
  #readModules(modules: number): Module[] {
    const { space, layout } = this.memory;
    const { nodes } = this;
    const node = nodes.at(modules);
    if (node < 0 || nodes.kinds[node] !== KIND.OBJECT) return [];
    this.#markDict(node);
    const table = DictTable.of(space, layout, modules);
    const found: Module[] = [];
    for (let i = 0; i < table.length; i++) {
      const module = nodes.at(table.value(i));
      if (module < 0) continue;
      const isModule = isModuleType(this.type(module));
      const dict = isModule ? nodes.at(space.word(table.value(i) + layout.module.md_dict)) : -1;
      nodes.flags[module] |= FLAG.NAMESPACE;
      if (dict >= 0) this.#markDict(dict);
      found.push({ name: strText(space, layout, table.key(i)), node: module, dict });
    }
    return found;
  }

  /** A namespace, and its table of keys. */
  #markDict(node: number): void {
    const { space, layout } = this.memory;
    const keys = this.nodes.at(space.word(this.nodes.addresses[node] + layout.dict.ma_keys));
    this.nodes.flags[node] |= FLAG.NAMESPACE;
    if (keys >= 0) this.nodes.flags[keys] |= FLAG.NAMESPACE;
  }
}
