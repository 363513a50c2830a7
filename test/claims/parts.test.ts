/** What claims are made of: checks, verdicts, ranges of versions, the closed form, and a changed verdict. */
import { describe, expect, it } from "vitest";
import { atLeast, atMost, type Claim, exactly, holds, near, verdictOf } from "../../claims/claim.js";
import { grouped, ranges, VERSIONS } from "../../claims/probes.js";
import { expectedText, measuredText, resultOf, surprise } from "../../claims/result.js";
import { closedForm } from "../../claims/survivors.js";
import { profile } from "../../src/geometry/profiles.js";
import { lineChart } from "../../src/plots/charts.js";

describe("a check", () => {
  it("holds within its bounds, and at them", () => {
    expect([5, 6, 7].map((n) => holds(exactly("", 6, n)))).toEqual([false, true, false]);
    expect([3, 4, 8, 9].map((n) => holds(near("", 6, 2, n)))).toEqual([false, true, true, false]);
    expect([5, 6].map((n) => holds(atLeast("", 6, n)))).toEqual([false, true]);
    expect([6, 7].map((n) => holds(atMost("", 6, n)))).toEqual([true, false]);
    expect(holds(near("", 2, 1, Number.NaN))).toBe(false);
  });

  it("makes a claim fail alone", () => {
    expect(verdictOf([exactly("", 1, 1), exactly("", 2, 2)])).toBe("reproduced");
    expect(verdictOf([exactly("", 1, 1), exactly("", 2, 3)])).toBe("not reproduced");
  });
});

describe("a result", () => {
  const claim: Claim = {
    id: "example",
    sentence: "",
    source: "",
    certainty: "read",
    saidOf: "",
    run: "",
    verdict: "reproduced",
    holdsFor: "3.9",
    measure: () => {
      throw new Error("not run");
    },
  };
  const axis = { name: "" };
  const picture = lineChart({ title: "", x: axis, y: axis, lines: [] });
  const result = (measured: number, holdsFor = "3.9") =>
    resultOf(claim, { checks: [near("n", 10_000, 2.5, measured, "%")], holdsFor, findings: [], picture });

  it("is a surprise where verdict or versions are not as expected", () => {
    expect(surprise(claim, result(10_001))).toBeNull();
    expect(surprise(claim, result(10_003))).toBe("not reproduced, expected reproduced");
    expect(surprise(claim, result(10_001, "3.8"))).toBe("holds for 3.8, expected 3.9");
  });

  it("reads as numbers with units", () => {
    const [check] = result(10_001.234).checks;
    expect(expectedText(check)).toBe("10,000 ± 2.5 %");
    expect(measuredText(check)).toBe("10,000 %");
    const texts = [atMost("", 3, 1), atLeast("", 3, 1, "MB"), exactly("", 1234, 1)];
    expect(resultOf(claim, { checks: texts, findings: [], picture }).checks.map(expectedText)).toEqual([
      "at most 3",
      "at least 3 MB",
      "1,234",
    ]);
  });
});

describe("versions", () => {
  it("are all 64-bit ones, as ranges of releases", () => {
    for (const version of VERSIONS) expect(profile(version).pointerBits).toBe(64);
    expect(ranges(VERSIONS)).toBe("2.3–2.7, 3.0–3.15");
    expect(ranges([])).toBe("none");
    expect(ranges(["2.3", "2.4", "3.9"])).toBe("2.3–2.4, 3.9");
    expect(ranges(["2.7.16", "3.7"])).toBe("2.7.7–2.7.16, 3.7.4–3.7");
  });

  it("are grouped by what is said of them", () => {
    const groups = grouped((version) => profile(version).geometry.poolSize);
    expect(groups.map(({ value, versions }) => [value, ranges(versions)])).toEqual([
      [4096, "2.3–2.7, 3.0–3.9"],
      [16384, "3.10–3.15"],
    ]);
  });
});

describe("the closed form", () => {
  it("is 1 − (1 − p)^B", () => {
    for (const p of [0, 1e-5, 0.001, 0.25, 1])
      for (const blocks of [1, 2, 7, 63, 4032, 16065])
        expect(closedForm(p, blocks)).toBeCloseTo(1 - (1 - p) ** blocks, 10);
  });
});
