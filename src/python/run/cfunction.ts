/**
 * Functions of JavaScript as builtin functions of Python.
 *
 * ╒═ PyMethodDef, 32 bits ═════════════════════════════════╕
 * │  +0 ml_name   +4 ml_meth   +8 ml_flags   +12 ml_doc     │
 * └────────────────────────────────────────────────────────┘
 */
import type { Interpreter } from "../interpreter/interpreter.js";
import type { PythonApi } from "./capi.js";

const METHOD_DEF_BYTES = 16;
const METH_KEYWORDS = 0x0002;
const METH_NOARGS = 0x0004;
const METH_O = 0x0008;
const METH_FASTCALL = 0x0080;

/** How it is called: `(self, 0)`, `(self, argument)`, `(self, args, count, names)`. All are addresses, but the count. */
export const [NO_ARGUMENT, ONE_ARGUMENT, ANY_ARGUMENTS] = [METH_NOARGS, METH_O, METH_FASTCALL | METH_KEYWORDS];

/** A builtin function that is never freed. `call` gives a new reference, or 0 with an exception set. */
export function newFunction(
  interpreter: Interpreter,
  api: PythonApi,
  name: string,
  flags: number,
  doc: string,
  call: (self: number, args: number, count: number, names: number) => number,
): number {
  const definition = interpreter.zeroed(METHOD_DEF_BYTES);
  const signature = flags === ANY_ARGUMENTS ? "iiiii" : "iii";
  const words = [interpreter.newString(name), api.addFunction(call, signature), flags, interpreter.newString(doc)];
  interpreter.words.set(words, definition / 4);
  return api._PyCFunction_NewEx(definition, 0, 0);
}

/** A new reference to `None`. */
export function none(api: PythonApi): number {
  api._Py_IncRef(api.__Py_NoneStruct);
  return api.__Py_NoneStruct;
}
