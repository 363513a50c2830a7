/** What a command prints. */
import { fstatSync, writeFileSync } from "node:fs";
import { writing } from "../text/fileerrors.js";

/** Writes to standard output, as fast as its reader takes it. */
export async function print(text: string): Promise<void> {
  // Of a file, which a full disk cuts off, a stream would not tell. In a worker stdout is none.
  const { fd } = process.stdout;
  if (fd === 1 && fstatSync(fd).isFile()) return writing("stdout", () => writeFileSync(fd, text));
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}

/** A line on stderr that is written over as work goes on; only on a terminal. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  #lastMs = 0;

  show(text: string): void {
    const now = Date.now();
    if (!this.#isShown || now - this.#lastMs < 100) return;
    this.#lastMs = now;
    process.stderr.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write("\r\x1b[K");
  }
}
