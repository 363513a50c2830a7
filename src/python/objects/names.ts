/**
 * What to call an object: the way that leads to it from a module, a running frame, or nothing that has a name.
 *
 *     __main__.cache["key"][17] · rows in load() at app.py:12 · <held by C: str>.name
 */
import * as flag from "../layouts/typeflags.js";
import { isIdentifier } from "./identifiers.js";
import type { MemoryObjects } from "./memoryobjects.js";
import { FLAG, KIND } from "./nodes.js";
import { isNative, type PyType } from "./pytype.js";
import { placeOf, type RunningFrame } from "./runningframes.js";
import { Steps } from "./steps.js";
import { strText } from "./text.js";

export interface NameOptions {
  /** Whether to write `<str 17>` in place of the texts of keys. Names of attributes stay. Default: false. */
  readonly redact?: boolean;
}

/** A step of a path, from one node to another; over data in between, or an object's `__dict__`. */
export interface NodeStep {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export interface PathSteps {
  readonly start: string;
  readonly node: number;
  readonly steps: readonly NodeStep[];
}

export class Names {
  readonly #graph: MemoryObjects;
  readonly #steps: Steps;
  readonly #frames: ReadonlyMap<number, RunningFrame>;
  readonly #modules: ReadonlyMap<number, string>;

  constructor(graph: MemoryObjects, { redact = false }: NameOptions = {}) {
    this.#graph = graph;
    this.#steps = new Steps(graph, redact);
    this.#frames = new Map(graph.frames.map((frame) => [graph.nodes.at(frame.address), frame]));
    // A module that has several names is called by the first.
    this.#modules = new Map([...graph.modules].reverse().map(({ name, node }) => [node, name]));
  }

  /** From `parent` to `child`, which it refers to: `.name`, `["key"]`, `[17]`; in angle brackets if no expression leads there. */
  step(parent: number, child: number): string {
    const frame = this.#frames.get(parent);
    const isFrame = frame !== undefined && !frame.isInObject;
    return isFrame ? this.#inFrame(frame, child) : this.#steps.step(parent, child);
  }

  /** A node that a path starts with: a module's name, a frame; in angle brackets what has no name of its own. */
  root(node: number): string {
    const { nodes } = this.#graph;
    const module = this.#modules.get(node);
    if (module !== undefined) return module;
    const frame = this.#frames.get(node);
    if (frame) return placeOf(frame);
    const type = this.#graph.type(node)?.name ?? "data";
    if (nodes.kinds[node] === KIND.STATE) return "<interpreter>";
    if (nodes.kinds[node] === KIND.FREE_LIST) return `<free list of ${type}>`;
    if ((nodes.flags[node] & FLAG.STATIC) !== 0) return `<static ${type}>`;
    if ((nodes.flags[node] & FLAG.IMMORTAL) !== 0) return `<immortal ${type}>`;
    return `<held by C: ${type}>`;
  }

  /** The nodes of a way, each of which refers to the next, from a root on. */
  path(way: readonly number[]): string {
    const { start, steps } = this.stepsFrom(way);
    return start + steps.map(({ text }) => text).join("");
  }

  /** `text`, which stands for the first node of the way, and the steps along it. */
  follow(text: string, way: readonly number[]): string {
    return (
      text +
      this.#stepsAlong(way)
        .map((step) => step.text)
        .join("")
    );
  }

  /** As `path`, step by step. `start` is the text of `node`, which the first step starts from. */
  stepsFrom(way: readonly number[]): PathSteps {
    const frame = this.#frames.get(way[0]);
    if (!frame || way.length === 1) return { start: this.root(way[0]), node: way[0], steps: this.#stepsAlong(way) };
    // The variable is what the cell holds, not the cell.
    const isInCell = way.length > 2 && this.#graph.type(way[1])?.name === "cell";
    const from = isInCell ? 2 : 1;
    return {
      start: this.#inFrame(frame, way[1], isInCell),
      node: way[from],
      steps: this.#stepsAlong(way.slice(from)),
    };
  }

  /**
   * The last step of a way, whose last three nodes are `grandparent`, `parent` and `node`: its text, and the node of the two whose path comes
   * before it. Data has no step of its own: if `from` is data, it is the path of what comes before that.
   */
  lastStep(grandparent: number, parent: number, node: number): { readonly from: number; readonly text: string } {
    const attribute = this.#attribute(grandparent, parent, node) ?? this.#inClass(grandparent, parent, node);
    if (attribute !== null) return { from: grandparent, text: attribute };
    return { from: parent, text: this.#isClassDict(parent, node) ? "<dict of type>" : this.step(parent, node) };
  }

  #stepsAlong(way: readonly number[]): NodeStep[] {
    const { nodes } = this.#graph;
    const steps: NodeStep[] = [];
    for (let at = 0; at + 1 < way.length; at++) {
      const [from, to, next] = [way[at], way[at + 1], way[at + 2]];
      const attribute = next === undefined ? null : (this.#attribute(from, to, next) ?? this.#inClass(from, to, next));
      if (attribute !== null) {
        steps.push({ text: attribute, from, to: next });
        at++;
      } else if (this.#isClassDict(from, to)) steps.push({ text: "<dict of type>", from, to });
      else if (nodes.kinds[to] !== KIND.DATA || next === undefined) steps.push({ text: this.step(from, to), from, to });
    }
    return steps;
  }

  /** From an object over its `__dict__` to what is there under a name that is an attribute's; `null` if it is none. */
  #attribute(from: number, dict: number, to: number): string | null {
    const { memory } = this.#graph;
    if (!isDict(this.#graph.type(dict)) || this.step(from, dict) !== ".__dict__") return null;
    const key = this.#steps.keyOf(dict, to);
    const keyType = key === 0 ? null : this.#graph.typeAt(key);
    if (keyType?.name !== "str") return null;
    const name = strText(memory.space, memory.layout, key);
    const isReachable = !this.#graph.type(from)?.isMetatype || this.#isItself(to, name);
    return isReachable && isIdentifier(name) ? `.${name}` : null;
  }

  /** From a class to what is in its dict, but not as an attribute: `.__dict__["name"]`; `null` if it is not there. */
  #inClass(from: number, dict: number, to: number): string | null {
    if (!this.#isClassDict(from, dict) || this.#steps.keyOf(dict, to) === 0) return null;
    return `.__dict__${this.step(dict, to)}`;
  }

  /** What `__dict__` of a class returns is a view of its dict, not the dict. */
  #isClassDict(from: number, to: number): boolean {
    const isOfClass = this.#graph.type(from)?.isMetatype === true && isDict(this.#graph.type(to));
    return isOfClass && this.step(from, to) === ".__dict__";
  }

  /** Whether what a class has under `name` is what one gets from the class, and not from a descriptor. */
  #isItself(node: number, name: string): boolean {
    const { space, layout } = this.#graph.memory;
    const type = this.#graph.type(node);
    if (type === null || /^__.*__$/.test(name)) return false;
    const descrGet = space.word(type.address + layout.type.tp_dict + layout.wordBytes);
    return descrGet === 0 || (isNative(type) && RETURN_THEMSELVES.has(type.name));
  }

  /** `isInCell`: whether a cell's name is to stand for what the cell holds. */
  #inFrame(frame: RunningFrame, child: number, isInCell = false): string {
    const address = this.#graph.nodes.addresses[child];
    const local = frame.locals.find((candidate) => candidate.address === address);
    if (!local) return `<value in ${placeOf(frame)}>`;
    const isCell = !isInCell && local.isCell && this.#graph.type(child)?.name === "cell";
    return `${isCell ? `<cell ${local.name}>` : local.name} in ${placeOf(frame)}`;
  }
}

const isDict = (type: PyType | null): boolean => type !== null && (type.flags & flag.DICT_SUBCLASS) !== 0;

/** Descriptors that a class returns as they are. */
const RETURN_THEMSELVES: ReadonlySet<string> = new Set([
  "function",
  "property",
  "method_descriptor",
  "wrapper_descriptor",
  "member_descriptor",
  "getset_descriptor",
]);
