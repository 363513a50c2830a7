/** References of type objects and modules. */
import { ownKeys } from "./containers.js";
import { DictTable } from "./dicttable.js";
import { LEVEL } from "./edges.js";
import type { ReferenceReader } from "./referencereader.js";
import { isAllocatedType } from "./sizes.js";

export function readType(reader: ReferenceReader, node: number, address: number): void {
  const { space, layout } = reader;
  const { type, heapType, wordBytes } = layout;
  const exact = [type.tp_base, type.tp_dict, type.tp_bases, type.tp_mro, type.tp_cache, type.tp_subclasses];
  if (!isAllocatedType(space, layout, address)) {
    // A static type of the interpreter keeps a small number for its subclasses, and its dict elsewhere (states.ts).
    for (const offset of exact) reader.refer(space.word(address + offset));
    return;
  }
  exact.push(heapType.ht_name, heapType.ht_slots, heapType.ht_qualname);
  if (layout.minor >= 9) exact.push(heapType.ht_module);
  for (const offset of exact) reader.refer(space.word(address + offset));
  const keys = space.word(address + heapType.ht_cached_keys);
  if (keys !== 0) {
    const table = ownKeys(reader, keys, new DictTable(space, layout, keys, 0).bytes);
    if (table >= 0) reader.nodes.owners[table] = node; // not the instance that was read first
  }
  // Its doc string, its name if C code made it, and other data.
  const known = new Set([...exact, heapType.ht_cached_keys, type.tp_weaklist]);
  for (let offset = 3 * wordBytes; offset < heapType.size; offset += wordBytes)
    if (!known.has(offset)) reader.scanWord(space.word(address + offset), LEVEL.BODY);
}

/** The state of a module that C code made; what refers in it is not known. */
export function readModule(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const state = space.word(address + layout.module.md_state);
  if (state !== 0) reader.scanWord(state, LEVEL.BODY);
}
