/** What running a program needs of Pyodide, beyond what attaching to it needs. Only this file knows these names. */
import type { Pyodide } from "../interpreter/interpreter.js";

/** A Python object as Pyodide hands it to JavaScript. */
export interface PyProxy {
  get(key: string): unknown;
  destroy(): void;
}

/** A Pyodide that can run programs: any that `loadPyodide` gives. */
export interface RunnablePyodide extends Pyodide {
  /** The names of `__main__`. */
  readonly globals: PyProxy;
  runPython(code: string, options?: { globals?: PyProxy; filename?: string }): unknown;
}

/** C functions and variables, as addresses; an object's address is a reference. */
export interface PythonApi {
  readonly addFunction: (f: (...args: number[]) => number, signature: string) => number;
  readonly _malloc: (nbytes: number) => number;
  readonly _free: (ptr: number) => void;
  readonly _Py_CompileStringExFlags: (
    source: number,
    filename: number,
    start: number,
    flags: number,
    optimize: number,
  ) => number;
  readonly _PyEval_EvalCode: (code: number, globals: number, locals: number) => number;
  readonly _PyImport_AddModule: (name: number) => number;
  readonly _PyModule_GetDict: (module: number) => number;
  readonly _PyModule_AddObjectRef: (module: number, name: number, object: number) => number;
  /** A borrowed reference; 0 if there is none. */
  readonly _PySys_GetObject: (name: number) => number;
  readonly _PySys_SetObject: (name: number, object: number) => number;
  readonly _PyCFunction_NewEx: (method: number, self: number, module: number) => number;
  readonly _PyObject_CallOneArg: (callable: number, argument: number) => number;
  readonly _PyObject_CallNoArgs: (callable: number) => number;
  readonly _PyObject_Vectorcall: (callable: number, args: number, count: number, names: number) => number;
  readonly _PyObject_Str: (object: number) => number;
  readonly _PyUnicode_AsEncodedString: (text: number, encoding: number, errors: number) => number;
  readonly _PyBytes_AsString: (bytes: number) => number;
  readonly _PyUnicode_AsUTF8: (text: number) => number;
  readonly _PyLong_AsLong: (number: number) => number;
  /** −1 with an exception set for what is no number. */
  readonly _PyFloat_AsDouble: (number: number) => number;
  /** −1 with an exception set, where a signal has come. */
  readonly _PyErr_CheckSignals: () => number;
  /** Address of the handler; 0 where there is none. */
  readonly _PyOS_getsig: (signal: number) => number;
  readonly _PyErr_ExceptionMatches: (type: number) => number;
  readonly _PyErr_GetRaisedException: () => number;
  readonly _PyErr_SetRaisedException: (exception: number) => void;
  readonly _PyErr_SetString: (type: number, message: number) => void;
  readonly _PyErr_PrintEx: (setsLast: number) => void;
  readonly _PyErr_Clear: () => void;
  readonly _Py_IncRef: (object: number) => void;
  readonly _Py_DecRef: (object: number) => void;
  readonly __Py_NoneStruct: number;
  /** Addresses of variables that hold the address of an exception type. */
  readonly _PyExc_SystemExit: number;
  readonly _PyExc_SyntaxError: number;
  readonly _PyExc_TypeError: number;
  readonly _PyExc_KeyboardInterrupt: number;
}

export const pythonApi = (pyodide: RunnablePyodide): PythonApi =>
  (pyodide as unknown as { readonly _module: PythonApi })._module;
