/** What claims need from outside, in Node: the repository's traces, and the interpreters of this machine. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTraceFile } from "../src/trace/file.js";
import type { Trace } from "../src/trace/trace.js";
import type { Inputs, Witness } from "./claim.js";

const ASK = "import gc, sys; sys.stdout.write('%s %d %d %d' % ((sys.version.split()[0],) + gc.get_threshold()))";

const witness = (answer: string, place: string): Witness => {
  const [version, ...thresholds] = answer.split(" ");
  return { version, place, thresholds: thresholds.map(Number) };
};

/** Versions as they count up: 3.9 before 3.10. */
const inOrder = (a: Witness, b: Witness): number => a.version.localeCompare(b.version, "en", { numeric: true });

/** The interpreters that pyenv has; none where there is no pyenv. */
function pyenvWitnesses(): Witness[] {
  let versions: string;
  let names: string[];
  try {
    versions = join(execFileSync("pyenv", ["root"], { encoding: "utf8", stdio: "pipe" }).trim(), "versions");
    names = readdirSync(versions);
  } catch {
    return [];
  }
  return names.map((name) =>
    witness(execFileSync(join(versions, name, "bin", "python"), ["-c", ASK], { encoding: "utf8" }), ""),
  );
}

async function pyodideWitness(): Promise<Witness> {
  const { loadPyodide } = await import("pyodide");
  const python = await loadPyodide();
  const answer = python.runPython("import gc, sys; ' '.join(map(str, (sys.version.split()[0],) + gc.get_threshold()))");
  return witness(String(answer), "Pyodide");
}

/** The inputs below the folder `root`: each trace is read once, and the interpreters are asked once. */
export function nodeInputs(root: string): Inputs {
  const traces = new Map<string, Promise<Trace>>();
  let witnesses: Promise<Witness[]> | undefined;
  const ask = async (): Promise<Witness[]> => [...pyenvWitnesses(), await pyodideWitness()].sort(inOrder);
  const read = async (path: string): Promise<Trace> => (await readTraceFile(join(root, path))).trace;
  return {
    trace(path) {
      const found = traces.get(path) ?? read(path);
      traces.set(path, found);
      return found;
    },
    text: (path) => readFile(join(root, path), "utf8"),
    witnesses: () => (witnesses ??= ask()),
  };
}
