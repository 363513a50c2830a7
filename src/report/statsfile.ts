/** The reports in a file that `pymalloc stats` reads: a log, or a heap image, each perhaps compressed. */
import { gunzipSync } from "node:zlib";
import { DebugMallocStatsError, parseDebugMallocStats } from "../inspect/debugmallocstats.js";
import { HeapImage, isHeapImage } from "../inspect/image.js";
import type { PymallocStats } from "../inspect/stats.js";

/** The reports in `bytes`, and why the next one cannot be read; `problem` is `null` if all were read. */
export function statsIn(bytes: Buffer): { reports: readonly PymallocStats[]; problem: string | null } {
  try {
    const content = unpacked(bytes);
    const reports = isHeapImage(content)
      ? [HeapImage.open(content).stats().pymalloc]
      : parseDebugMallocStats(textOf(content));
    return { reports, problem: null };
  } catch (error) {
    if (error instanceof DebugMallocStatsError) return { reports: error.whole, problem: error.message };
    if (error instanceof RangeError) return { reports: [], problem: error.message };
    throw error;
  }
}

/** Logs that were rotated are compressed. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    throw new RangeError("compressed data is damaged or cut off");
  }
}

/** PowerShell writes what it redirects as UTF-16. */
const textOf = (bytes: Buffer): string => bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
