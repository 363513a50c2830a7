/** Core files that are compressed, as systemd-coredump leaves them. They are unpacked into a file without a name. */
import { closeSync, createReadStream, createWriteStream, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { CoreError } from "./corefile.js";

const GZIP = 0x1f8b;
const ZSTD = 0x28b52ffd;
/** Those of LZ4 and XZ. */
const OTHERS: ReadonlyMap<number, string> = new Map([
  [0x04224d18, "lz4 -d"],
  [0xfd377a58, "xz -dk"],
]);

/** Node has zstd from 22.15 on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => NodeJS.ReadWriteStream };

/**
 * Opens a core, unpacked if it is compressed: a file that has no name any more when this resolves, so that nothing of it is left behind in
 * whatever way the process ends. The caller closes it. Throws a `CoreError` if it is compressed in a way that Node does not know, or damaged.
 */
export async function openUnpacked(file: string): Promise<number> {
  const unpacker = unpackerOf(file);
  if (unpacker === null) return openSync(file, "r");
  const unpacked = openNameless();
  try {
    await pipeline(createReadStream(file), unpacker, createWriteStream("", { fd: unpacked, autoClose: false }));
    return unpacked;
  } catch (error) {
    closeSync(unpacked);
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_") || code?.startsWith("ERR_ZSTD"))
      throw new CoreError("compressed data is damaged or cut off");
    throw error;
  }
}

/** A new file to write and read, which only this process can. */
function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-core-"));
  try {
    return openSync(join(folder, "core"), "wx+", 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unpackerOf(file: string): NodeJS.ReadWriteStream | null {
  const head = Buffer.alloc(4);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, head, 0, 4, 0);
  } finally {
    closeSync(descriptor);
  }
  const magic = head.readUInt32BE();
  if (magic >>> 16 === GZIP) return zlib.createGunzip();
  if (magic === ZSTD) {
    if (createZstdDecompress) return createZstdDecompress();
    throw new CoreError(`compressed with zstd, which this version of Node cannot unpack; run: zstd -d ${file}`);
  }
  const command = OTHERS.get(magic);
  if (command !== undefined)
    throw new CoreError(`compressed in a way that Node cannot unpack; run: ${command} ${file}`);
  return null;
}
