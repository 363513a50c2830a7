/** A Python program that is inspected: it prints "ready", and may execute lines that it reads. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { ObjectGraph } from "../../../src/python/graph/objectgraph.js";
import { type NativeMemory, nativeMemory } from "../../../src/python/native/nativememory.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { ProcessMemory } from "../../../src/python/process/readprocess.js";
import { whileStopped } from "../../../src/python/process/stopped.js";

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

const PROGRAMS = fileURLToPath(new URL("./programs/", import.meta.url));

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
}

export class Target {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.pid = child.pid as number;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** Resolves when the program has printed "ready". */
  static async start(python: string, args: readonly string[], { env = {} }: StartOptions = {}): Promise<Target> {
    const [program, ...rest] = args;
    const path = program.endsWith(".py") ? PROGRAMS + program : program;
    const child = spawn(python, [path, ...rest], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, PYTHONHASHSEED: "0", ...env },
    });
    running.add(child);
    const target = new Target(child);
    const line = await target.read();
    if (line !== "ready") throw new Error(`the program printed ${JSON.stringify(line)}; expected "ready"`);
    return target;
  }

  async read(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the program ended");
    return value;
  }

  /** Has the program execute `line`. */
  async execute(line: string): Promise<void> {
    this.#child.stdin?.write(`${line}\n`);
    await this.read();
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  /** The memory of it, or of its child, now. */
  async memory(pid = this.pid): Promise<NativeMemory> {
    const opened = new ProcessMemory(pid);
    try {
      const { result } = await whileStopped(pid, () => opened.readVariables());
      return nativeMemory([...result, ...opened.readConstants()]);
    } finally {
      opened.close();
    }
  }

  async graph(): Promise<{ memory: NativeMemory; objects: MemoryObjects; graph: ObjectGraph }> {
    const memory = await this.memory();
    const objects = new MemoryObjects(memory);
    return { memory, objects, graph: new ObjectGraph(objects) };
  }
}
