/** References of frames, in generators, in frame objects and on the data stack of a thread. */
import { ABSENT } from "../layouts/offsets.js";
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";
import { LEVEL } from "./edges.js";
import type { ReferenceReader } from "./referencereader.js";

/**
 * A stack reference has its kind in its two lowest bits (pycore_stackref.h, 3.14): 0 is a reference that is owned, 1 one that another
 * variable owns or that is immortal, 3 a small number.
 */
const STACKREF_TAG = 3;
const OWNED = 0;
const BORROWED = 1;

/** `gi_frame_state` from here on: the frame has gone, but for its code (pycore_frame.h). */
const FRAME_CLEARED = 4;
/** Of an interpreter's frame: no more locals and temporaries than this. */
const MAX_SLOTS = 1 << 20;

export function readGenerator(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const { gi_iframe, gi_frame_state } = layout.generator;
  const frame = address + gi_iframe;
  const state = (space.byte(address + gi_frame_state) << 24) >> 24;
  if (state < FRAME_CLEARED) readFrame(reader, frame);
  else referStack(reader, space.word(frame + layout.iframe.f_executable));
}

/** A frame object owns its frame once the call has returned. Until 3.10 it is the frame. */
export function readFrameObject(reader: ReferenceReader, address: number): void {
  const { f_frame, f_frame_data } = reader.layout.frame;
  if (f_frame === ABSENT) readWholeFrame(reader, address);
  else {
    const frame = reader.space.word(address + f_frame);
    if (frame === address + f_frame_data) readFrame(reader, frame);
  }
}

/** Until 3.10: locals and cells, and behind them a stack of which it is not known how much is in use. */
function readWholeFrame(reader: ReferenceReader, address: number): void {
  const { space, layout } = reader;
  const { wordBytes, frame, object } = layout;
  const slots = frameSlots(space, layout, space.word(address + frame.f_code));
  const length = Math.min(space.word(address + object.ob_size), MAX_SLOTS);
  const first = address + frame.f_localsplus;
  reader.referAll(first, Math.min(slots, length));
  reader.scan(first + slots * wordBytes, first + length * wordBytes, LEVEL.BODY);
}

/** Until 3.10: variables of the code at `code`: locals, cells, and cells of outer functions. */
function frameSlots(space: Space, { code: fields, object }: Layout, code: number): number {
  const lengthOf = (offset: number): number => space.word(space.word(code + offset) + object.ob_size);
  return space.uint32(code + fields.co_nlocals) + lengthOf(fields.co_cellvars) + lengthOf(fields.co_freevars);
}

/** What the frame at `frame` owns: its globals, builtins and caller are borrowed. */
export function readFrame(reader: ReferenceReader, frame: number): void {
  const { space, layout } = reader;
  const { iframe, wordBytes } = layout;
  referStack(reader, space.word(frame + iframe.f_executable));
  referStack(reader, space.word(frame + iframe.f_funcobj));
  reader.refer(space.word(frame + iframe.f_locals));
  reader.refer(space.word(frame + iframe.frame_obj));
  const depth = depthOf(reader, frame);
  const slots = depth ?? variablesOf(reader, frame);
  const first = frame + iframe.localsplus;
  for (let i = 0, at = first; i < slots; i++, at += wordBytes) referStack(reader, space.word(at));
  if (depth !== null) return;
  // The stack of the frame that runs: what is behind its top is left over, and counts only where nothing better explains a count.
  const stack = first + slots * wordBytes;
  reader.scan(stack, stack + stackSizeOf(reader, frame) * wordBytes, LEVEL.BODY);
}

/** Slots of locals, cells and temporaries that are in use; `null` while the frame runs, for then a register has the top. */
function depthOf(reader: ReferenceReader, frame: number): number | null {
  const { space, layout } = reader;
  const { iframe, wordBytes } = layout;
  if (iframe.stackpointer === ABSENT) {
    const depth = space.uint32(frame + iframe.stacktop) | 0;
    return depth >= 0 && depth < MAX_SLOTS ? depth : null;
  }
  const top = space.word(frame + iframe.stackpointer);
  const slots = (top - (frame + iframe.localsplus)) / wordBytes;
  return top !== 0 && slots >= 0 && slots < MAX_SLOTS ? slots : null;
}

/** Locals and cells of the frame's code. */
const variablesOf = (reader: ReferenceReader, frame: number): number =>
  Math.min(reader.space.uint32(codeOf(reader, frame) + reader.layout.code.co_nlocalsplus), MAX_SLOTS);

/** `co_stacksize`, which stands right before `co_firstlineno`. */
const stackSizeOf = (reader: ReferenceReader, frame: number): number =>
  Math.min(reader.space.uint32(codeOf(reader, frame) + reader.layout.code.co_firstlineno - 4), MAX_SLOTS);

function codeOf({ space, layout }: ReferenceReader, frame: number): number {
  const executable = space.word(frame + layout.iframe.f_executable);
  return executable - (executable & STACKREF_TAG);
}

/** A borrowed reference counts less than one of the layout: nothing is kept alive by it. */
function referStack(reader: ReferenceReader, word: number): void {
  const tag = word & STACKREF_TAG;
  if (tag === OWNED) reader.refer(word);
  else if (tag === BORROWED) reader.refer(word - tag, LEVEL.BODY);
}

/** Address of the object that a stack reference leads to, whoever owns it; 0 if it is none. */
export function stackObject(word: number): number {
  const tag = word & STACKREF_TAG;
  return tag === OWNED || tag === BORROWED ? word - tag : 0;
}
