/**
 * The module `pymalloc` of a program that runs attached, and what stands in for `sys._debugmallocstats`: builtin functions, which take
 * next to nothing from the heap that they look at.
 */

import { markName } from "../../trace/markname.js";
import type { Interpreter } from "../interpreter/interpreter.js";
import type { PythonApi } from "./capi.js";
import { ANY_ARGUMENTS, NO_ARGUMENT, newFunction, none } from "./cfunction.js";

const MARK_DOC = `mark(name='')
--

Names this moment in the report of "pymalloc run" and in the trace of "pymalloc record".`;
const STATS_DOC = `_debugmallocstats()
--

Prints the state of this heap to stderr, and marks the moment.`;

export interface MarkListener {
  mark(name: string): void;
  debugmallocstats(): void;
}

/** Puts the module `pymalloc` with `mark(name="")`, and `sys._debugmallocstats`, into the interpreter. */
export function installMarks(interpreter: Interpreter, api: PythonApi, listener: MarkListener): void {
  const mark = newFunction(interpreter, api, "mark", ANY_ARGUMENTS, MARK_DOC, (_, args, count, names) => {
    const given = count + (names === 0 ? 0 : tupleLength(interpreter, names));
    if (given > 1) return raise(api, interpreter, `mark() takes at most 1 argument (${given} given)`);
    if (names !== 0 && textOf(interpreter, api, interpreter.read(names + TUPLE_ITEMS)) !== "name")
      return raise(api, interpreter, "mark() takes no keyword argument but name");
    const name = given === 0 ? "" : nameOf(interpreter, api, interpreter.read(args));
    if (name === null) return 0;
    listener.mark(name);
    return none(api);
  });
  const stats = newFunction(interpreter, api, "_debugmallocstats", NO_ARGUMENT, STATS_DOC, () => {
    listener.debugmallocstats();
    return none(api);
  });
  const module = api._PyImport_AddModule(interpreter.newString("pymalloc"));
  api._PyModule_AddObjectRef(module, interpreter.newString("mark"), mark);
  api._PySys_SetObject(interpreter.newString("_debugmallocstats"), stats);
}

/** Bytes of a tuple before its length and before its items. */
const TUPLE_LENGTH = 8;
const TUPLE_ITEMS = 16; // behind ob_hash

const tupleLength = (interpreter: Interpreter, tuple: number): number => interpreter.read(tuple + TUPLE_LENGTH);

function raise(api: PythonApi, interpreter: Interpreter, message: string): 0 {
  const text = interpreter.newString(message);
  api._PyErr_SetString(interpreter.read(api._PyExc_TypeError), text);
  api._free(text);
  return 0;
}

function textOf(interpreter: Interpreter, api: PythonApi, text: number): string | null {
  const utf8 = api._PyUnicode_AsUTF8(text);
  return utf8 === 0 ? null : interpreter.string(utf8 >>> 0);
}

/** `str(object)` as a mark's name; `null` where that raised an exception. */
function nameOf(interpreter: Interpreter, api: PythonApi, object: number): string | null {
  const text = api._PyObject_Str(object); // of a str: the same str
  if (text === 0) return null;
  const name = textOf(interpreter, api, text) ?? replacedText(interpreter, api, text);
  api._Py_DecRef(text);
  return markName(name);
}

/** A text with half a surrogate pair, for which there is an exception already: `?` stands for such halves. */
function replacedText(interpreter: Interpreter, api: PythonApi, text: number): string {
  api._PyErr_Clear();
  const [utf8, errors] = [interpreter.newString("utf-8"), interpreter.newString("replace")];
  const bytes = api._PyUnicode_AsEncodedString(text, utf8, errors);
  for (const name of [utf8, errors]) api._free(name);
  const name = interpreter.string(api._PyBytes_AsString(bytes) >>> 0);
  api._Py_DecRef(bytes);
  return name;
}
