/** How an interpreter's objects are laid out, as it states itself. */
import { DEBUG_OFFSETS, statedLayout } from "../layouts/debugoffsets.js";
import { type Layout, LayoutError } from "../layouts/pythonlayout.js";
import type { Interpreter } from "./interpreter.js";

/** The layout, or why it is not known. */
export function objectLayout({ module, words }: Interpreter): Layout | LayoutError {
  const runtime = module.__PyRuntime / 4;
  try {
    return statedLayout(words.subarray(runtime, runtime + 2 * DEBUG_OFFSETS), 4);
  } catch (error) {
    if (error instanceof LayoutError) return error;
    throw error;
  }
}
