/** Runs a Python program to its exit status as `python SCRIPT` would, without a frame of this project in its tracebacks. */
import type { Interpreter } from "../interpreter/interpreter.js";
import { type PyProxy, type PythonApi, pythonApi, type RunnablePyodide } from "./capi.js";
import { EPILOGUE, LAST_STEPS } from "./epilogue.js";
import { PROLOGUE } from "./prologue.js";

/** A program and where it stands. Paths are those that Python sees. */
export interface Program {
  readonly source: Uint8Array;
  /** What tracebacks call it: a path, or `<string>`. */
  readonly filename: string;
  /** `__file__`; `null` where there is none. */
  readonly file: string | null;
  readonly argv: readonly string[];
  /** `sys.path[0]`. */
  readonly path: string;
  /** The working directory. */
  readonly folder: string;
}

export interface Outcome {
  /** The exit status that the program would have had. */
  readonly status: number;
  /** Why the interpreter cannot go on, in one line; `null` where it can. */
  readonly death: string | null;
}

interface Raised {
  readonly object: number;
  readonly kind: "exit" | "interrupt" | "error";
}

const FILE_INPUT = 257; // Py_file_input
/** Given back before a traceback is printed: memory may be what there was none of. */
const RESERVE_BYTES = 2 ** 22;
const INTERRUPTED = 130;
/** As CPython's where stdout cannot be flushed at the end. */
const UNFLUSHED = 120;

/** A program that stands ready. Made before the heap is attached; `run` once. */
export class PreparedProgram {
  readonly #pyodide: RunnablePyodide;
  readonly #interpreter: Interpreter;
  readonly #api: PythonApi;
  readonly #program: Program;
  /** The functions of the epilogue, in the order of their calls. */
  readonly #lastSteps: readonly number[];
  readonly #reserve: number;

  constructor(pyodide: RunnablePyodide, interpreter: Interpreter, program: Program) {
    this.#pyodide = pyodide;
    this.#interpreter = interpreter;
    this.#api = pythonApi(pyodide);
    this.#program = program;
    const names = pyodide.runPython("{}") as PyProxy;
    const run = (code: string): unknown => pyodide.runPython(code, { globals: names, filename: "<sys>" });
    run(PROLOGUE);
    run(EPILOGUE);
    run(`prepare(*__import__("json").loads(${JSON.stringify(argumentsOf(program))}))`);
    this.#lastSteps = LAST_STEPS.map((name) => {
      const address = run(`id(${name})`) as number;
      this.#api._Py_IncRef(address);
      return address;
    });
    names.destroy();
    this.#reserve = this.#api._malloc(RESERVE_BYTES);
  }

  /** Runs the program. `atEnd` is called after its last line, before anything that the interpreter does on its way out. */
  run(atEnd: () => void): Outcome {
    const api = this.#api;
    let result = 0;
    try {
      result = this.#evaluate();
    } catch (error) {
      atEnd();
      return deathOf(error);
    }
    try {
      if (result !== 0 && api._PyErr_CheckSignals() !== 0) {
        api._Py_DecRef(result);
        result = 0;
      }
      const exception = result === 0 ? this.#raised() : null;
      if (result !== 0) api._Py_DecRef(result);
      if (exception === null) atEnd();
      else this.#asLast(exception.object, atEnd);
      api._free(this.#reserve);
      return this.#end(exception);
    } catch (error) {
      return deathOf(error);
    }
  }

  #evaluate(): number {
    const api = this.#api;
    const { source, filename } = this.#program;
    if (source.includes(0)) {
      const message = this.#interpreter.newString("source code cannot contain null bytes");
      api._PyErr_SetString(this.#interpreter.read(api._PyExc_SyntaxError), message);
      return 0;
    }
    const text = api._malloc(source.length + 1) >>> 0;
    const bytes = new Uint8Array(this.#interpreter.memory.buffer);
    bytes.set(source, text);
    bytes[text + source.length] = 0;
    const name = this.#interpreter.newString(filename);
    const code = api._Py_CompileStringExFlags(text, name, FILE_INPUT, 0, -1);
    api._free(text);
    if (code === 0) return 0;
    const main = this.#interpreter.newString("__main__");
    const names = api._PyModule_GetDict(api._PyImport_AddModule(main));
    const result = api._PyEval_EvalCode(code, names, names);
    api._Py_DecRef(code);
    return result;
  }

  /** The exception that ended the program. */
  #raised(): Raised {
    const api = this.#api;
    const is = (type: number): boolean => api._PyErr_ExceptionMatches(this.#interpreter.read(type)) !== 0;
    const kind = is(api._PyExc_SystemExit) ? "exit" : is(api._PyExc_KeyboardInterrupt) ? "interrupt" : "error";
    return { object: api._PyErr_GetRaisedException(), kind };
  }

  /**
   * Calls `look` while `sys.last_exc` alone holds the exception. Python puts it there when it prints the traceback, so the memory that the
   * exception's frames hold gets a path.
   */
  #asLast(exception: number, look: () => void): void {
    const api = this.#api;
    const name = this.#interpreter.newString("last_exc");
    const before = api._PySys_GetObject(name);
    if (before !== 0) api._Py_IncRef(before);
    const isHeld = api._PySys_SetObject(name, exception) === 0;
    if (!isHeld) api._PyErr_Clear();
    if (isHeld) api._Py_DecRef(exception);
    look();
    if (isHeld) api._Py_IncRef(exception);
    if (isHeld && api._PySys_SetObject(name, before) !== 0) api._PyErr_Clear();
    if (before !== 0) api._Py_DecRef(before);
  }

  #end(exception: Raised | null): Outcome {
    const api = this.#api;
    const isExit = exception?.kind === "exit";
    if (exception && !isExit) {
      api._PyErr_SetRaisedException(exception.object);
      api._PyErr_PrintEx(1);
    }
    const [leave, ...others] = this.#lastSteps;
    const status = this.#numberOf(api._PyObject_CallOneArg(leave, isExit ? exception.object : api.__Py_NoneStruct));
    if (isExit) api._Py_DecRef(exception.object); // with its frames
    this.#pyodide.globals.destroy(); // which holds the names of __main__
    const [isFlushed] = others.map((step) => this.#numberOf(api._PyObject_CallNoArgs(step))).reverse();
    if (exception?.kind === "interrupt") return { status: INTERRUPTED, death: null };
    if (exception?.kind === "error") return { status: 1, death: null };
    return { status: isFlushed === 0 ? UNFLUSHED : status, death: null };
  }

  /** The number that a function gave, 1 for what is none; where it raised, that is told. */
  #numberOf(result: number): number {
    const api = this.#api;
    if (result === 0) {
      api._PyErr_PrintEx(0);
      return 1;
    }
    const number = result === api.__Py_NoneStruct ? 1 : api._PyLong_AsLong(result);
    api._Py_DecRef(result);
    return number;
  }
}

/** As JSON that is a Python literal's content, too. */
function argumentsOf({ argv, path, file, folder, filename, source }: Program): string {
  const shown = filename === "<string>" ? new TextDecoder().decode(source) : null;
  return JSON.stringify([argv, path, file, folder, shown]);
}

/** What came through wasm instead of a Python exception: an exit that asks nobody, or the end of the interpreter. */
function deathOf(error: unknown): Outcome {
  const { status, message, name } = error as { status?: unknown; message?: string; name?: string };
  if (name === "ExitStatus" && typeof status === "number") return { status: status & 0xff, death: null };
  const what = (message ?? String(error)).split("\n")[0];
  return { status: 1, death: `the interpreter has stopped: ${what}` };
}
