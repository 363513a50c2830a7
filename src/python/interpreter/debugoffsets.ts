/**
 * Where an interpreter keeps what a debugger asks for, as it says itself: the table at the start of `_PyRuntime`, 64-bit numbers in the
 * order of its version. Source: pycore_debug_offsets.h, `_Py_DebugOffsets`, and what 3.14.2 has there.
 *
 * ╒═ by number, 3.14 ══════════════════════════════════════════════════════════╕
 * │  0  the cookie "xdebugpy"          31  interpreter_frame, of 8              │
 * │  1  PY_VERSION_HEX                 39  code_object, of 11                   │
 * │  3  runtime_state, of 3            52  type_object, of 4                    │
 * │  6  interpreter_state, of 16       59  list_object, of 3                    │
 * │ 22  thread_state, of 9             66  dict_object, of 3                    │
 * └────────────────────────────────────────────────────────────────────────────┘
 */
import type { Interpreter } from "./interpreter.js";

export interface DebugOffsets {
  /** Bytes of the interpreter's state. */
  readonly interpreterBytes: number;
  readonly gc: number;
  readonly currentFrame: number;
  readonly previous: number;
  readonly executable: number;
  readonly instrPtr: number;
  readonly filename: number;
  readonly qualname: number;
  readonly codeAdaptive: number;
}

const PLACES: { readonly [Key in keyof DebugOffsets]: number } = {
  interpreterBytes: 6,
  gc: 6 + 5,
  currentFrame: 22 + 4,
  previous: 31 + 1,
  executable: 31 + 2,
  instrPtr: 31 + 3,
  filename: 39 + 1,
  qualname: 39 + 3,
  codeAdaptive: 39 + 9,
};

const COOKIE = [0x62656478, 0x79706775]; // "xdebugpy"
const KNOWN_VERSION = 0x030e;

/** The offsets of an interpreter, or `null` where its version's table is not known here. */
export function debugOffsets(interpreter: Interpreter): DebugOffsets | null {
  const table = interpreter.module.__PyRuntime / 4;
  const words = interpreter.words;
  const isKnown =
    words[table] === COOKIE[0] && words[table + 1] === COOKIE[1] && words[table + 2] >>> 16 === KNOWN_VERSION;
  if (!isKnown) return null;
  const entries = Object.entries(PLACES).map(([key, place]) => [key, words[table + 2 * place]]);
  return Object.fromEntries(entries) as unknown as DebugOffsets;
}
