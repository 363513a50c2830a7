/** docs/metrics.md says what the code does, and its examples are what its command prints. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compare, type MetricResult, type MetricText, type StrategyReport } from "../../src/compare/comparison.js";
import { letGo, momentOf, valueText } from "../../src/compare/rendercomparison.js";
import { strategy } from "../../src/strategy/strategies.js";
import { withCommas } from "../../src/text/units.js";
import { readTraceFile } from "../../src/trace/file.js";

const page = readFileSync("docs/metrics.md", "utf8");

/** The section of a metric, its lines joined. */
const section = (name: string): string =>
  (page.split(/^#+ /m).find((text) => text.startsWith(`${name}\n`)) ?? "").replace(/\s+/g, " ");

function example(metric: MetricText, result: MetricResult): string {
  const [a, b] = (result.bytes ?? []).map((bytes) => withCommas(Math.round(bytes)));
  return `${valueText(metric, result)} (a ${a}, b ${b})`;
}

describe("docs/metrics.md", () => {
  it("has every metric with its formula, unit, byte counts, source, and the figures of its example", async () => {
    const [, path] = /pymalloc compare (\S+) --strategies pymalloc:3.12\n/.exec(page) ?? [];
    const { trace } = await readTraceFile(path);
    const comparison = compare(path, trace, [strategy("pymalloc:3.12")]);
    const [report] = comparison.strategies as [StrategyReport];
    const check = (metric: MetricText, examples: string): void => {
      const { id, name, formula, unit, source, counts, notApplicable } = metric;
      const text = section(name);
      for (const part of [
        formula,
        `\`${id}\`, unit: ${unit}.`,
        `a: ${counts[0]}; b: ${counts[1]}.`,
        source,
        notApplicable,
        examples,
      ])
        expect(text, name).toContain(part);
    };
    for (const metric of comparison.runMetrics) check(metric, example(metric, report.metrics[metric.id]));
    const moments = [momentOf(report, "most live"), letGo(report)];
    for (const metric of comparison.momentMetrics) {
      const [live, mark] = moments.map(({ metrics }) => example(metric, metrics[metric.id]));
      check(metric, `most live ${live}; mark 4 ${mark}`);
    }
  });
});
