/** `time.sleep` that Ctrl-C ends: Emscripten's turns round and round until the time is over, and hears of nothing. */
import type { Interpreter } from "../interpreter/interpreter.js";
import type { PythonApi } from "./capi.js";
import { newFunction, none, ONE_ARGUMENT } from "./cfunction.js";

/** Seconds that are left to the function that was there, as are numbers that it refuses. */
const SHORT = 0.001;
const LONG = 2 ** 31;

/**
 * Puts it into the module `time`, before the prologue, which takes `time._wait` away: that ends also when a signal was handled.
 * `pause(ms)` waits that long, or less when there is a signal to hear of.
 */
export function installSleep(interpreter: Interpreter, api: PythonApi, pause: (ms: number) => void): void {
  const original = interpreter.run(
    "id((lambda sleep: getattr(sleep, '__wrapped__', sleep))(__import__('time').sleep))",
  ) as number;
  api._Py_IncRef(original);
  const doc = interpreter.run("__import__('time').sleep.__doc__") as string;
  const time = api._PyImport_AddModule(interpreter.newString("time"));
  const install = (name: string, endsWithSignal: boolean): void => {
    const sleep = newFunction(interpreter, api, name, ONE_ARGUMENT, doc, (_, argument) => {
      const seconds = api._PyFloat_AsDouble(argument);
      if (!(seconds >= SHORT && seconds < LONG)) {
        api._PyErr_Clear();
        return api._PyObject_CallOneArg(original, argument);
      }
      const end = performance.now() + 1000 * seconds;
      do {
        pause(end - performance.now());
        if (api._PyErr_CheckSignals() !== 0) return 0;
      } while (performance.now() < end && !endsWithSignal);
      return none(api);
    });
    api._PyModule_AddObjectRef(time, interpreter.newString(name), sleep);
  };
  install("sleep", false);
  install("_wait", true);
}
