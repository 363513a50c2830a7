/** The commands there are, with what each is for. */
import type { Command } from "./command.js";
import type { OptionGroups } from "./option.js";

interface Entry {
  /** One line: what the command does. */
  readonly purpose: string;
  /** Only the command that was called is loaded: some need much. */
  readonly load: () => Promise<Command<OptionGroups>>;
}

/** By title, as `pymalloc --help` lists them, and by name. */
export const COMMAND_GROUPS: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  "run and record": {
    run: {
      purpose: "Run a Python program on this allocator, and report what it did to memory",
      load: async () => (await import("./commands/run.js")).run,
    },
    record: {
      purpose: "Run a Python program, and write its allocations as a trace",
      load: async () => (await import("./commands/record.js")).record,
    },
  },
  look: {
    inspect: {
      purpose: "Say who holds the memory of a running CPython, or of a core file",
      load: async () => (await import("./commands/inspect.js")).inspect,
    },
    replay: {
      purpose: "Replay a trace on CPython versions' allocators: report, placements, statistics",
      load: async () => (await import("./commands/replay.js")).replay,
    },
    stats: {
      purpose: "Explain the text of sys._debugmallocstats(), or a heap image: a ledger and a picture",
      load: async () => (await import("./commands/stats.js")).stats,
    },
    lab: {
      purpose: "Open the lab in the browser: a heap as a map, its timeline, what holds its memory",
      load: async () => (await import("./commands/lab.js")).lab,
    },
  },
  compare: {
    compare: {
      purpose: "Run one program on many allocators, and compare memory and fragmentation",
      load: async () => (await import("./commands/compare.js")).compare,
    },
    bench: {
      purpose: "Time traces on this allocator and on others, and compare what they hold",
      load: async () => (await import("./commands/bench.js")).bench,
    },
    sweep: {
      purpose: "Run a grid of traces, strategies and geometries on all cores",
      load: async () => (await import("./commands/sweep.js")).sweep,
    },
    merge: {
      purpose: "Put the results of a sweep's shards into one file",
      load: async () => (await import("./commands/merge.js")).merge,
    },
    plot: {
      purpose: "Draw a sweep's results: timelines, memory against cost, survivors, heat maps",
      load: async () => (await import("./commands/plot.js")).plot,
    },
  },
  files: {
    convert: {
      purpose: "Write a trace in another format",
      load: async () => (await import("./commands/convert.js")).convert,
    },
    fit: {
      purpose: "Count the sizes and lifetimes of a trace",
      load: async () => (await import("./commands/fit.js")).fit,
    },
    generate: {
      purpose: "Write a synthetic workload as a trace",
      load: async () => (await import("./commands/generate.js")).generate,
    },
  },
};

/** By name. */
export const COMMANDS: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(COMMAND_GROUPS));
