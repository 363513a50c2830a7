/** Where a finished trace goes: from the file of its events to the output, of which no part is written unless the whole can be. */
import { createWriteStream, ftruncateSync, lstatSync, readlinkSync, realpathSync, renameSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Writable } from "node:stream";
import { pipeTrace, readTraceFile, type TraceForm } from "../trace/file.js";
import type { Trace } from "../trace/trace.js";
import { OpenFile, writeAll } from "./native-files.js";

/** The file that `path` names, or links lead to from there, whether it exists or not; `null` for a device, a pipe or a directory. */
export function fileBehind(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found) return found.isFile() ? realpathSync(path) : null;
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink ? fileBehind(resolve(dirname(path), readlinkSync(path))) : resolve(path);
}

/**
 * Makes the finished trace in `events` the file `output`, which is replaced whole, or written to if it is a device or a pipe. Throws the
 * system's error, or a `TraceError` if the trace cannot be read; then `events` still is a trace.
 */
export async function moveTrace(events: OpenFile, output: string, form: TraceForm): Promise<void> {
  const target = fileBehind(output);
  const isAsRecorded = form.format === "pytrace" && !form.gzip;
  if (isAsRecorded && target !== null && events.isThere) return renameSync(events.path, target);
  const { trace } = await readTraceFile(events.isThere ? events.path : `/dev/fd/${events.fd}`);
  if (target === null) return pipeTrace(trace, form, createWriteStream(output));
  try {
    await replace(target, trace, form);
  } catch (error) {
    if (!form.gzip || !events.isThere) throw error;
    await writeOver(events, trace, form); // a disk that is full has room for one of them
    renameSync(events.path, target);
  }
}

async function replace(target: string, trace: Trace, form: TraceForm): Promise<void> {
  const unfinished = OpenFile.make(target, `${form.format}${form.gzip ? ".gz" : ""}`, new Uint8Array(0), 0o666);
  try {
    await pipeTrace(trace, form, createWriteStream(unfinished.path));
    renameSync(unfinished.path, target);
  } finally {
    unfinished.remove(); // unless it has another name now
  }
}

/** Writes `trace`, compressed and so smaller, into the room of the file that it comes from. */
async function writeOver({ fd }: OpenFile, trace: Trace, form: TraceForm): Promise<void> {
  const pieces: Buffer[] = [];
  const collect = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      done();
    },
  });
  await pipeTrace(trace, form, collect);
  let at = 0;
  for (const piece of pieces) {
    writeAll(fd, piece, at);
    at += piece.length;
  }
  ftruncateSync(fd, at);
}
