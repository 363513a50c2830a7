/** The numbers of `pymalloc bench`, and their table. */
import { type Measured, median, type Spread, spreadOf, type Workload } from "../strategy/timing.js";
import { plural } from "../text/units.js";

/** An allocator's result for one trace, as --json prints it. */
export interface BenchJson {
  readonly allocator: string;
  /** Nanoseconds an event over the rounds, on the heap that a first run of the trace left; `null` when it could not be run. */
  readonly nsPerEvent: Spread | null;
  /** The same for the first run, on an empty heap. */
  readonly coldNsPerEvent: Spread | null;
  /** The median over the rounds of this allocator's time ÷ the first one's. */
  readonly ratio: number | null;
  /** What it held at most; `null` also where that is not known. */
  readonly footprintBytes: number | null;
  readonly peakLiveBytes: number;
  /** Why it could not be run; `null` when it could. */
  readonly failure: string | null;
}

export function benchJson({ peakLiveBytes }: Workload, measured: readonly Measured[]): BenchJson[] {
  const [first] = measured;
  return measured.map(({ name, rounds, failure }) => {
    if (failure !== null) {
      const none = { nsPerEvent: null, coldNsPerEvent: null, ratio: null, footprintBytes: null };
      return { allocator: name, ...none, peakLiveBytes, failure };
    }
    const ratios = first.failure === null ? rounds.map(({ warm }, i) => warm / first.rounds[i].warm) : [];
    return {
      allocator: name,
      nsPerEvent: spreadOf(rounds.map(({ warm }) => warm)),
      coldNsPerEvent: spreadOf(rounds.map(({ cold }) => cold)),
      ratio: ratios.length > 0 ? median(ratios) : null,
      footprintBytes: rounds[0].footprintBytes,
      peakLiveBytes,
      failure: null,
    };
  });
}

export function renderBench(workload: Workload, results: readonly BenchJson[]): string {
  const width = Math.max(...results.map(({ allocator }) => allocator.length), 9);
  const cell = (value: number, digits = 2): string => ` ${value.toFixed(digits).padStart(9)}`;
  const head = ["ns/event", "min", "max", "cold", "ratio", "held÷live"].map((title) => ` ${title.padStart(9)}`);
  const rows = results.map(
    ({ allocator, nsPerEvent, coldNsPerEvent, ratio, footprintBytes, peakLiveBytes, failure }) => {
      if (!nsPerEvent || !coldNsPerEvent) return `${allocator.padEnd(width)}  ${failure}`;
      const times = [nsPerEvent.median, nsPerEvent.min, nsPerEvent.max, coldNsPerEvent.median];
      const numbers = [...times.map((ns) => cell(ns)), ratio === null ? "".padStart(10) : cell(ratio)];
      const held = footprintBytes === null ? ` ${"n/a".padStart(9)}` : cell(footprintBytes / peakLiveBytes, 3);
      return `${allocator.padEnd(width)}${numbers.join("")}${held}`;
    },
  );
  const title = `${workload.name}: ${plural(workload.words.length / 2, "event")}, with the frees of what it leaves live`;
  return `${[title, "".padEnd(width) + head.join(""), ...rows].join("\n")}\n`;
}
