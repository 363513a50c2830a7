/** `pymalloc bench TRACE…`: what people's own traces cost on this allocator and on others. */
import { basename } from "node:path";
import { profile } from "../../geometry/profiles.js";
import { type BenchJson, benchJson, renderBench } from "../../report/benchreport.js";
import { coreAllocator } from "../../strategy/allocator.js";
import { foreignAllocator } from "../../strategy/foreign.js";
import { readForeign } from "../../strategy/foreignfile.js";
import { measure, oneCallAnEvent, replayLoop, workloadOf } from "../../strategy/timing.js";
import { InputError } from "../../text/errors.js";
import { plural } from "../../text/units.js";
import { command } from "../command.js";
import { integer, text } from "../option.js";
import { jsonOption, lenientOption, profilesOption } from "../sharedoptions.js";
import { Progress, print } from "../terminal.js";
import { openTrace, TRACE_HELP } from "../tracefiles.js";

export const bench = command({
  operands: { name: "TRACE", least: 1, most: Number.POSITIVE_INFINITY },
  about: [
    "Runs each trace on the allocator of each profile and on each wasm file, in interleaved rounds, each on a fresh heap: first cold, " +
      "then again on the heap that this leaves, after the blocks that the trace leaves live are freed. Each event is one call; a line of " +
      "its own has the replay loop, with malloc and free inlined.",
    "Times are nanoseconds an event on this machine now: compare them within one run only. ratio is the median over the rounds of this " +
      "allocator's time divided by the first one's. held÷live is the most bytes held divided by the most bytes live; a wasm file " +
      "has n/a there if its blocks overlap.",
    TRACE_HELP,
  ],
  options: {
    allocators: {
      profile: profilesOption("CPython versions, as in pymalloc replay", { custom: false }).default("3.12"),
      allocator: text(
        "FILE.wasm",
        "a wasm file",
        "another allocator: wasm that exports memory, malloc, free and realloc, perhaps calloc and sbrk; may be given several times",
      ).repeated(),
    },
    measurement: {
      rounds: integer("N", 1, 1000, "how often each allocator runs each trace").default("5"),
      lenient: lenientOption,
    },
    output: { json: jsonOption },
  },
  examples: [
    ["pymalloc bench app.rep --profile 3.8,3.12", "Times a trace on the allocators of two versions."],
    ["pymalloc bench app.rep --allocator my.wasm --rounds 9", "Times it on your own allocator too."],
  ],

  async run({ values: { profile: names, allocator: files, rounds, lenient, json }, operands }) {
    const contenders = [
      ...names.map(profile).flatMap((wanted) => [oneCallAnEvent(coreAllocator(wanted)), replayLoop(wanted)]),
      ...files.map((path) => oneCallAnEvent(readForeign(path, (bytes) => foreignAllocator(basename(path), bytes)))),
    ];
    const progress = new Progress();
    const documents: { trace: string; events: number; allocators: BenchJson[] }[] = [];
    for (const path of operands) {
      const { name, trace } = await openTrace(path, lenient);
      const workload = workloadOf(name, trace);
      if (workload.words.length === 0) throw new InputError(`${name}: has no events, expected some to time`);
      progress.show(`${name}: ${plural(rounds, "round")}`);
      const results = benchJson(workload, measure(workload, contenders, rounds));
      progress.clear();
      if (json) documents.push({ trace: name, events: workload.words.length / 2, allocators: results });
      else await print(renderBench(workload, results));
    }
    if (json) await print(`${JSON.stringify(documents, null, 2)}\n`);
    return 0;
  },
});
