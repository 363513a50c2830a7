/**
 * Owners as a program names them: the variables of modules, the locals of running frames, and for each frame one more for what else it
 * holds, such as the operands of a call.
 *
 *     __main__ ─► its dict ─► entry: key, value     an owner of two nodes, __main__.cache
 *     frame    ─► local                             an owner of one, rows in load() at app.py:12
 */
import { DictTable } from "../objects/dicttable.js";
import { isIdentifier } from "../objects/identifiers.js";
import { type KeyTexts, keyText } from "../objects/keytext.js";
import type { MemoryObjects } from "../objects/memoryobjects.js";
import { FLAG } from "../objects/nodes.js";
import { placeOf, type RunningFrame } from "../objects/runningframes.js";
import { strText } from "../objects/text.js";
import type { Graph } from "./graph.js";
import type { Owners } from "./owners.js";

/** What holds an owner. */
type Holder = { readonly module: string } | { readonly frame: RunningFrame };

export class Namespaces implements Owners {
  readonly nodes: Int32Array;
  readonly ids: Int32Array;
  readonly #graph: MemoryObjects;
  readonly #kept: Graph;
  readonly #nodes: number[] = [];
  readonly #ids: number[] = [];
  /** By owner. */
  readonly #holders: Holder[] = [];
  /** By owner: address of the key of a module's entry, the name of a local, or `null` for what else a frame holds. */
  readonly #names: (number | string | null)[] = [];
  /** By owner: the node that its name stands for. */
  readonly #values: number[] = [];

  /** `kept`: the references that count. */
  constructor(graph: MemoryObjects, kept: Graph) {
    this.#graph = graph;
    this.#kept = kept;
    const seen = new Set<number>();
    for (const { name, dict } of graph.modules) {
      if (dict < 0 || seen.has(dict)) continue; // a module may have several names
      seen.add(dict);
      this.#addVariables(name, dict);
    }
    for (const frame of graph.frames) this.#addFrame(frame);
    this.nodes = Int32Array.from(this.#nodes);
    this.ids = Int32Array.from(this.#ids);
  }

  get count(): number {
    return this.#holders.length;
  }

  /** The node that the owner's name stands for. */
  value(owner: number): number {
    return this.#values[owner];
  }

  /** `__main__.cache`, `rows in load() at app.py:12`. `redact`: as in `Names`. */
  name(owner: number, redact: boolean): string {
    const [holder, name] = [this.#holders[owner], this.#names[owner]];
    if ("module" in holder) return holder.module + this.#key(Number(name), redact);
    return name === null ? `<value in ${placeOf(holder.frame)}>` : `${name} in ${placeOf(holder.frame)}`;
  }

  #key(address: number, redact: boolean): string {
    const { space, layout } = this.#graph.memory;
    const keys: KeyTexts = { space, layout, typeOf: (at) => this.#graph.typeAt(at), redact };
    const isStr = keys.typeOf(address)?.name === "str";
    const text = isStr ? strText(space, layout, address) : "";
    return isIdentifier(text) ? `.${text}` : `.__dict__[${keyText(keys, address)}]`;
  }

  #addVariables(module: string, dict: number): void {
    const { memory, nodes } = this.#graph;
    const table = DictTable.of(memory.space, memory.layout, nodes.addresses[dict]);
    for (let entry = 0; entry < table.length; entry++) {
      const value = nodes.at(table.value(entry));
      if (value < 0 || this.#isNamespace(value)) continue;
      this.#add({ module }, table.key(entry), value);
      const key = nodes.at(table.key(entry));
      if (key >= 0) this.#pair(key);
    }
  }

  #addFrame(frame: RunningFrame): void {
    const { nodes } = this.#graph;
    const { offsets, targets } = this.#kept;
    const node = nodes.at(frame.address);
    if (node < 0) return;
    const named = new Set<number>();
    for (const { name, address } of frame.locals) {
      const value = nodes.at(address);
      if (value < 0 || this.#isNamespace(value)) continue;
      this.#add({ frame }, name, value);
      named.add(value);
    }
    const others = targets.subarray(offsets[node], offsets[node + 1]);
    const unnamed = [...new Set(others)].filter((target) => !named.has(target) && !this.#isNamespace(target));
    unnamed.forEach((target, index) => {
      if (index === 0) this.#add({ frame }, null, target);
      else this.#pair(target);
    });
  }

  #isNamespace(node: number): boolean {
    return (this.#graph.nodes.flags[node] & FLAG.NAMESPACE) !== 0;
  }

  #add(holder: Holder, name: number | string | null, value: number): void {
    this.#holders.push(holder);
    this.#names.push(name);
    this.#values.push(value);
    this.#pair(value);
  }

  /** Gives the last owner another node. */
  #pair(node: number): void {
    this.#nodes.push(node);
    this.#ids.push(this.#holders.length - 1);
  }
}
