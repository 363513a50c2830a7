/**
 * The older objects that lead to what is asked about, found backwards:
 *
 *     asked  ◄── blocks that have its address ◄── blocks that have theirs ◄── … up to modules
 *
 * No way leads through a module or its dict, so that what refers to them is not looked for. What is found is a node, and nothing is read of
 * it yet: its references are read once all nodes are known. It may be too much, for a word may look like an address.
 */
import { DictTable } from "./dicttable.js";
import { KIND } from "./nodes.js";
import { AddressBits, HolderIndex } from "./olderholders.js";
import type { PythonMemory } from "./pythonmemory.js";
import { isModuleType } from "./pytype.js";
import type { ReferenceReader } from "./referencereader.js";
import { headerSizes } from "./sizes.js";

/** `outside`: the blocks outside of pools that are asked about. */
export function addLeading(memory: PythonMemory, reader: ReferenceReader, outside: readonly number[]): void {
  const { nodes } = reader;
  const ends = addModules(memory, reader);
  const index = new HolderIndex(memory);
  const found = new AddressBits(memory.raw.end);
  const addHolder = (block: number): void => {
    if (found.has(block)) return;
    found.add(block);
    if (reader.objectIn(block) < 0 && nodes.at(block) < 0) nodes.add(block, memory.raw.sizeAt(block), KIND.UNKNOWN);
  };
  // Of an object, links of the collector have the address of its block.
  const headers = headerSizes(memory.layout);
  for (const block of outside)
    if (!headers.some((header) => nodes.at(block + header) >= 0)) index.forEachHolder(block, addHolder);
  // Holders are nodes in turn.
  for (let node = 0; node < nodes.count; node++)
    if (nodes.kinds[node] !== KIND.FREE_LIST && !ends.has(nodes.addresses[node]))
      index.forEachHolder(nodes.addresses[node], addHolder);
}

/** Makes `sys.modules` and all modules and their dicts nodes. Returns their addresses, and those of the dicts' tables. */
function addModules({ space, layout, interpreters }: PythonMemory, reader: ReferenceReader): Set<number> {
  const ends = new Set<number>();
  const addDict = (dict: number): void => {
    if (reader.olderObjectAt(dict) < 0) return;
    ends.add(dict).add(space.word(dict + layout.dict.ma_keys));
    // A variable holds its name, too: where that is asked about, the variable is an owner, whatever its value.
    const table = DictTable.of(space, layout, dict);
    for (let entry = 0; entry < table.length; entry++)
      if (reader.objectAt(table.key(entry)) >= 0) reader.olderObjectAt(table.value(entry));
  };
  for (const interpreter of interpreters) {
    const modules = space.word(interpreter + layout.interpreter.modules);
    addDict(modules);
    const table = DictTable.of(space, layout, modules);
    for (let entry = 0; entry < table.length; entry++) {
      const module = table.value(entry);
      const node = reader.olderObjectAt(module);
      if (node < 0) continue;
      ends.add(module);
      if (isModuleType(reader.typeOf(node))) addDict(space.word(module + layout.module.md_dict));
    }
  }
  return ends;
}
