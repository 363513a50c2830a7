/** A key of a dict as a Python expression, if it has a short one. */
import type { Layout } from "../layouts/pythonlayout.js";
import * as flag from "../layouts/typeflags.js";
import type { Space } from "../space/space.js";
import type { PyType } from "./pytype.js";
import { intHead } from "./sizes.js";
import { strLength, strText } from "./text.js";

/** Longer texts and numbers are told by their length. */
const MAX_TEXT = 200;
const MAX_DIGITS = 40;
const MAX_ITEMS = 8;
const MAX_DEPTH = 3;
const DIGIT_BITS = 30n;

export interface KeyTexts {
  readonly space: Space;
  readonly layout: Layout;
  readonly typeOf: (address: number) => PyType | null;
  /** Whether to write the lengths of texts in place of texts. */
  readonly redact: boolean;
}

/** The key at `address`: `"name"`, `17`, `(1, "a")`; in angle brackets what is no expression, `<str 5000>`, `<Point>`. */
export function keyText(texts: KeyTexts, address: number, depth = 0): string {
  const { space, layout } = texts;
  const type = texts.typeOf(address);
  if (type === null) return "<unknown>";
  const isExact = (flags: number, name: string): boolean => (type.flags & flags) !== 0 && type.name === name;
  if (isExact(flag.UNICODE_SUBCLASS, "str")) {
    const length = strLength(space, layout, address);
    if (texts.redact || length > MAX_TEXT) return `<str ${length}>`;
    return quoted(strText(space, layout, address));
  }
  if (isExact(flag.BYTES_SUBCLASS, "bytes")) {
    const length = space.word(address + layout.object.ob_size);
    if (texts.redact || length > MAX_TEXT) return `<bytes ${length}>`;
    const start = address + layout.bytes.ob_sval;
    return `b${quotedBytes(space.bytes(start, start + length))}`;
  }
  if (isExact(flag.LONG_SUBCLASS, "int")) return intText(space, layout, address);
  if (isExact(flag.LONG_SUBCLASS, "bool")) return intText(space, layout, address) === "0" ? "False" : "True";
  if (isExact(flag.TUPLE_SUBCLASS, "tuple") && depth < MAX_DEPTH) {
    const length = space.word(address + layout.object.ob_size);
    if (length > MAX_ITEMS) return `<tuple ${length}>`;
    const items = Array.from({ length }, (_, i) =>
      keyText(texts, space.word(address + layout.tuple.ob_item + i * layout.wordBytes), depth + 1),
    );
    return length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
  }
  if (type.name === "NoneType") return "None";
  if (type.name === "float") return floatText(space, address + layout.float.ob_fval);
  return `<${type.name}>`;
}

/** A str in double quotes, as Python reads it. */
const quoted = (text: string): string => JSON.stringify(text);

function quotedBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) =>
    byte < 0x20 || byte > 0x7e
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : byte === 0x22 || byte === 0x5c
        ? `\\${String.fromCharCode(byte)}`
        : String.fromCharCode(byte),
  );
  return `"${text.join("")}"`;
}

function intText(space: Space, layout: Layout, address: number): string {
  const { digits, isNegative } = intHead(space, layout, address);
  if (digits > MAX_DIGITS) return `<int of ${digits * Number(DIGIT_BITS)} bits>`;
  let value = 0n;
  for (let i = digits - 1; i >= 0; i--)
    value = (value << DIGIT_BITS) | BigInt(space.uint32(address + layout.int.ob_digit + 4 * i));
  return String(isNegative ? -value : value);
}

function floatText(space: Space, at: number): string {
  const bytes = space.bytes(at, at + 8);
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  if (!Number.isFinite(value)) return "<float>";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
