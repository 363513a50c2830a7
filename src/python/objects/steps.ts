/** The step from an object to one that it refers to: what one would write behind the first. */
import { ABSENT } from "../layouts/offsets.js";
import * as flag from "../layouts/typeflags.js";
import { cString } from "../space/space.js";
import { membersOf } from "./bodies.js";
import { dequeBlocks } from "./containers.js";
import { DictTable } from "./dicttable.js";
import { stackObject } from "./executions.js";
import { fieldNames } from "./fieldnames.js";
import { isIdentifier } from "./identifiers.js";
import { instanceDict, instanceValues } from "./instancedict.js";
import { type KeyTexts, keyText } from "./keytext.js";
import type { MemoryObjects } from "./memoryobjects.js";
import { KIND } from "./nodes.js";
import { isNative, type PyType, SHAPE } from "./pytype.js";
import { localsOf } from "./runningframes.js";
import { strText } from "./text.js";

/** What `functools.lru_cache` makes of a function. Its cache is a dict. */
const LRU_CACHE = "functools._lru_cache_wrapper";

/** A container with more items than this is indexed once so many steps out of it were asked for: the next is most often asked for, too. */
const MANY_ITEMS = 32;
const MANY_STEPS = 8;

export class Steps {
  readonly #graph: MemoryObjects;
  /** The container that was asked for last, and how often: by address of an item, its place, once it is indexed. */
  #indexed: { readonly start: number; steps: number; places: ReadonlyMap<number, number> | null } = {
    start: 0,
    steps: 0,
    places: null,
  };
  readonly #keys: KeyTexts;

  constructor(graph: MemoryObjects, redact: boolean) {
    const { space, layout } = graph.memory;
    this.#graph = graph;
    this.#keys = { space, layout, typeOf: (address) => graph.typeAt(address), redact };
  }

  /** From `parent` to `child`, which it refers to: `.name`, `["key"]`, `[17]`; in angle brackets if no expression leads there. */
  step(parent: number, child: number): string {
    const { nodes } = this.#graph;
    if (nodes.kinds[parent] === KIND.DATA) return this.#fromData(parent);
    const type = this.#graph.type(parent);
    if (type === null) return this.#graph.interned.has(nodes.addresses[child]) ? "<interned strings>" : "<reference>";
    if (nodes.kinds[child] === KIND.DATA) return `<data of ${type.name}>`;
    const [from, to] = [nodes.addresses[parent], nodes.addresses[child]];
    return (
      this.#attribute(from, to, type) ??
      this.#field(from, to, type) ??
      this.#item(from, to, type) ??
      (to === type.address ? ".__class__" : this.#within(child, type))
    );
  }

  /** The key that leads to `child` in the dict `parent`: its address; 0 if none does. */
  keyOf(parent: number, child: number): number {
    const { memory, nodes } = this.#graph;
    const table = DictTable.of(memory.space, memory.layout, nodes.addresses[parent]);
    const place = this.#place(nodes.addresses[parent], table.length, (i) => table.value(i), nodes.addresses[child]);
    return place < 0 ? 0 : table.key(place);
  }

  /** The first of `length` places, of what starts at `start`, that has `wanted`; −1 if none has. */
  #place(start: number, length: number, at: (place: number) => number, wanted: number): number {
    if (length > MANY_ITEMS && this.#indexed.start !== start) this.#indexed = { start, steps: 0, places: null };
    if (length <= MANY_ITEMS || ++this.#indexed.steps <= MANY_STEPS) {
      for (let i = 0; i < length; i++) if (at(i) === wanted) return i;
      return -1;
    }
    if (this.#indexed.places === null) {
      const places = new Map<number, number>();
      for (let i = length - 1; i >= 0; i--) places.set(at(i), i);
      this.#indexed.places = places;
    }
    return this.#indexed.places.get(wanted) ?? -1;
  }

  /** A table of keys leads to the keys of its dict, or to the names of attributes that the instances of a class share. */
  #fromData(data: number): string {
    const { nodes } = this.#graph;
    const owner = this.#graph.type(nodes.owners[data]);
    if (owner !== null && nodes.isExplained(data)) {
      if ((owner.flags & flag.DICT_SUBCLASS) !== 0) return "<key of dict>";
      if (owner.isMetatype) return "<name of attribute>";
    }
    return `<in data of ${owner?.name ?? "C"}>`;
  }

  /** An attribute of an instance: one of its values, its dict, or a slot. */
  #attribute(from: number, to: number, type: PyType): string | null {
    const { space, layout } = this.#graph.memory;
    const values = type.hasDict ? instanceValues(space, layout, type, from) : null;
    if (values !== null) {
      const keys = new DictTable(space, layout, space.word(type.address + layout.heapType.ht_cached_keys), 0);
      for (let i = 0; i < values.length; i++)
        if (space.word(values.first + i * layout.wordBytes) === to) return this.#attributeOf(keys.key(i));
    }
    for (const { offset, name } of membersOf(space, layout, type))
      if (space.word(from + offset) === to) return `.${cString(space, name)}`;
    return instanceDict(space, layout, type, from) === to ? ".__dict__" : null;
  }

  /** An instance's attribute whose name is the str at `name`. */
  #attributeOf(name: number): string {
    const text = strText(this.#keys.space, this.#keys.layout, name);
    return isIdentifier(text) ? `.${text}` : `.__dict__[${keyText(this.#keys, name)}]`;
  }

  #field(from: number, to: number, type: PyType): string | null {
    const { memory, staticTypeDicts } = this.#graph;
    for (const [offset, step] of fieldNames(memory.layout, type))
      if (memory.space.word(from + offset) === to) return step;
    return type.isMetatype && staticTypeDicts.get(from) === to ? ".__dict__" : null;
  }

  #item(from: number, to: number, type: PyType): string | null {
    const { space, layout } = this.#graph.memory;
    const indexed = (start: number, length: number): string | null => {
      const place = this.#place(start, length, (i) => space.word(start + i * layout.wordBytes), to);
      return place < 0 ? null : `[${place}]`;
    };
    const length = space.word(from + layout.object.ob_size);
    switch (type.body.shape) {
      case SHAPE.LIST:
        return indexed(space.word(from + layout.list.ob_item), length);
      case SHAPE.TUPLE:
        return indexed(from + layout.tuple.ob_item, length);
      case SHAPE.DICT: {
        const { nodes } = this.#graph;
        const key = this.keyOf(nodes.at(from), nodes.at(to));
        return key === 0 ? "<key of dict>" : `[${keyText(this.#keys, key)}]`;
      }
      case SHAPE.SET:
        return "<set element>";
      case SHAPE.DEQUE: {
        let before = 0;
        for (const { items, length: count } of dequeBlocks(space, layout, from)) {
          for (let i = 0; i < count; i++) if (space.word(items + i * layout.wordBytes) === to) return `[${before + i}]`;
          before += count;
        }
        return null;
      }
      case SHAPE.GENERATOR:
        return this.#local(from + layout.generator.gi_iframe, to);
      case SHAPE.FRAME:
        return this.#local(layout.frame.f_frame === ABSENT ? from : space.word(from + layout.frame.f_frame), to);
      default:
        return null;
    }
  }

  /** What no expression leads to. */
  #within(child: number, type: PyType): string {
    const isCache = isNative(type) && type.name === LRU_CACHE && this.#graph.type(child)?.name === "dict";
    return isCache ? "<lru_cache>" : `<in ${type.name}>`;
  }

  /** A variable of the frame at `frame`, or its code. */
  #local(frame: number, to: number): string | null {
    const { memory } = this.#graph;
    const { iframe, frame: fields, minor } = memory.layout;
    const code = stackObject(memory.space.word(frame + (minor < 11 ? fields.f_code : iframe.f_executable)));
    if (code === 0) return null;
    if (code === to) return "<code of frame>";
    const local = localsOf(memory, frame, code).find(({ address }) => address === to);
    return local ? `<local ${local.name}>` : null;
  }
}
