/**
 * What an interpreter from 3.13 on states of itself: the 64-bit numbers at the start of `_PyRuntime` (pycore_debug_offsets.h,
 * `_Py_DebugOffsets`). The states of interpreter and thread change from one patch release to the next, so the stated offsets replace the
 * measured ones. The stated offsets in objects must agree with the measured ones.
 *
 * ╒═ index of the first number, 3.14 ═══════════════════════════╕
 * │  0 "xdebugpy"             39 code object      62 set         │
 * │  1 PY_VERSION_HEX         52 type             66 dict        │
 * │  2 free_threaded          56 tuple            71 int         │
 * │  6 interpreter state      59 list             77 str         │
 * │ 22 thread state           31 interpreter frame  83 generator │
 * └─────────────────────────────────────────────────────────────┘
 */
import { type Layout, LayoutError, layoutOf } from "./pythonlayout.js";

/** The first number, as two words. */
const COOKIE: readonly [low: number, high: number] = [0x62656478, 0x79706775];
/** Numbers read here. */
export const DEBUG_OFFSETS = 87;

type StatedField = readonly [group: keyof Layout, field: string, index: number];

/** Offsets that replace the measured ones. */
const STATES: readonly StatedField[] = [
  ["interpreter", "size", 6],
  ["interpreter", "next", 8],
  ["interpreter", "threads_head", 9],
  ["interpreter", "gc", 11],
  ["interpreter", "modules", 12],
  ["interpreter", "sysdict", 13],
  ["interpreter", "builtins", 14],
  ["thread", "size", 22],
  ["thread", "next", 24],
  ["thread", "interp", 25],
  ["thread", "current_frame", 26],
];

/** Offsets that must be the measured ones. */
const OBJECTS: readonly StatedField[] = [
  ["iframe", "previous", 32],
  ["iframe", "f_executable", 33],
  ["iframe", "instr_ptr", 34],
  ["iframe", "localsplus", 35],
  ["iframe", "owner", 36],
  ["iframe", "stackpointer", 37],
  ["code", "co_filename", 40],
  ["code", "co_qualname", 42],
  ["code", "co_linetable", 43],
  ["code", "co_firstlineno", 44],
  ["code", "co_localsplusnames", 46],
  ["code", "co_localspluskinds", 47],
  ["code", "co_code_adaptive", 48],
  ["object", "ob_type", 51],
  ["type", "size", 52],
  ["type", "tp_name", 53],
  ["type", "tp_flags", 55],
  ["tuple", "ob_item", 57],
  ["list", "ob_item", 60],
  ["set", "used", 63],
  ["set", "table", 64],
  ["set", "mask", 65],
  ["dict", "ma_keys", 67],
  ["dict", "ma_values", 68],
  ["int", "lv_tag", 72],
  ["int", "ob_digit", 73],
  ["bytes", "ob_sval", 76],
  ["str", "state", 78],
  ["str", "length", 79],
  ["str", "asciiSize", 80],
  ["generator", "gi_name", 84],
  ["generator", "gi_iframe", 85],
  ["generator", "gi_frame_state", 86],
];

/** The only version whose table is known. */
const MINOR = 14;

/**
 * The layout of the interpreter whose table is `words`: `2 * DEBUG_OFFSETS` words of 32 bits. Throws a `LayoutError` for another version,
 * for a free-threaded build, and if the table disagrees with the measured layout.
 */
export function statedLayout(words: Uint32Array, wordBytes: 4 | 8): Layout {
  if (words[0] !== COOKIE[0] || words[1] !== COOKIE[1])
    throw new LayoutError("the interpreter has no table of offsets: expected Python 3.13 or later");
  const stated = (index: number): number => words[2 * index];
  const [major, minor] = [stated(1) >>> 24, (stated(1) >>> 16) & 0xff];
  if (major !== 3 || minor !== MINOR)
    throw new LayoutError(`Python ${major}.${minor}: its table of offsets is not known; expected Python 3.${MINOR}`);
  if (stated(2) !== 0) throw new LayoutError("the interpreter is a free-threaded build; expected one with the GIL");
  const layout = layoutOf(minor, wordBytes);
  const group = (name: keyof Layout): Record<string, number> => layout[name] as unknown as Record<string, number>;
  for (const [name, field, index] of OBJECTS) {
    if (group(name)[field] !== stated(index)) {
      throw new LayoutError(
        `${name}.${field} is at offset ${stated(index)} in this interpreter; expected ${group(name)[field]}`,
      );
    }
  }
  for (const [name, field, index] of STATES) group(name)[field] = stated(index);
  return layout;
}
