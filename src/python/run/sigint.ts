/** Whether a program leaves SIGINT to the system: Pyodide then passes over Ctrl-C, where python would be gone. */
import type { Interpreter } from "../interpreter/interpreter.js";
import type { PythonApi } from "./capi.js";
import { ANY_ARGUMENTS, newFunction } from "./cfunction.js";

const SIGINT = 2;
const SIG_DFL = 0;

/** Puts a `signal` into the module `_signal` that tells, after each call, whether SIGINT has no handler. */
export function watchSigint(interpreter: Interpreter, api: PythonApi, tell: (isDefault: boolean) => void): void {
  const original = interpreter.run("id(__import__('_signal').signal)") as number;
  api._Py_IncRef(original);
  const doc = interpreter.run("__import__('_signal').signal.__doc__") as string;
  const signal = newFunction(interpreter, api, "signal", ANY_ARGUMENTS, doc, (_, args, count, names) => {
    const before = api._PyObject_Vectorcall(original, args, count, names);
    tell(api._PyOS_getsig(SIGINT) === SIG_DFL);
    return before;
  });
  const module = api._PyImport_AddModule(interpreter.newString("_signal"));
  api._PyModule_AddObjectRef(module, interpreter.newString("signal"), signal);
}
