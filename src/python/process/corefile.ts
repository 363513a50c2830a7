/**
 * The memory of a process in a core file: ELF, 64 bits, little-endian.
 *
 *     PT_LOAD    a mapping: what of it the core has
 *     PT_NOTE    NT_PRPSINFO the process's number and name · NT_FILE the file of each mapping
 *
 *     note       0 name's length │ 4 length │ 8 type │ name, content, each filled up to 4 bytes
 *     NT_FILE    0 count │ 8 page size │ 16 start, end, page of the file for each │ names, each with a 0 behind it
 *
 * Constants of programs and libraries are in no core. They are read from the files, if these are the ones that were running: same build id.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Region } from "../native/region.js";
import { buildId } from "./buildid.js";
import { ELF_HEADER_BYTES, ET_CORE, elfHeader, type ProgramHeader, PT_LOAD, PT_NOTE, programHeaders } from "./elf.js";
import { isWanted, type Mapping, partsOf } from "./mappings.js";

/** A file is no core, or is cut off. The message says what is wrong. */
export class CoreError extends Error {
  override readonly name = "CoreError";
}

export interface CoreMemory {
  readonly regions: readonly Region[];
  /** `null` if the core does not say it. */
  readonly pid: number | null;
  readonly executable: string | null;
  /** Files whose constants are missing: they are not there, or are others than were running. */
  readonly missingFiles: readonly string[];
}

const NT_PRPSINFO = 3;
const NT_FILE = 0x46494c45;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
const PAGE = 4096;
const PIECE_BYTES = 2 ** 30;
const READ_BYTES = 2 ** 24;

interface NamedRange {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly path: string;
}

/**
 * Reads the open file `core`. `root`: folder that files of the process are looked up in, empty for the system's. Throws a `CoreError`, and the
 * system's errors.
 */
export const readCore = (core: number, root: string): CoreMemory => new CoreReader(core, root).read();

class CoreReader {
  readonly #core: number;
  readonly #root: string;
  readonly #loads: readonly ProgramHeader[];
  readonly #files: readonly NamedRange[];
  readonly #pid: number | null;

  constructor(core: number, root: string) {
    this.#core = core;
    this.#root = root;
    const header = elfHeader(readAll(core, 0, ELF_HEADER_BYTES));
    if (header === null || header.type !== ET_CORE) throw new CoreError("expected an ELF core of a 64-bit process");
    const headers = programHeaders(this.#bytes(header.headersAt, header.headers * header.headerBytes), header);
    this.#loads = headers.filter(({ type }) => type === PT_LOAD);
    const notes = headers
      .filter(({ type }) => type === PT_NOTE)
      .flatMap(({ offset, fileBytes }) => [...notesIn(this.#bytes(offset, fileBytes))]);
    this.#files = notes.filter(({ type }) => type === NT_FILE).flatMap(({ content }) => filesIn(content));
    const info = notes.find(({ type }) => type === NT_PRPSINFO)?.content;
    this.#pid = info ? viewOf(info).getUint32(24, true) : null;
    if (this.#loads.length === 0) throw new CoreError("it has no memory");
    const { size } = fstatSync(core);
    const end = Math.max(...this.#loads.map(({ offset, fileBytes }) => offset + fileBytes));
    if (size < end) throw new CoreError(`cut off: it has ${size} bytes of ${end}`);
  }

  read(): CoreMemory {
    const mappings = this.#loads.map((load) => this.#mappingOf(load));
    const parts = partsOf(mappings, (address) => this.#memory(address, PAGE));
    const missing = new Set<string>();
    const regions = parts.filter(isWanted).flatMap(({ isWritable, isStatic, path, start, end }) => {
      const load = this.#loads.find(({ address, memoryBytes }) => start >= address && start < address + memoryBytes);
      if (load === undefined) return [];
      const dumped = Math.min(end, load.address + load.fileBytes);
      const inCore = isWritable || dumped === end ? dumped : start; // of constants, a core has the first page
      const pieces = inCore > start ? this.#pieces(start, inCore, load.offset + start - load.address, this.#core) : [];
      return pieces.map((piece) => ({ ...piece, isWritable, isStatic, path }));
    });
    for (const range of this.#files) {
      const has = regions.some(({ start, bytes }) => start < range.end && start + bytes.length > range.start);
      const mapping = mappings.find(({ start }) => start === range.start);
      if (has || mapping?.isExecutable || !/python|\.so/.test(range.path)) continue;
      const pieces = this.#fromFile(range);
      if (pieces === null) missing.add(range.path);
      else regions.push(...pieces.map((piece) => ({ ...piece, isWritable: false, isStatic: true, path: range.path })));
    }
    return {
      regions,
      pid: this.#pid,
      executable: this.#files[0]?.path ?? null,
      missingFiles: [...missing],
    };
  }

  #mappingOf({ address, memoryBytes, flags }: ProgramHeader): Mapping {
    const file = this.#files.find(({ start, end }) => address >= start && address < end);
    return {
      start: address,
      end: address + memoryBytes,
      isReadable: (flags & PF_R) !== 0,
      isWritable: (flags & PF_W) !== 0,
      isExecutable: (flags & PF_X) !== 0,
      isFile: file !== undefined,
      offset: file === undefined ? 0 : file.offset + address - file.start,
      path: file?.path ?? "",
    };
  }

  /** The constants of a file; `null` if it is not there, or another than was running. */
  #fromFile({ start, end, offset, path }: NamedRange): { start: number; bytes: Uint8Array }[] | null {
    const base = this.#files.find((range) => range.path === path && range.offset === 0);
    const running = base === undefined ? null : buildId(this.#memory(base.start, PAGE));
    let file: number;
    try {
      file = openSync(this.#root + path.replace(/ \(deleted\)$/, ""), "r");
    } catch {
      return null;
    }
    try {
      const first = new Uint8Array(PAGE);
      readSync(file, first, 0, PAGE, 0);
      if (running !== null && running !== buildId(first)) return null;
      return this.#pieces(start, end, offset, file);
    } finally {
      closeSync(file);
    }
  }

  /** Memory as the core has it; 0 where it has nothing. */
  #memory(address: number, length: number): Uint8Array {
    const load = this.#loads.find(({ address: start, fileBytes }) => address >= start && address < start + fileBytes);
    if (load === undefined) return new Uint8Array(length);
    const bytes = new Uint8Array(length);
    bytes.set(
      this.#bytes(load.offset + address - load.address, Math.min(length, load.address + load.fileBytes - address)),
    );
    return bytes;
  }

  #pieces(start: number, end: number, offset: number, file: number): { start: number; bytes: Uint8Array }[] {
    const pieces: { start: number; bytes: Uint8Array }[] = [];
    for (let at = start; at < end; at += PIECE_BYTES)
      pieces.push({ start: at, bytes: readAll(file, offset + at - start, Math.min(PIECE_BYTES, end - at)) });
    return pieces;
  }

  /** Throws a `CoreError` if the file is shorter. */
  #bytes(offset: number, length: number): Uint8Array {
    const { size } = fstatSync(this.#core);
    if (offset + length > size) throw new CoreError(`cut off: it has ${size} bytes of ${offset + length} at least`);
    return readAll(this.#core, offset, length);
  }
}

/** `length` bytes; 0 behind the end of the file. */
function readAll(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const got = readSync(file, bytes, at, Math.min(READ_BYTES, length - at), offset + at);
    if (got === 0) break;
    at += got;
  }
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function* notesIn(bytes: Uint8Array): Generator<{ type: number; content: Uint8Array }> {
  const view = viewOf(bytes);
  const filled = (length: number): number => (length + 3) & ~3;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const [nameBytes, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const start = at + 12 + filled(nameBytes);
    if (start + length > bytes.length) return;
    yield { type: view.getUint32(at + 8, true), content: bytes.subarray(start, start + length) };
    at = start + filled(length);
  }
}

function filesIn(content: Uint8Array): NamedRange[] {
  const view = viewOf(content);
  const word = (at: number): number => Number(view.getBigUint64(at, true));
  const [count, pageBytes] = [word(0), word(8)];
  if (16 + 24 * count > content.length) throw new CoreError("the list of its files is cut off");
  const names = new TextDecoder().decode(content.subarray(16 + 24 * count)).split("\0");
  return Array.from({ length: count }, (_, index) => {
    const at = 16 + 24 * index;
    return { start: word(at), end: word(at + 8), offset: word(at + 16) * pageBytes, path: names[index] ?? "" };
  });
}
