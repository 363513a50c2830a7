/** The text of a str in memory. */
import type { Layout } from "../layouts/pythonlayout.js";
import type { Space } from "../space/space.js";
import { STR_ASCII, STR_COMPACT, STR_KIND } from "./sizes.js";

/** The str at `address`, its first `limit` characters at most. */
export function strText(space: Space, { str }: Layout, address: number, limit = 10_000): string {
  const state = space.uint32(address + str.state);
  const kind = (state >>> STR_KIND) & 7;
  const length = Math.min(space.word(address + str.length), limit);
  if (kind !== 1 && kind !== 2 && kind !== 4) return ""; // no str
  const isAscii = (state & STR_ASCII) !== 0;
  const isCompact = (state & STR_COMPACT) !== 0;
  const data = isCompact ? address + (isAscii ? str.asciiSize : str.compactSize) : space.word(address + str.data);
  const bytes = space.bytes(data, data + length * kind);
  let text = "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + kind <= bytes.length; at += kind) {
    const code = kind === 1 ? view.getUint8(at) : kind === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    text += String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return text;
}

/** Its length in characters. */
export const strLength = (space: Space, { str }: Layout, address: number): number => space.word(address + str.length);
