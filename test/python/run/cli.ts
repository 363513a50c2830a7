/** `pymalloc` on the command line, in a folder of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunJson } from "../../../src/python/run/runjson.js";

export const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly cli?: string;
  /** Whether stdin stays open behind `input`. */
  readonly staysOpen?: boolean;
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with what stdout has so far. */
  readonly onOutput?: (out: string, interrupt: () => void) => void;
}

/** A folder that `close` removes. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), "pymalloc-run-"));

  path(name: string): string {
    return join(this.folder, name);
  }

  save(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return name;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Runs the command there. */
  pymalloc(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [options.cli ?? CLI, ...args], {
        cwd: options.cwd ?? this.folder,
        env: { ...process.env, ...options.env },
      });
      const interrupt = (): void => void child.kill("SIGINT");
      let [out, err] = ["", ""];
      child.stdout.on("data", (piece) => {
        out += piece;
        options.onOutput?.(out, interrupt);
      });
      child.stderr.on("data", (piece) => (err += piece));
      child.stdin.write(options.input ?? "");
      if (!options.staysOpen) child.stdin.end();
      child.on("close", (status) => resolve({ status, out, err }));
    });
  }

  /** Runs a program; its report as `--json` gives it, its own output apart. */
  async run(code: string, args: readonly string[] = [], input = ""): Promise<Run & { report: RunJson }> {
    const run = await this.pymalloc(["run", "-c", code, "--json", ...args], { input });
    if (!run.out.startsWith("{")) throw new Error(run.err);
    return { ...run, report: JSON.parse(run.out) };
  }
}
