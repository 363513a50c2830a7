/** The running frames of a thread: which function each is in, at which line, and its locals by name. Until 3.10 they are objects. */
import { stackObject } from "./executions.js";
import { lineOf, lineOfByte, lineOfUnit } from "./linetable.js";
import type { PythonMemory } from "./pythonmemory.js";
import type { PyTypes } from "./pytypes.js";
import { strText } from "./text.js";

export interface RunningFrame {
  /** Of the node that holds the locals: the frame on the data stack of the thread, or the object that has the frame in it. */
  readonly address: number;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** A generator or a coroutine has the frame in it, or it is an object itself. */
  readonly isInObject: boolean;
  readonly locals: readonly Local[];
}

/** A variable of a frame that has a value. */
export interface Local {
  readonly name: string;
  /** Address of the value, or of the cell that has it. */
  readonly address: number;
  readonly isCell: boolean;
}

/** `owner` of a frame (pycore_interpframe_structs.h). */
const OWNED_BY_GENERATOR = 1;
/** `co_localspluskinds`: the slot has a cell of this code, or one of an outer function. */
const CO_FAST_CELL = 0x40;
const CO_FAST_FREE = 0x80;
/** Deeper than any recursion. */
const MAX_FRAMES = 1_000_000;
/** More variables than any function has. */
const MAX_NAMES = 1 << 16;

/** `load() at app.py:12`. */
export const placeOf = (frame: RunningFrame): string =>
  `${frame.function}() at ${frame.file.slice(frame.file.lastIndexOf("/") + 1)}:${frame.line}`;

/** The frames of the thread whose state is at `thread`, the running one first. */
export function framesOf(memory: PythonMemory, types: PyTypes, thread: number): RunningFrame[] {
  const { space, layout } = memory;
  const isObject = layout.minor < 11;
  const [codeAt, previous] = isObject
    ? [layout.frame.f_code, layout.frame.f_back]
    : [layout.iframe.f_executable, layout.iframe.previous];
  const frames: RunningFrame[] = [];
  let frame = currentFrame(memory, thread);
  for (let depth = 0; frame !== 0 && depth < MAX_FRAMES; depth++) {
    const code = stackObject(space.word(frame + codeAt));
    // The interpreter's own frames have no code.
    if (types.at(space.word(code + layout.object.ob_type))?.name === "code")
      frames.push(isObject ? readFrameObject(memory, frame, code) : readRunning(memory, frame, code));
    frame = space.word(frame + previous);
  }
  return frames;
}

/** Address of the innermost frame: in the thread's state, or in a structure of the C stack. */
function currentFrame({ space, layout: { thread: fields, cframe, minor } }: PythonMemory, thread: number): number {
  if (minor < 11) return space.word(thread + fields.frame);
  if (minor < 13) return space.word(space.word(thread + fields.cframe) + cframe.current_frame);
  return space.word(thread + fields.current_frame);
}

/** A frame of 3.10 or before, which is an object. `f_lasti` counts bytes, or code units from 3.10 on. */
function readFrameObject(memory: PythonMemory, frame: number, code: number): RunningFrame {
  const { space, layout } = memory;
  const { code: fields, frame: offsets, object } = layout;
  const text = (address: number): string => strText(space, layout, space.word(address));
  const linetable = space.word(code + fields.co_linetable);
  const table = linetable + layout.bytes.ob_sval;
  const bytes = space.bytes(table, table + space.word(linetable + object.ob_size));
  const firstLine = space.uint32(code + fields.co_firstlineno);
  const lasti = space.uint32(frame + offsets.f_lasti) | 0;
  return {
    address: frame,
    function: text(code + fields.co_name),
    file: text(code + fields.co_filename),
    line: layout.minor < 10 ? lineOfByte(bytes, firstLine, lasti) : lineOfUnit(bytes, firstLine, lasti),
    isInObject: true,
    locals: localsOf(memory, frame, code),
  };
}

function readRunning(memory: PythonMemory, frame: number, code: number): RunningFrame {
  const { space, layout } = memory;
  const { iframe, code: fields } = layout;
  const text = (offset: number): string => strText(space, layout, space.word(code + offset));
  const linetable = space.word(code + fields.co_linetable);
  const table = linetable + layout.bytes.ob_sval;
  const isGenerator = space.byte(frame + iframe.owner) === OWNED_BY_GENERATOR;
  const index = (space.word(frame + iframe.instr_ptr) - (code + fields.co_code_adaptive)) / 2;
  return {
    address: isGenerator ? frame - layout.generator.gi_iframe : frame,
    function: text(fields.co_qualname),
    file: text(fields.co_filename),
    line: lineOf(
      space.bytes(table, table + space.word(linetable + layout.object.ob_size)),
      space.uint32(code + fields.co_firstlineno),
      index,
    ),
    isInObject: isGenerator,
    locals: localsOf(memory, frame, code),
  };
}

/** The variables with values of the frame at `frame`, which runs the code at `code`. */
export function localsOf(memory: PythonMemory, frame: number, code: number): Local[] {
  const { space, layout } = memory;
  if (layout.minor < 11) return localsOfObject(memory, frame, code);
  const { wordBytes, code: fields, tuple, bytes } = layout;
  const names = space.word(code + fields.co_localsplusnames) + tuple.ob_item;
  const kinds = space.word(code + fields.co_localspluskinds) + bytes.ob_sval;
  const locals: Local[] = [];
  for (let i = 0; i < space.uint32(code + fields.co_nlocalsplus); i++) {
    const address = stackObject(space.word(frame + layout.iframe.localsplus + i * wordBytes));
    if (address === 0) continue;
    const isCell = (space.byte(kinds + i) & (CO_FAST_CELL | CO_FAST_FREE)) !== 0;
    locals.push({ name: strText(space, layout, space.word(names + i * wordBytes)), address, isCell });
  }
  return locals;
}

/** Until 3.10: locals, cells, and cells of outer functions, with a tuple of names each. */
function localsOfObject({ space, layout }: PythonMemory, frame: number, code: number): Local[] {
  const { code: fields, frame: offsets, tuple, wordBytes, object } = layout;
  const locals: Local[] = [];
  let slot = frame + offsets.f_localsplus;
  const addAll = (names: number, isCell: boolean): void => {
    const length = Math.min(space.word(names + object.ob_size), MAX_NAMES);
    for (let i = 0; i < length; i++, slot += wordBytes) {
      const address = space.word(slot);
      const name = space.word(names + tuple.ob_item + i * wordBytes);
      if (address !== 0) locals.push({ name: strText(space, layout, name), address, isCell });
    }
  };
  addAll(space.word(code + fields.co_varnames), false);
  addAll(space.word(code + fields.co_cellvars), true);
  addAll(space.word(code + fields.co_freevars), true);
  return locals;
}
