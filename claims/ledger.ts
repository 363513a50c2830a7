/** The identity that CPython itself asserts: every byte of the arenas is in one line of the printout. */
import { formatDebugMallocStats } from "../src/inspect/debugmallocstats.js";
import type { Ledger } from "../src/inspect/stats.js";
import { heatMap } from "../src/plots/charts.js";
import { Replay } from "../src/replay/replay.js";
import { markPositions } from "../src/report/replayreport.js";
import { makeWorkload, parseWorkload } from "../src/workload/workload.js";
import { CSV_3_8, CSV_3_8_STATS, CSV_3_11, CSV_3_11_STATS } from "./arenacourse.js";
import { type Claim, exactly } from "./claim.js";

const PROFILES = ["2.4", "2.7", "3.8", "3.9", "3.12", "wasm32"];
const HEADERS = [0, 8, 16, 32, 48, 64, 128];

/** Events after which the sum of the six lines is not arenas × arena size. */
function broken(profile: string, events: number): number {
  const trace = makeWorkload(parseWorkload(`saw-tooth:teeth=5,events=${events},seed=1`));
  const replay = Replay.createSync(trace, { profile, baseOffsets: "profile" });
  let count = 0;
  for (let position = 1; position <= replay.length; position++) {
    replay.runTo(position);
    const { ledger: l, arenas, arenaSize } = replay.heap.stats().pymalloc;
    const sum = l.allocated + l.available + l.unusedPools + l.headers + l.quantization + l.arenaAlignment;
    if (sum !== arenas.live * arenaSize) count++;
  }
  return count;
}

export const ledger: Claim = {
  id: "ledger-identity",
  sentence:
    "Arenas × arena size = allocated + available + unused pools + headers + quantization + arena alignment; only a header of 48 bytes explains the rows.",
  source: "obmalloc.c, pymalloc_print_stats, read; the header: tamnd/cpython-internals 26, an excerpt",
  certainty: "read",
  saidOf: "every version; the header: 64 bits",
  run:
    "a saw-tooth of 50,000 events, seed 1, on six profiles, summed after every event (small: 5,000); and two recorded programs, whose printouts at " +
    "each mark are compared with those of their processes, byte for byte",
  verdict: "reproduced",
  async measure(size, inputs) {
    const events = size === "full" ? 50_000 : 5000;
    const checks = PROFILES.map((profile) =>
      exactly(`${profile}: events after which the sum is another`, 0, broken(profile, events)),
    );
    const lines: { name: string; ledger: Ledger }[] = [];
    for (const [path, stated, version] of [
      [CSV_3_8, CSV_3_8_STATS, "3.8"],
      [CSV_3_11, CSV_3_11_STATS, "3.11"],
    ]) {
      const printed = await inputs.text(stated);
      const replay = Replay.createSync(await inputs.trace(path), { profile: version });
      const stats = markPositions(replay.trace).map((position) => {
        replay.runTo(position);
        return replay.heap.stats().pymalloc;
      });
      const text = stats.map(formatDebugMallocStats).join("");
      checks.push(
        exactly(
          `${version}: printouts equal to those of the process, of ${stats.length}`,
          stats.length,
          text === printed ? stats.length : 0,
        ),
      );
      const last = stats[stats.length - 1];
      const explains = HEADERS.filter((header) =>
        last.classes.every(
          ({ blockSize, pools, blocks, available }) =>
            blocks + available === pools * Math.floor((last.poolSize - header) / blockSize),
        ),
      );
      checks.push(
        exactly(
          `${version}: the one header that explains the rows`,
          48,
          explains.length === 1 ? explains[0] : 0,
          "bytes",
        ),
      );
      lines.push({ name: version, ledger: last.ledger });
    }
    const parts = ["allocated", "available", "unusedPools", "headers", "quantization", "arenaAlignment"] as const;
    return {
      checks,
      findings: [],
      picture: heatMap({
        title: "Where the bytes of the arenas are",
        subtitle: "recorded programs at their last mark",
        x: {
          name: "line of the printout",
          values: ["allocated", "available", "unused pools", "headers", "quantization", "alignment"],
        },
        y: { name: "recorded on", values: lines.map(({ name }) => name) },
        value: { name: "share of the arenas", unit: "%" },
        cells: lines.map(({ ledger }) => parts.map((part) => (100 * ledger[part]) / ledger.total)),
      }),
    };
  },
};
