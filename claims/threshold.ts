/** The threshold went from 256 to 512 bytes. */

import { heatMap } from "../src/plots/charts.js";
import { DOMAIN_RAW, domainOf, OP_FREE, OP_MARK, opOf } from "../src/trace/event.js";
import type { Trace } from "../src/trace/trace.js";
import { arenaCourse, CSV_3_8, CSV_3_11, ORDERS, percentMore } from "./arenacourse.js";
import { atLeast, type Claim, exactly } from "./claim.js";
import { largestSmallRequest } from "./probes.js";

const THRESHOLDS = [256, 512];

/** The share of requests of at most `threshold` bytes, RAW ones apart, in percent. */
function shareOfSmall({ words }: Trace, threshold: number): number {
  let [all, small] = [0, 0];
  for (let i = 0; i < words.length; i += 2) {
    const op = opOf(words[i]);
    if (op === OP_FREE || op === OP_MARK || domainOf(words[i]) === DOMAIN_RAW) continue;
    all++;
    if (words[i + 1] > 0 && words[i + 1] <= threshold) small++;
  }
  return (100 * small) / all;
}

export const threshold: Claim = {
  id: "threshold-512",
  sentence: "From 3.3 on, and 2.7.7, requests of 257 to 512 bytes are served from pools, too.",
  source: "obmalloc.c of the tags: SMALL_REQUEST_THRESHOLD",
  certainty: "read",
  saidOf: "3.3 and 2.7.7 on",
  run: `requests of 1, 2, 3 … bytes until one is not served from a pool; and the three traces on arenas of 256 KiB by 16 bytes, with each threshold`,
  verdict: "reproduced",
  async measure(_, inputs) {
    const found = [];
    for (const path of [ORDERS, CSV_3_8, CSV_3_11]) {
      const trace = await inputs.trace(path);
      found.push({
        path,
        shares: THRESHOLDS.map((bytes) => shareOfSmall(trace, bytes)),
        peaks: THRESHOLDS.map((bytes) => arenaCourse(trace, { threshold: bytes }).arenaPeakBytes),
      });
    }
    return {
      checks: [
        ...(["3.2", "2.7.6", "3.3", "2.7.7"] as const).map((version, i) =>
          exactly(
            `${version}: largest request served from pools`,
            i < 2 ? 256 : 512,
            largestSmallRequest(version),
            "bytes",
          ),
        ),
        ...found.map(({ path, shares }) =>
          atLeast(`${path}: more requests served from pools`, 0.1, shares[1] - shares[0], "percentage points"),
        ),
      ],
      findings: found.map(
        ({ path, shares, peaks }) =>
          `${path}: ${shares[0].toFixed(1)} % and ${shares[1].toFixed(1)} % of the requests; arenas at the peak ${(peaks[0] / 1e6).toFixed(2)} and ` +
          `${(peaks[1] / 1e6).toFixed(2)} MB, ${percentMore(peaks[1], peaks[0]).toFixed(1)} % more. What no longer goes to the C library has to be taken off that.`,
      ),
      picture: heatMap({
        title: "Requests served from pools",
        subtitle: "by threshold",
        x: { name: "threshold, bytes", values: THRESHOLDS.map(String) },
        y: { name: "trace", values: found.map(({ path }) => path.replace(/.*\//, "").replace(/\..?(py|re).*/, "")) },
        value: { name: "requests", unit: "%" },
        cells: found.map(({ shares }) => shares),
      }),
    };
  },
};
