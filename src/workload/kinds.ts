/** The kinds of made-up programs: each fills `events` events, a handful more or less, and marks the moments that matter. */
import { Distribution } from "./distribution.js";
import type { Program } from "./program.js";

/** What the kinds are told: numbers by the names of their parameters. */
export type Numbers = Readonly<Record<string, number>>;

/** A number that a kind takes. */
export interface Parameter {
  readonly name: string;
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  /** Whether it may have decimals: nine of them count. */
  readonly isFraction: boolean;
  readonly what: string;
}

export interface WorkloadKind {
  readonly name: string;
  readonly sentence: string;
  readonly parameters: readonly Parameter[];
  /** Of what else it draws. */
  readonly draws: readonly ("sizes" | "lifetimes")[];
  /** `lifetimes`: in requests; `null` where blocks die as the kind has it. */
  run(program: Program, events: number, numbers: Numbers, sizes: Distribution, lifetimes: Distribution | null): void;
}

/** Fractions are billionths, so that a share is an integer compared with an integer. */
export const BILLION = 1e9;

const whole = (name: string, usual: number, least: number, most: number, what: string): Parameter => ({
  name,
  usual,
  least,
  most,
  isFraction: false,
  what,
});

const share = (name: string, usual: number, what: string): Parameter => ({
  name,
  usual,
  least: 0,
  most: 1,
  isFraction: true,
  what,
});

/** Blocks that live for as many requests as was drawn for each. */
function runLifetimes(program: Program, requests: number, sizes: Distribution, lifetimes: Distribution): void {
  const { random } = program;
  const firstDue = new Int32Array(requests + 1).fill(-1); // by the request before which it dies
  const nextDue: number[] = []; // by id: another that dies then
  for (let request = 0; request < requests; request++) {
    for (let id = firstDue[request]; id >= 0; id = nextDue[id]) program.free(id);
    const id = program.malloc(sizes.draw(random));
    const due = Math.min(request + lifetimes.draw(random), requests);
    nextDue[id] = firstDue[due];
    firstDue[due] = id;
  }
}

const churn: WorkloadKind = {
  name: "churn",
  sentence: "a steady number of blocks, a random one replaced at a time; or each lives as long as --lifetimes says",
  parameters: [whole("live", 10_000, 1, 10_000_000, "blocks that are live")],
  draws: ["sizes", "lifetimes"],
  run(program, events, { live }, sizes, lifetimes) {
    if (lifetimes) {
      runLifetimes(program, Math.floor(events / 2), sizes, lifetimes);
      return;
    }
    const ids = Array.from({ length: Math.min(live, events >> 2) }, () => program.malloc(sizes.draw(program.random)));
    program.mark("filled");
    program.replaceAtRandom(ids, sizes, Math.floor((events - 2 * ids.length) / 2));
    program.mark("churned");
    program.freeAtRandom(ids);
  },
};

const ramp: WorkloadKind = {
  name: "ramp",
  sentence: "grows to its peak, then lets go of everything in the order of asking",
  parameters: [],
  draws: ["sizes"],
  run(program, events, _, sizes) {
    const ids = Array.from({ length: events >> 1 }, () => program.malloc(sizes.draw(program.random)));
    program.mark("peak");
    for (const id of ids) program.free(id);
    program.mark("let go");
  },
};

/** A narrower range of sizes around one that was drawn: three quarters of it to all of it. */
function bandAround(program: Program, sizes: Distribution): Distribution {
  const nbytes = Math.max(sizes.draw(program.random), 1);
  return new Distribution([[Math.ceil((nbytes * 3) / 4), nbytes, 1]]);
}

const phases: WorkloadKind = {
  name: "phases",
  sentence: "one piece of work after another, each with sizes of its own; a share of each one's blocks stays for good",
  parameters: [whole("phases", 5, 1, 1000, "pieces of work"), share("keep", 0.01, "share of the blocks that stay")],
  draws: ["sizes"],
  run(program, events, { phases: count, keep }, sizes) {
    const worked = Math.min(count, events >> 1); // a block and its free are the least that a phase has
    for (let phase = 1; phase <= worked; phase++) {
      const band = bandAround(program, sizes);
      const blocks = Math.floor(events / (2 * worked));
      const ids = Array.from({ length: blocks }, () => program.malloc(band.draw(program.random)));
      program.freeAtRandom(ids, Math.floor((blocks * keep) / BILLION));
      program.mark(`phase ${phase}`);
    }
  },
};

const survivors: WorkloadKind = {
  name: "survivors",
  sentence: "many blocks in one go, then all are freed but each with probability p",
  parameters: [share("p", 0.0001, "probability that a block survives")],
  draws: ["sizes"],
  run(program, events, { p }, sizes) {
    const ids = Array.from({ length: events >> 1 }, () => program.malloc(sizes.draw(program.random)));
    program.mark("peak");
    for (const id of ids) if (program.random.below(BILLION) >= p) program.free(id);
    program.mark("let go");
  },
};

const sawTooth: WorkloadKind = {
  name: "saw-tooth",
  sentence: "rises to a peak and falls at random to a rest, again and again, each time with other sizes",
  parameters: [whole("teeth", 10, 1, 10_000, "rises and falls"), share("rest", 0.1, "share of a rise that is left")],
  draws: ["sizes"],
  run(program, events, { teeth, rest }, sizes) {
    const ids: number[] = [];
    const cut = Math.min(teeth, events >> 1); // a block and its free are the least that a tooth has
    const rise = Math.floor(events / (2 * cut));
    for (let tooth = 1; tooth <= cut; tooth++) {
      const band = bandAround(program, sizes);
      for (let i = 0; i < rise; i++) ids.push(program.malloc(band.draw(program.random)));
      program.freeAtRandom(ids, Math.floor((rise * rest) / BILLION));
      program.mark(`tooth ${tooth}`);
    }
  },
};

/** Redis looks at so many entries, and drops the one that came first: its approximation of least recently used. */
const LOOKED_AT = 5;

const cache: WorkloadKind = {
  name: "cache",
  sentence: "values that grow from one size to another, put into a cache of so many bytes that drops old ones",
  parameters: [
    whole("capacity", 4_000_000, 1000, 4_000_000_000, "bytes of values that it holds"),
    whole("from", 240, 1, 1_000_000, "bytes of the first value"),
    whole("to", 492, 1, 1_000_000, "bytes of the last value"),
  ],
  draws: [],
  run(program, events, { capacity, from, to }) {
    const entries: { id: number; stamp: number }[] = [];
    const puts = events >> 1;
    for (let stamp = 0; stamp < puts; stamp++) {
      const nbytes = from + Math.trunc(((to - from) * stamp) / Math.max(puts - 1, 1));
      while (entries.length > 0 && program.liveBytes + nbytes > capacity) {
        let oldest = program.random.below(entries.length);
        for (let look = 1; look < LOOKED_AT; look++) {
          const other = program.random.below(entries.length);
          if (entries[other].stamp < entries[oldest].stamp) oldest = other;
        }
        program.free(entries[oldest].id);
        entries[oldest] = entries[entries.length - 1];
        entries.pop();
      }
      entries.push({ id: program.malloc(nbytes), stamp });
    }
    program.mark("full");
    for (const { id } of entries) program.free(id);
    program.mark("let go");
  },
};

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [churn, ramp, phases, survivors, sawTooth, cache];
