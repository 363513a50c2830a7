/** The build id of a program or library: the same for the same build only. */
import { elfHeader, PT_NOTE, programHeaders } from "./elf.js";

const NT_GNU_BUILD_ID = 3;

/** In hex; `null` if the first page of the file does not have one. */
export function buildId(first: Uint8Array): string | null {
  const header = elfHeader(first);
  if (header === null || header.headersAt >= first.length) return null;
  const view = new DataView(first.buffer, first.byteOffset, first.length);
  for (const { type, offset, fileBytes } of programHeaders(first.subarray(header.headersAt), header)) {
    if (type !== PT_NOTE) continue;
    for (let at = offset; at + 12 <= Math.min(offset + fileBytes, first.length); ) {
      const [nameBytes, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      const content = at + 12 + ((nameBytes + 3) & ~3);
      const isGnu = nameBytes === 4 && view.getUint32(at + 12) === 0x474e5500; // "GNU"
      if (isGnu && view.getUint32(at + 8, true) === NT_GNU_BUILD_ID)
        return Buffer.from(first.subarray(content, content + length)).toString("hex");
      at = content + ((length + 3) & ~3);
    }
  }
  return null;
}
