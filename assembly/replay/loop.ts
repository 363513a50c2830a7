/**
 * The loop of the benchmarks: runs an encoded trace on any allocator, one imported call an event. A module of its own with a
 * memory of its own, so that every allocator, this project's too, is measured by the same code and the same kind of call.
 *
 *     0 … 64 KiB   nothing        events: 8 bytes each, as in replay.ts        slots: an address an id
 */
import { ID_SHIFT, OP_CALLOC, OP_FREE, OP_MARK, OP_MASK, OP_REALLOC } from "../layout/codes";
import { calloc, free, malloc, realloc } from "./allocator";

const EVENTS: usize = 65536;
const WASM_PAGE_BITS: usize = 16;

/** Makes room for a trace; returns where its events go, or 0 when there is no memory. Slots are zero. */
export function reserve(eventCount: u32, idCount: u32): usize {
  const end = EVENTS + ((<usize>eventCount) << 3) + ((<usize>idCount) << 2);
  const pages = <i32>((end + 65535) >>> WASM_PAGE_BITS) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  return EVENTS;
}

/** Runs events `first` to `end` of a trace of `eventCount` events. Returns how many requests failed. */
export function run(first: u32, end: u32, eventCount: u32): u32 {
  const slots = EVENTS + ((<usize>eventCount) << 3);
  const stop = EVENTS + ((<usize>end) << 3);
  let failures: u32 = 0;
  for (let event = EVENTS + ((<usize>first) << 3); event < stop; event += 8) {
    const word = load<u32>(event);
    const nbytes = <usize>load<u32>(event, 4);
    const slot = slots + ((<usize>(word >>> ID_SHIFT)) << 2);
    const op = word & OP_MASK;
    if (op == OP_FREE) {
      free(load<usize>(slot));
      continue;
    }
    let ptr: usize;
    if (op == OP_MARK) continue;
    else if (op == OP_REALLOC) ptr = realloc(load<usize>(slot), nbytes);
    else if (op == OP_CALLOC) ptr = calloc(1, nbytes);
    else ptr = malloc(nbytes);
    if (ptr || !nbytes) {
      store<usize>(slot, ptr); // 0 bytes may be 0 elsewhere
      continue;
    }
    failures++;
    if (op != OP_REALLOC) store<usize>(slot, 0); // the slot may have the address of a block that was freed
  }
  return failures;
}
