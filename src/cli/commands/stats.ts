/**
 * `pymalloc stats FILE`: a pasted text of `sys._debugmallocstats()`, or a log with several of them, or a heap image, as a ledger and a
 * picture.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { renderReports } from "../../report/renderstats.js";
import { statsIn } from "../../report/statsfile.js";
import { statsJson } from "../../report/statsreport.js";
import { drawsBlocks } from "../../text/bars.js";
import { InputError } from "../../text/errors.js";
import { reading } from "../../text/fileerrors.js";
import { type Command, print, UsageError, usage } from "../command.js";

const HELP = `usage: pymalloc stats FILE [--json]

Shows what a text of sys._debugmallocstats() or PYTHONMALLOCSTATS says: where the bytes of the arenas are, and which size
classes have the most free blocks. FILE may be a whole log with several reports in it, a heap image that the lab saved, each
also as .gz, or - for stdin. Where the last report of a log is cut off, those before it are shown, and the exit status is 1.

  --json    the numbers for programs: an array, one element a report
`;

async function run(args: string[]): Promise<number> {
  const { file, json } = usage(() => readOptions(args));
  const bytes =
    file === "-"
      ? await readStdin()
      : reading(file, "a text of sys._debugmallocstats(), or a heap image", () => readFileSync(file));
  const { reports, problem } = statsIn(bytes);
  const ascii = !drawsBlocks(process.stdout, process.env);
  if (reports.length > 0)
    await print(json ? `${JSON.stringify(reports.map(statsJson), null, 2)}\n` : renderReports(reports, ascii));
  if (problem !== null) throw new InputError(`${file === "-" ? "stdin" : file}: ${problem}`);
  return 0;
}

export const statsCommand: Command = {
  name: "stats",
  summary: "a pasted sys._debugmallocstats(), or a heap image, as a ledger and a picture",
  help: HELP,
  run,
};

function readOptions(args: string[]): { file: string; json: boolean } {
  const { values, positionals } = parseArgs({ args, options: { json: { type: "boolean" } }, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError(`stats takes one FILE, not ${positionals.length}`);
  return { file: positionals[0], json: values.json === true };
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
