/**
 * The states of interpreters and threads: where a Python keeps its modules, what it keeps for static types, which strings it has interned.
 *
 *     interpreter ─► sys.modules, sys.__dict__, builtins.__dict__ … · threads ─► thread ─► next thread …
 */
import * as flag from "../layouts/typeflags.js";
import { DictTable } from "./dicttable.js";
import { KIND, type Nodes } from "./nodes.js";
import type { PythonMemory } from "./pythonmemory.js";
import type { PyTypes } from "./pytypes.js";

/** More threads than a process has, and than a broken list leads through. */
const MAX_THREADS = 10_000;

/** Addresses of the threads of the interpreter whose state is at `interpreter`. */
export function threadsOf({ space, layout }: PythonMemory, interpreter: number): number[] {
  const threads: number[] = [];
  let thread = space.word(interpreter + layout.interpreter.threads_head);
  while (thread !== 0 && space.word(thread + layout.thread.interp) === interpreter && threads.length < MAX_THREADS) {
    threads.push(thread);
    thread = space.word(thread + layout.thread.next);
  }
  return threads;
}

/** Entries that are looked at to recognise the dict of interned strings, and how many it has at least. */
const SAMPLE = 50;
const MIN_INTERNED = 200;
/** Bits of the `state` of a str that say that it is interned. */
const INTERNED = 3;

/**
 * Address of the dict of interned strings. Each of them is its own key and value. The dict does not own them: a string leaves it when its last
 * owner goes. From 3.12 on the interpreter's state refers to the dict; until 3.11 a variable of C does, so `nodes` are searched. Returns 0 if
 * there is no such dict.
 */
export function internedStrings(memory: PythonMemory, types: PyTypes, interpreter: number, nodes: Nodes): number {
  const { space, layout } = memory;
  const isDict = (address: number): boolean => {
    const type = types.at(space.word(address + layout.object.ob_type));
    return type !== null && (type.flags & flag.DICT_SUBCLASS) !== 0;
  };
  const isInterned = (address: number): boolean => {
    const table = DictTable.of(space, layout, address);
    if (table.length < MIN_INTERNED) return false;
    for (let i = 0, seen = 0; i < table.length && seen < SAMPLE; i++) {
      const [key, value] = [table.key(i), table.value(i)];
      if (value === 0) continue;
      if (key !== value || (space.uint32(key + layout.str.state) & INTERNED) === 0) return false;
      seen++;
    }
    return true;
  };
  if (layout.minor < 12) {
    for (let node = 0; node < nodes.count; node++) {
      const type = nodes.kinds[node] === KIND.OBJECT ? types.list[nodes.types[node]] : null;
      if (type && (type.flags & flag.DICT_SUBCLASS) !== 0 && isInterned(nodes.addresses[node]))
        return nodes.addresses[node];
    }
    return 0;
  }
  // It stands near the end of the state.
  for (let at = interpreter + layout.interpreter.size - layout.wordBytes; at >= interpreter; at -= layout.wordBytes) {
    const word = space.word(at);
    if (word !== 0 && (word & 3) === 0 && isDict(word) && isInterned(word)) return word;
  }
  return 0;
}

/**
 * The dicts of the interpreter's static types, which are not in the type objects from 3.12 on. By address of the type.
 *
 *     managed_static_type_state   type, isbuiltin, readying, ready, tp_dict, tp_subclasses, tp_weaklist
 *
 * Where in the state they are no table says: they are recognised by what they hold.
 */
export function staticTypeDicts(memory: PythonMemory, types: PyTypes, interpreter: number): Map<number, number> {
  const { space, layout } = memory;
  const { wordBytes, object } = layout;
  // Three ints after a pointer: on 64 bits they take two words.
  const dictOffset = Math.ceil((wordBytes + 3 * 4) / wordBytes) * wordBytes;
  const found = new Map<number, number>();
  if (layout.minor < 12) return found; // they have them themselves
  for (let at = interpreter; at < interpreter + layout.interpreter.size; at += wordBytes) {
    const type = types.at(space.word(at));
    if (type === null || type.isHeapType || !areFlags(space.uint32(at + wordBytes), space.uint32(at + wordBytes + 4)))
      continue;
    const dict = space.word(at + dictOffset);
    const dictType = types.at(space.word(dict + object.ob_type));
    if (dictType !== null && (dictType.flags & flag.DICT_SUBCLASS) !== 0) found.set(type.address, dict);
  }
  return found;
}

const areFlags = (...ints: number[]): boolean => ints.every((int) => int === 0 || int === 1);
