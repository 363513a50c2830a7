/**
 * The line of an instruction, from a code object's location table (3.11 on; Objects/locations.md).
 *
 *     entry   1 ─ code (4 bits) ─ length − 1 (3 bits) │ varints by code
 *     code    0–9 short · 10–12 one line, columns in 2 bytes · 13 no columns · 14 long · 15 none
 */
const NO_COLUMNS = 13;
const LONG = 14;
const NONE = 15;
const ONE_LINE = 10;

/** The line of the code unit at `index`, from the bytes of `co_linetable` and `co_firstlineno`; the first line if the table has none. */
export function lineOf(table: Uint8Array, firstLine: number, index: number): number {
  let at = 0;
  let line = firstLine;
  let end = 0;
  const unsigned = (): number => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = table[at++];
      value |= (byte & 63) << shift;
      shift += 6;
    } while ((byte & 64) !== 0);
    return value;
  };
  const signed = (): number => {
    const value = unsigned();
    return (value & 1) !== 0 ? -(value >>> 1) : value >>> 1;
  };
  while (at < table.length) {
    const head = table[at++];
    const code = (head >>> 3) & 15;
    end += (head & 7) + 1;
    if (code === LONG) {
      line += signed();
      for (let i = 0; i < 3; i++) unsigned();
    } else if (code === NO_COLUMNS) line += signed();
    else if (code < ONE_LINE) at += 1;
    else if (code !== NONE) {
      line += code - ONE_LINE;
      at += 2;
    }
    if (index < end) return line;
  }
  return firstLine;
}

/**
 * Until 3.9, `co_lnotab`: the line of the byte at `index` of the code.
 *
 *     entry   bytes of code ─ lines, signed
 */
export function lineOfByte(table: Uint8Array, firstLine: number, index: number): number {
  let [line, address] = [firstLine, 0];
  for (let at = 0; at + 1 < table.length; at += 2) {
    address += table[at];
    if (address > index) break;
    line += (table[at + 1] << 24) >> 24;
  }
  return line;
}

/** In 3.10, `co_linetable`: the line of the code unit at `index`. An entry is a range: bytes of code ─ lines, signed, −128 for none. */
export function lineOfUnit(table: Uint8Array, firstLine: number, index: number): number {
  let [line, end] = [firstLine, 0];
  for (let at = 0; at + 1 < table.length; at += 2) {
    end += table[at];
    const lines = (table[at + 1] << 24) >> 24;
    if (lines !== -128) line += lines;
    if (end > 2 * index) break;
  }
  return line;
}
