/** `pymalloc stats FILE`: a pasted text of `sys._debugmallocstats()`, or a log with several of them, or a heap image. */
import { readFileSync } from "node:fs";
import { renderReports } from "../../report/renderstats.js";
import { statsIn } from "../../report/statsfile.js";
import { statsJson } from "../../report/statsreport.js";
import { drawsBlocks } from "../../text/bars.js";
import { InputError } from "../../text/errors.js";
import { reading } from "../../text/fileerrors.js";
import { command } from "../command.js";
import { jsonOption } from "../sharedoptions.js";
import { print } from "../terminal.js";

export const stats = command({
  operands: { name: "FILE", least: 1, most: 1 },
  about: [
    "Shows where the bytes of the arenas are, and which size classes have the most free blocks. FILE holds the output of " +
      "sys._debugmallocstats() or PYTHONMALLOCSTATS, perhaps several times in a longer log, or is a heap image that the lab saved. It " +
      "may be compressed by gzip. - reads stdin.",
    "If the last report of a log is cut off, the reports before it are shown, and the exit status is 1.",
  ],
  options: { options: { json: jsonOption } },
  examples: [
    ["pymalloc stats stats.txt", "Explains a saved text."],
    ["python3 -c 'import sys; sys._debugmallocstats()' 2>&1 | pymalloc stats -", "Explains the heap of a Python."],
  ],

  async run({ values: { json }, operands: [file] }) {
    const expected = "a text of sys._debugmallocstats(), or a heap image";
    const bytes = file === "-" ? await readStdin() : reading(file, expected, () => readFileSync(file));
    const { reports, problem } = statsIn(bytes);
    const ascii = !drawsBlocks(process.stdout, process.env);
    if (reports.length > 0)
      await print(json ? `${JSON.stringify(reports.map(statsJson), null, 2)}\n` : renderReports(reports, ascii));
    if (problem !== null) throw new InputError(`${file === "-" ? "stdin" : file}: ${problem}`);
    return 0;
  },
});

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
