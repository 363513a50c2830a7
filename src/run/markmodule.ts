/**
 * The module `pymalloc` of a program that runs attached, and what stands in for `sys._debugmallocstats`: builtin functions, which take
 * next to nothing from the heap that they look at.
 *
 * ╒═ PyMethodDef, 32 bits ═════════════════════════════════╕
 * │  +0 ml_name   +4 ml_meth   +8 ml_flags   +12 ml_doc     │
 * └────────────────────────────────────────────────────────┘
 */
import type { Interpreter } from "../attach/interpreter.js";
import type { PythonApi } from "./capi.js";

const METHOD_DEF_BYTES = 16;
const METH_KEYWORDS = 0x0002;
const METH_NOARGS = 0x0004;
const METH_FASTCALL = 0x0080;

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
  const mark = newFunction(
    interpreter,
    api,
    "mark",
    METH_FASTCALL | METH_KEYWORDS,
    MARK_DOC,
    (_, args, count, names) => {
      const given = count + (names === 0 ? 0 : tupleLength(interpreter, names));
      if (given > 1) return raise(api, interpreter, `mark() takes at most 1 argument (${given} given)`);
      if (names !== 0 && textOf(interpreter, api, interpreter.read(names + TUPLE_ITEMS)) !== "name")
        return raise(api, interpreter, "mark() takes no keyword argument but name");
      const name = given === 0 ? "" : nameOf(interpreter, api, interpreter.read(args));
      if (name === null) return 0;
      listener.mark(name);
      return none(api);
    },
  );
  const stats = newFunction(interpreter, api, "_debugmallocstats", METH_NOARGS, STATS_DOC, () => {
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

function newFunction(
  interpreter: Interpreter,
  api: PythonApi,
  name: string,
  flags: number,
  doc: string,
  call: (self: number, args: number, count: number, names: number) => number,
): number {
  const definition = interpreter.zeroed(METHOD_DEF_BYTES);
  const signature = flags === METH_NOARGS ? "iii" : "iiiii";
  const words = [interpreter.newString(name), api.addFunction(call, signature), flags, interpreter.newString(doc)];
  interpreter.words.set(words, definition / 4);
  return api._PyCFunction_NewEx(definition, 0, 0);
}

function none(api: PythonApi): number {
  api._Py_IncRef(api.__Py_NoneStruct);
  return api.__Py_NoneStruct;
}

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

/** `str(object)` as a mark's name: one plain line; `null` where that raised an exception. */
function nameOf(interpreter: Interpreter, api: PythonApi, object: number): string | null {
  const text = api._PyObject_Str(object); // of a str: the same str
  if (text === 0) return null;
  const name = textOf(interpreter, api, text);
  api._Py_DecRef(text);
  return name === null ? null : plainLine(name);
}

/** `name` as all forms of a trace can hold it. */
export const plainLine = (name: string): string =>
  name
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\p{Cc}|\p{Cs}/gu, "?");
