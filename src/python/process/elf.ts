/**
 * ELF headers of 64-bit little-endian files, as far as memory has them.
 *
 *     header            16 e_type │ 32 e_phoff │ 54 e_phentsize, e_phnum
 *     program header    0 p_type │ 4 p_flags │ 8 p_offset │ 16 p_vaddr │ 32 p_filesz │ 40 p_memsz
 */
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const ELF_HEADER_BYTES = 64;
/** `e_type` of a program at fixed addresses, and of a core. */
const ET_EXEC = 2;
export const ET_CORE = 4;

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

export interface ElfHeader {
  readonly type: number;
  readonly headersAt: number;
  readonly headerBytes: number;
  readonly headers: number;
}

/** `null` if `bytes` do not start with the header of such a file. */
export function elfHeader(bytes: Uint8Array): ElfHeader | null {
  if (bytes.length < ELF_HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [isElf, is64, isLittle] = [view.getUint32(0) === 0x7f454c46, bytes[4] === 2, bytes[5] === 1];
  if (!isElf || !is64 || !isLittle) return null;
  return {
    type: view.getUint16(16, true),
    headersAt: Number(view.getBigUint64(32, true)),
    headerBytes: view.getUint16(54, true),
    headers: view.getUint16(56, true),
  };
}

/** The program headers in `bytes`, which start with the first. */
export function programHeaders(bytes: Uint8Array, { headers, headerBytes }: ElfHeader): ProgramHeader[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => Number(view.getBigUint64(at, true));
  const whole = Math.min(headers, Math.floor(bytes.length / headerBytes));
  return Array.from({ length: whole }, (_, index) => {
    const at = index * headerBytes;
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: word(at + 8),
      address: word(at + 16),
      fileBytes: word(at + 32),
      memoryBytes: word(at + 40),
    };
  });
}

/** Where the zeroed memory of a file's variables ends. `first`: its first page, mapped at `base`; 0 if that is no ELF file. */
export function endOfVariables(first: Uint8Array, base: number): number {
  const header = elfHeader(first);
  if (header === null || header.headersAt >= first.length) return 0;
  const loaded = programHeaders(first.subarray(header.headersAt), header).filter(({ type }) => type === PT_LOAD);
  if (loaded.length === 0) return 0;
  const shift = header.type === ET_EXEC ? 0 : base - Math.floor(loaded[0].address / PAGE) * PAGE;
  return shift + Math.max(...loaded.map(({ address, memoryBytes }) => address + memoryBytes));
}

const PAGE = 4096;
