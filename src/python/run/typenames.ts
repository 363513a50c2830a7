/** Types of blocks as numbers: of live ones as a look at the heap has them, of freed ones by the type word that they had left. */

import type { ObjectLayout } from "../../trace/recordedrun.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import type { HeapLook } from "../interpreter/heaplook.js";
import { holdingName } from "../interpreter/pins.js";
import type { PyType } from "../objects/pytype.js";
import { PyTypes } from "../objects/pytypes.js";
import { FlatSpace } from "../space/flat.js";

export class TypeNames {
  /** By number; 0 stands for unknown. */
  readonly names: string[] = [""];
  /** Likewise. Types of one name that differ in this have numbers of their own. */
  readonly layouts: (ObjectLayout | null)[] = [null];
  readonly #heap: AttachedHeap;
  readonly #numbers = new Map<string, number>();
  readonly #numberOfType = new Map<PyType, number>();
  #types: PyTypes | null = null;

  constructor(heap: AttachedHeap) {
    this.#heap = heap;
  }

  /** `type`: where the name is one of objects. */
  number(name: string, type: PyType | null): number {
    const layout = type && { isManaged: type.headerBytes > (type.isGc ? 8 : 0), isGc: type.isGc };
    const key = layout ? `${name} ${layout.isManaged} ${layout.isGc}` : name;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.names.length);
    this.layouts.push(layout);
    return this.names.push(name) - 1;
  }

  /** Forgets which addresses are types: to be called whenever the interpreter may have run. */
  forget(): void {
    this.#types = null;
    this.#numberOfType.clear();
  }

  /** The type of an object that was freed since `forget`, of whose block these words are left: `TypeOfFreed` of a recording. */
  ofFreed(type0: number, type8: number, type16: number): number {
    this.#types ??= this.#readTypes();
    const type = this.#type(type0, 0) ?? this.#type(type8, 8) ?? this.#type(type16, 16);
    return type ? this.#numberOf(type) : 0;
  }

  /** None where the interpreter's objects are not known. */
  #readTypes(): PyTypes | null {
    const { interpreter, core } = this.#heap;
    if (core.objectLayout === null) return null;
    const space = new FlatSpace(interpreter.memory.buffer);
    const memory = { space, layout: core.objectLayout, typeNames: null, typeType: interpreter.module._PyType_Type };
    return new PyTypes(memory, (address) => this.#mayBeLive(address));
  }

  #numberOf(type: PyType): number {
    let number = this.#numberOfType.get(type);
    if (number === undefined) {
      number = this.number(type.name, type);
      this.#numberOfType.set(type, number);
    }
    return number;
  }

  #type(address: number, headerBytes: number): PyType | null {
    const type = this.#types?.at(address) ?? null;
    return type?.headerBytes === headerBytes ? type : null;
  }

  #mayBeLive(address: number): boolean {
    const { exports } = this.#heap.core;
    return !exports.isOurs(address) || Boolean(exports.isLiveBlock(address - 8)); // behind its PyGC_Head
  }

  /** Tells the recording the type of every live block. */
  note(objects: HeapLook): void {
    const { recording } = this.#heap;
    const numbers = new Map<number, number>();
    const { nodes } = objects.all;
    for (let node = 0; node < nodes.count; node++) {
      const group = objects.group(node);
      let number = numbers.get(group);
      if (number === undefined) {
        const { kind, type, object } = objects.groupOf(group);
        number = kind === "unknown" ? 0 : this.number(holdingName(kind, type), object);
        numbers.set(group, number);
      }
      if (number !== 0) recording?.setType(objects.all.blockAddress(node), number);
    }
  }
}
