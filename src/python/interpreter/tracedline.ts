/** The source line that asked for a block, as `tracemalloc` has it. */

import type { SourceLine } from "../../trace/recordedrun.js";
import type { Interpreter } from "./interpreter.js";
import { textOf } from "./sites.js";

/** `ob_refcnt`, `ob_type`, `ob_size` and `ob_hash` of a tuple stand before its items. */
const TUPLE_ITEMS = 16;
/** Of all blocks but those that an extension keeps apart. */
const DEFAULT_DOMAIN = 0;

/** `null` where it does not trace, or began after the block was asked for. It keeps no names of functions: `name` is "". */
export function tracedLine(interpreter: Interpreter, address: number): SourceLine | null {
  const { module } = interpreter;
  const frames = module.__PyTraceMalloc_GetTraceback(DEFAULT_DOMAIN, address) >>> 0; // a tuple, the innermost first
  if (frames === 0) module._PyErr_Clear(); // no memory for it
  if (frames === 0 || frames === module.__Py_NoneStruct) return null;
  const frame = interpreter.read(frames + TUPLE_ITEMS);
  const [file, line] = [interpreter.read(frame + TUPLE_ITEMS), interpreter.read(frame + TUPLE_ITEMS + 4)];
  const found = { file: textOf(interpreter, file), line: module._PyLong_AsLong(line), name: "" };
  module._Py_DecRef(frames);
  return found;
}
