/** Which Python a process is, from its memory and the names of its files. */
import { endOf, type Region, wordsOf } from "./region.js";

export interface PythonVersion {
  readonly minor: number;
  /** The 7 of 3.11.7; `null` if nothing says it. */
  readonly micro: number | null;
  /** It has no GIL: it uses another allocator. */
  readonly isFreeThreaded: boolean;
}

/** From 3.13 on, `_PyRuntime` starts with these 8 bytes, "xdebugpy". Behind them come `PY_VERSION_HEX` and a flag of free-threaded builds. */
const COOKIE: readonly [low: number, high: number] = [0x62656478, 0x79706775];
/** What `Py_GetVersion` returns, in the program's data: "3.11.7 (main, Dec …". */
const STATED = /^3\.(\d+)\.(\d+)\S* \(/;
const STATED_BYTES = 40;
const FILE = /(?:lib)?python3\.(\d+)([a-z]*)(?:\.so[.\d]*)?(?: \(deleted\))?$/;

/** Returns `null` if nothing in the memory names a Python. */
export function pythonVersion(regions: readonly Region[]): PythonVersion | null {
  const runtime = runtimeAt(regions);
  if (runtime !== null) {
    const hex = runtime[2];
    return { minor: (hex >>> 16) & 0xff, micro: (hex >>> 8) & 0xff, isFreeThreaded: runtime[4] !== 0 };
  }
  const named = regions.map(({ path }) => FILE.exec(path)).find((match) => match !== null);
  for (const region of regions) {
    if (!region.isStatic || !region.isWritable) continue;
    const stated = statedIn(region, named ? Number(named[1]) : null);
    if (stated !== null) return { ...stated, isFreeThreaded: false };
  }
  return named ? { minor: Number(named[1]), micro: null, isFreeThreaded: named[2].includes("t") } : null;
}

/** The first words of `_PyRuntime`; `null` before 3.13. */
function runtimeAt(regions: readonly Region[]): Uint32Array | null {
  for (const region of regions) {
    if (!region.isStatic || !region.isWritable) continue;
    const words = wordsOf(region);
    for (let at = 0; at + 6 <= words.length; at += 2)
      if (words[at] === COOKIE[0] && words[at + 1] === COOKIE[1] && words[at + 2] >>> 24 === 3)
        return words.subarray(at, at + 6);
  }
  return null;
}

function statedIn(region: Region, minor: number | null): { minor: number; micro: number } | null {
  const { bytes } = region;
  const length = endOf(region) - region.start;
  for (let at = 0; at + STATED_BYTES < length; at++) {
    if (bytes[at] !== 0x33 || bytes[at + 1] !== 0x2e || (at > 0 && bytes[at - 1] !== 0)) continue;
    const match = STATED.exec(String.fromCharCode(...bytes.subarray(at, at + STATED_BYTES)));
    if (match && (minor === null || Number(match[1]) === minor))
      return { minor: Number(match[1]), micro: Number(match[2]) };
  }
  return null;
}
