/** Sentences from everyday articles on the allocator: of which versions they are true. */
import { type ChartOptions, heatMap } from "../src/plots/charts.js";
import { Replay } from "../src/replay/replay.js";
import { markNames, markPositions } from "../src/report/replayreport.js";
import { ORDERS } from "./arenacourse.js";
import { atMost, type Check, type Claim, exactly, holds, type Measurement } from "./claim.js";
import {
  arenaBytes,
  grouped,
  largestSmallRequest,
  poolBytes,
  poolsOfArena,
  ranges,
  releasedAfterAll,
  VERSIONS,
} from "./probes.js";

const ARTICLES = "everyday articles; ";
const ALL = "every version, or none named";

interface Question {
  readonly of: string;
  readonly unit: string;
  /** What the sentence says: this number, or this at most. */
  readonly said: number;
  readonly isMost?: boolean;
  readonly measure: (version: string) => number;
}

/** Asks every version each question: the sentence holds for those that answer all of them as it says. */
function askAll(title: string, questions: readonly Question[]): Measurement {
  const answers = questions.map(({ measure }) => VERSIONS.map(measure));
  const check = ({ of, unit, said, isMost }: Question, who: string, measured: number): Check =>
    (isMost ? atMost : exactly)(`${who}: ${of}`, said, measured, unit);
  const isTrueOf = (v: number): boolean => questions.every((question, i) => holds(check(question, "", answers[i][v])));
  return {
    checks: questions.flatMap((question, i) =>
      grouped((version) => answers[i][VERSIONS.indexOf(version)]).map(({ value, versions }) =>
        check(question, ranges(versions), value),
      ),
    ),
    holdsFor: ranges(VERSIONS.filter((_, v) => isTrueOf(v))),
    findings: [],
    picture: versionsChart(
      title,
      questions.map(({ of, unit }) => (unit ? `${of}, ${unit}` : of)),
      answers,
    ),
  };
}

/** A column for neighbouring versions that answer alike. */
function versionsChart(title: string, rows: readonly string[], answers: readonly (readonly number[])[]): ChartOptions {
  const columns: { versions: string[]; answers: number[] }[] = [];
  for (const [v, version] of VERSIONS.entries()) {
    const own = answers.map((row) => row[v]);
    const last = columns.at(-1);
    if (last && String(last.answers) === String(own)) last.versions.push(version);
    else columns.push({ versions: [version], answers: own });
  }
  return heatMap({
    title,
    x: { name: "version", values: columns.map(({ versions }) => ranges(versions)) },
    y: { name: "", values: rows },
    value: { name: rows[0] },
    cells: rows.map((_, i) => columns.map(({ answers }) => answers[i])),
  });
}

export const poolNeverBack: Claim = {
  id: "pools-never-given-back",
  sentence: "The memory of pools is never given back to the system.",
  source: `${ARTICLES}obmalloc.c of 2.3 and 2.4`,
  certainty: "read",
  saidOf: ALL,
  run: "six arenas of 64-byte blocks, all freed: how many arenas go back, on each 64-bit version",
  verdict: "not reproduced",
  holdsFor: "2.3–2.4",
  measure: () =>
    askAll("Arenas given back when all blocks are freed", [
      { of: "arenas given back", unit: "%", said: 0, measure: (version) => releasedAfterAll(version, 6) },
    ]),
};

export const small256: Claim = {
  id: "small-is-256",
  sentence: "Small means at most 256 bytes.",
  source: `${ARTICLES}obmalloc.c to 3.2`,
  certainty: "read",
  saidOf: ALL,
  run: "requests of 1, 2, 3 … bytes until one is not served from a pool, on each 64-bit version",
  verdict: "not reproduced",
  holdsFor: "2.3–2.7.6, 3.0–3.2",
  measure: () =>
    askAll("The largest request that pools serve", [
      { of: "largest small request", unit: "bytes", said: 256, measure: largestSmallRequest },
    ]),
};

export const arena256: Claim = {
  id: "arena-is-256-kib",
  sentence: "Every arena is 256 KiB and has 64 pools.",
  source: `${ARTICLES}obmalloc.c to 3.9`,
  certainty: "read",
  saidOf: ALL,
  run:
    "what is mapped for the first block, and the pools taken before the next arena, on each 64-bit version; arenas start where those of the real " +
    "build do: from malloc (2.3–2.7.6, 3.0–3.2) 16 bytes past a page, which costs one pool. From 3.10 on mmap aligns at a page, which is less than a pool, " +
    "so that real arenas have 64 or 63",
  verdict: "not reproduced",
  holdsFor: "2.7.7–2.7, 3.3–3.9",
  measure: () =>
    askAll("An arena and its pools", [
      { of: "an arena", unit: "KiB", said: 256, measure: (version) => arenaBytes(version) / 1024 },
      { of: "pools of an arena", unit: "", said: 64, measure: poolsOfArena },
    ]),
};

export const poolIsPage: Claim = {
  id: "pool-is-a-page",
  sentence: "A pool is as large as the system's page.",
  source: `${ARTICLES}obmalloc.c to 3.9: SYSTEM_PAGE_SIZE, which is 4 KiB whatever the system has`,
  certainty: "read",
  saidOf: ALL,
  run: "the distance of the first blocks of two size classes, which lie in neighbouring pools, on each 64-bit version; a page is 4 KiB, as on x86-64",
  verdict: "not reproduced",
  holdsFor: "2.3–2.7, 3.0–3.9",
  measure: () =>
    askAll("The size of a pool", [
      { of: "a pool", unit: "KiB", said: 4, measure: (version) => poolBytes(version) / 1024 },
    ]),
};

/** Marks of claims/programs/orders.py, after "before". */
const MARKS = ["loaded", "del but 16", "gc.collect() but 16", "del", "gc.collect()"] as const;

export const collectAfterDel: Claim = {
  id: "collect-after-del",
  sentence: "gc.collect() after del gives the memory back at once.",
  source: ARTICLES + "answers to why a process stays big",
  certainty: "general knowledge",
  saidOf: ALL,
  run:
    `${ORDERS}: 16,000 orders are loaded from JSON; del of all but 16 and gc.collect(), then del of those and gc.collect(). Of the arenas that ` +
    "loading added, how many have gone, by version: the same requests, those of 3.12, on the allocator of each",
  verdict: "not reproduced",
  holdsFor: "none",
  async measure(_, inputs) {
    const trace = await inputs.trace(ORDERS);
    const names = markNames(trace);
    const left = VERSIONS.map((version) => {
      const replay = Replay.createSync(trace, { profile: version });
      const arenas = markPositions(trace).map((position) => {
        replay.runTo(position);
        return replay.heap.stats().pymalloc.arenas.live;
      });
      const before = arenas[names.indexOf("before")];
      return MARKS.map((name) => arenas[names.indexOf(name)] - before);
    });
    const at = (mark: (typeof MARKS)[number]) => (version: string) =>
      left[VERSIONS.indexOf(version)][MARKS.indexOf(mark)];
    const measurement = askAll("Arenas left after del and gc.collect()", [
      { of: "arenas left when 16 orders stay", unit: "", said: 1, isMost: true, measure: at("gc.collect() but 16") },
      { of: "arenas left when none stays", unit: "", said: 1, isMost: true, measure: at("gc.collect()") },
    ]);
    const course = (version: string): string =>
      `${version}: ${MARKS.map((mark) => `${at(mark)(version)} at "${mark}"`).join(", ")}`;
    return {
      ...measurement,
      findings: [
        `Arenas beyond those before loading. ${["2.4", "3.8", "3.9", "3.12"].map(course).join("; ")}.`,
        `When no order stays, the sentence holds for ${ranges(VERSIONS.filter((version) => at("gc.collect()")(version) <= 1))}. There are no cycles in the ` +
          "orders, so that del frees all of them; what gc.collect() frees beside, free lists of types among it, is a few kilobytes that pin arenas.",
      ],
    };
  },
};

const THRESHOLDS = [700, 10, 10];

export const gcThresholds: Claim = {
  id: "gc-thresholds",
  sentence: "The collector's thresholds are 700, 10, 10.",
  source: `${ARTICLES}the source of 2.3 to 3.12`,
  certainty: "read",
  saidOf: ALL,
  run: "gc.get_threshold() in every CPython that is found under pyenv, and in Pyodide",
  verdict: "not reproduced",
  isLocal: true,
  async measure(_, inputs) {
    const witnesses = await inputs.witnesses();
    const answers = [...new Set(witnesses.map(({ thresholds }) => String(thresholds)))];
    const said = witnesses.filter(({ thresholds }) => String(thresholds) === String(THRESHOLDS));
    return {
      checks: answers.flatMap((answer) => {
        const those = witnesses.filter(({ thresholds }) => String(thresholds) === answer);
        const who = those.map(({ version, place }) => (place === "" ? version : `${version} (${place})`)).join(", ");
        return THRESHOLDS.map((expected, i) => exactly(`${who}: threshold ${i}`, expected, those[0].thresholds[i]));
      }),
      holdsFor: said.length === 0 ? "none" : said.map(({ version }) => version).join(", "),
      findings: [`${witnesses.length} interpreters were found and asked; for others this says nothing.`],
      picture: heatMap({
        title: "gc.get_threshold()",
        x: { name: "interpreter", values: witnesses.map(({ version }) => version) },
        y: { name: "threshold", values: ["0", "1", "2"] },
        value: { name: "objects" },
        cells: THRESHOLDS.map((_, i) => witnesses.map(({ thresholds }) => thresholds[i] ?? null)),
      }),
    };
  },
};
