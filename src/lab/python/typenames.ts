/** Types of blocks as numbers: of live ones as a look at the heap has them, of freed ones by the type word that they had left. */
import type { AttachedHeap } from "../../attach/attach.js";
import type { PythonObjects } from "../../attach/objects.js";
import { holdingName } from "../../attach/pins.js";
import { type PyType, PyTypes } from "../../attach/pytypes.js";

export class TypeNames {
  /** By number; 0 stands for unknown. */
  readonly names: string[] = [""];
  readonly #heap: AttachedHeap;
  readonly #numbers = new Map<string, number>();
  #types: PyTypes | null = null;

  constructor(heap: AttachedHeap) {
    this.#heap = heap;
  }

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  /** Forgets which addresses are types: to be called whenever the interpreter may have run. */
  forget(): void {
    this.#types = null;
  }

  /** The type of an object that was freed since `forget`, of whose block these words are left: `TypeOfFreed` of a recording. */
  ofFreed(type0: number, type8: number, type16: number): number {
    this.#types ??= new PyTypes(this.#heap.interpreter, (address) => this.#mayBeLive(address));
    const type = this.#type(type0, 0) ?? this.#type(type8, 8) ?? this.#type(type16, 16);
    return type ? this.number(type.name) : 0;
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
  note(objects: PythonObjects): void {
    const { recording } = this.#heap;
    const numbers = new Map<number, number>();
    objects.slots.forEachLive((slot, address) => {
      const group = objects.group(slot);
      let number = numbers.get(group);
      if (number === undefined) {
        const { kind, type } = objects.groupOf(group);
        number = kind === "unknown" ? 0 : this.number(holdingName(kind, type));
        numbers.set(group, number);
      }
      if (number !== 0) recording?.setType(address, number);
    });
  }
}
