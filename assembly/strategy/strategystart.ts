/** What every strategy's build exports beside its four functions: the start of its system, `touch`, the walk's start. */

import { STRATEGY_POOLS } from "../layout/strategylayout";
import { geometry } from "../pymalloc/geometry";
import { initOs, reachStart } from "../system/os";
import { initModel, model } from "../system/osmodel";

export { touch } from "../system/osmodel";
export { beginWalk } from "./walk";

/** Room for the largest tables that pymalloc has: headers of pools of 1 KiB, descriptors of arenas of 2 KiB. */
const TABLES_SIZE: usize = (1 << (32 - 10 + 5)) + (1 << (32 - 11)) * 36;

/** The base is a multiple of what any strategy wants a span to be aligned to, so that no limit is spent on that. */
const BASE_ALIGNMENT: usize = 4 << 20;

/**
 * Starts an empty process; once an instance, before the strategy's own `start`. `kind` is one of MODEL_…, `pageBits` 12, 14 or 16;
 * `limitBytes` bounds what is mapped, 0 for up to 4 GiB. Returns false for a model that there is not, or without memory.
 */
export function init(kind: u32, pageBits: u32, limitBytes: usize): bool {
  if (!initModel(kind, pageBits)) return false;
  const base = (STRATEGY_POOLS + TABLES_SIZE + BASE_ALIGNMENT - 1) & ~(BASE_ALIGNMENT - 1);
  if (!reachStart(base, limitBytes)) return false;
  initOs(base, limitBytes);
  geometry.maxRequest = -1;
  return true;
}

/** Bytes held, and resident, now: what the loop asks of two allocators at once. */
export function heldBytes(): usize {
  return model.held;
}

export function residentBytes(): usize {
  return model.resident;
}
