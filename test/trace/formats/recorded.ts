/** Recordings of other tools in tests: how they are read here, and what memray prints. */

import { writeRep } from "../../../src/trace/formats/rep.js";
import { type ReadTrace, readTrace } from "../../../src/trace/read.js";
import { TraceError } from "../../../src/trace/trace.js";

export const read = (text: string | Uint8Array, lenient = false): Promise<ReadTrace> =>
  readTrace(Buffer.from(text), { name: "x", lenient });

/** The ops as .rep text, `;` between them, without its header and comments. */
export async function ops(text: string | Uint8Array): Promise<string> {
  const { trace } = await read(text);
  const lines = Buffer.concat([...writeRep(trace)])
    .toString()
    .trimEnd()
    .split("\n")
    .slice(4);
  return lines.filter((line) => !line.startsWith("#")).join("; ");
}

export async function complaint(text: string | Uint8Array, lenient = false): Promise<string> {
  const error = await read(text, lenient).then(
    () => "no complaint",
    (reason: unknown) => reason,
  );
  if (error instanceof TraceError) return error.message;
  throw error;
}

export const HEADER =
  "HEADER magic=memray version=12 python_version=030c01f0 native_traces=false file_format=ALL_ALLOCATIONS pid=7 " +
  "command_line=app.py python_allocator=pymalloc trace_python_allocators=true libdest=/opt site_packages=[] sys.path=[]\n";

/** An ALLOCATION line. */
export const memray = (allocator: string, address: number, size = 0): string =>
  `ALLOCATION address=0x${address.toString(16)} size=${size} allocator=${allocator} native_frame_id=0\n`;

export const MEMRAY =
  HEADER +
  "CONTEXT_SWITCH tid=140001\n" +
  "CODE_OBJECT code_id=1 function_name=main filename=my app.py firstlineno=3 linetable_size=20\n" +
  "FRAME_PUSH code_object_id=1 instruction_offset=12 is_entry_frame=1\n" +
  memray("pymalloc_malloc", 0x7f10a0000030, 48) +
  memray("malloc", 0x55d0a2000010, 4000) +
  memray("pymalloc_free", 0x7f10a0000030) +
  "FRAME_POP count=1\n" +
  "MEMORY_RECORD time=1790000000000 memory=12345344\n" +
  memray("pymalloc_realloc", 0x7f10a0000060, 80) +
  "TRAILER\n";
