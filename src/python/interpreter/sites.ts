/** Source lines that ask for memory, each with a number. 0 stands for what no Python code asked for. */
import type { SourceLine } from "../../trace/recordedrun.js";
import type { Layout } from "../layouts/pythonlayout.js";
import type { Interpreter } from "./interpreter.js";

export class Sites {
  readonly #interpreter: Interpreter;
  readonly #layout: Layout;
  readonly #lines: (SourceLine | null)[] = [null];
  readonly #numbers = new Map<string, number>();

  constructor(interpreter: Interpreter, layout: Layout) {
    this.#interpreter = interpreter;
    this.#layout = layout;
  }

  /** The line with number `site`; `null` for 0. */
  line(site: number): SourceLine | null {
    return this.#lines[site] ?? null;
  }

  /** The line with number `site`, as `file:line function`; what no Python code asked for is "no Python code". */
  name(site: number): string {
    const known = this.#lines[site];
    return known ? `${known.file}:${known.line} ${known.name}` : "no Python code";
  }

  /** By number. */
  get lines(): readonly (SourceLine | null)[] {
    return this.#lines;
  }

  /** One more than the highest number. */
  get count(): number {
    return this.#lines.length;
  }

  /**
   * The number of the line of the instruction at `instr` in a code object that runs. Reads memory and calls only what allocates
   * nothing, for it is asked in the middle of a malloc.
   */
  find(code: number, instr: number): number {
    const { module } = this.#interpreter;
    const { co_code_adaptive, co_filename, co_qualname } = this.#layout.code;
    const line = module._PyCode_Addr2Line(code, instr - (code + co_code_adaptive));
    const file = textOf(this.#interpreter, this.#interpreter.read(code + co_filename));
    const name = textOf(this.#interpreter, this.#interpreter.read(code + co_qualname));
    const key = JSON.stringify([line, name, file]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#lines.length;
    this.#lines.push({ file, line: Math.max(line, 0), name });
    this.#numbers.set(key, number);
    return number;
  }
}

/** Names longer than this are not worth reading. */
const MAX_TEXT = 10_000;

/**
 * ╒═ PyASCIIObject, 32 bits, 3.14 ═════════════════════════════════╕
 * │  +0 ob_refcnt   +4 ob_type   +8 length   +12 hash   +16 state   │
 * │ +20 data of ASCII · else utf8_length, utf8, and data at +28     │
 * └────────────────────────────────────────────────────────────────┘
 */
const UNICODE_LENGTH = 8;
const UNICODE_STATE = 16;
const ASCII_OBJECT = 20;
const COMPACT_OBJECT = 28;
/** `state`: interned (bits 0–1), kind (2–4), compact, ascii. */
const STATE_KIND = 2;
const STATE_COMPACT = 1 << 5;
const STATE_ASCII = 1 << 6;

/** A `str`, which the C API would make a copy of where it is not ASCII. */
export function textOf(interpreter: Interpreter, object: number): string {
  const { words } = interpreter;
  const at = object / 4;
  const length = words[at + UNICODE_LENGTH / 4];
  const state = words[at + UNICODE_STATE / 4];
  const kind = (state >>> STATE_KIND) & 7;
  const isAscii = (state & STATE_ASCII) !== 0;
  const data = object + (isAscii ? ASCII_OBJECT : COMPACT_OBJECT);
  if ((state & STATE_COMPACT) === 0 || length > MAX_TEXT) return "?";
  const bytes = interpreter.memory.buffer.slice(data, data + length * kind);
  if (kind === 1) return String.fromCharCode(...new Uint8Array(bytes));
  if (kind === 2) return String.fromCharCode(...new Uint16Array(bytes));
  return String.fromCodePoint(...new Uint32Array(bytes));
}
