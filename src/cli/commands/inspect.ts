/** `pymalloc inspect PID | CORE`: who holds the memory of a native CPython that was not prepared for it. */
import { existsSync, statSync } from "node:fs";
import { inspectReport } from "../../python/native/inspectreport.js";
import { renderInspect } from "../../python/native/renderinspect.js";
import { type Inspected, inspectCore, inspectProcess } from "../../python/process/inspectprocess.js";
import { drawsBlocks } from "../../text/bars.js";
import { InputError } from "../../text/errors.js";
import { unreadable } from "../../text/fileerrors.js";
import { command } from "../command.js";
import { flag, text } from "../option.js";
import { jsonOption } from "../sharedoptions.js";
import { print } from "../terminal.js";
import { UsageError } from "../usageerror.js";

const PID = /^\d+$/;
/** The highest number that Linux gives a process. */
const MOST_PID = 2 ** 22;

export const inspect = command({
  operands: { name: "PID or CORE", usage: "PID|CORE", least: 1, most: 1 },
  about: [
    "Says who holds the memory of a running CPython 3.7 to 3.15 (Linux, 64 bits), or of a core file of one: which variables, how many arenas " +
      "go back without them, which types. The process need not be prepared, and nothing runs in it.",
    "pymalloc stops the process with SIGSTOP, copies its memory, lets it go on, and then analyses the copy. If pymalloc is killed meanwhile, " +
      "the process goes on as well. A process that was stopped before stays stopped.",
  ],
  options: {
    options: {
      json: jsonOption,
      "no-pause": flag("read the process while it runs: pools that change meanwhile are counted as torn"),
      sysroot: text("FOLDER", "the name of a folder", "look up the files of a core's process below this folder"),
      redact: flag("write keys and texts in paths as <str 17>"),
      force: flag("read a version whose objects are not known as the nearest that is"),
    },
  },
  examples: [
    ["pymalloc inspect 4711", "Says who holds the memory of process 4711."],
    ["pymalloc inspect core.4711 --json", "Prints as JSON who held the memory of a process that left a core."],
  ],

  async run({ values: { json, "no-pause": noPause, sysroot, redact, force }, operands: [target] }) {
    if (process.platform !== "linux") throw new InputError("inspect reads processes and cores of Linux only");
    const start = performance.now();
    const { memory, pages, known } = await read(target, { pauses: !noPause, sysroot: sysroot ?? "", force });
    const found = performance.now();
    const report = inspectReport(memory, pages, known, redact);
    const times = { readMs: Math.round(found - start), analysisMs: Math.round(performance.now() - found) };
    const ascii = !drawsBlocks(process.stdout, process.env);
    const { release } = memory.profile.geometry;
    await print(
      json ? `${JSON.stringify({ ...report, times }, null, 2)}\n` : renderInspect(report, times, release, ascii),
    );
    return 0;
  },
});

interface ReadOptions {
  readonly pauses: boolean;
  readonly sysroot: string;
  readonly force: boolean;
}

async function read(target: string, { pauses, sysroot, force }: ReadOptions): Promise<Inspected> {
  if (PID.test(target)) {
    if (sysroot !== "") throw new UsageError("--sysroot goes with a core file");
    if (Number(target) > MOST_PID) throw new InputError(`there is no process ${target}`);
    return inspectProcess(Number(target), pauses, force);
  }
  if (!pauses) throw new UsageError("--no-pause goes with a living process");
  try {
    if (!statSync(target).isFile() && !statSync(target).isDirectory())
      throw new InputError(`${target}: is no file; expected the number of a process, or a core file`);
    if (sysroot !== "" && !existsSync(sysroot)) throw new InputError(`${sysroot}: no such folder`);
    return await inspectCore(target, sysroot, force);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(unreadable(target, error, "the number of a process, or a core file"));
  }
}
