/** What a claim came to, as docs/claims/claims.json has it, and as people read it. */
import {
  type Check,
  type Claim,
  holds,
  type Inputs,
  type Measurement,
  type Size,
  type Verdict,
  verdictOf,
} from "./claim.js";

/** A check; `null` stands for no bound. */
export interface CheckResult extends Omit<Check, "least" | "most"> {
  readonly least: number | null;
  readonly most: number | null;
  readonly holds: boolean;
}

export interface ClaimResult {
  readonly id: string;
  readonly verdict: Verdict;
  readonly holdsFor: string | null;
  readonly checks: readonly CheckResult[];
  readonly findings: readonly string[];
}

const bound = (n: number): number | null => (Number.isFinite(n) ? n : null);

export function resultOf({ id }: Claim, { checks, holdsFor, findings }: Measurement): ClaimResult {
  return {
    id,
    verdict: verdictOf(checks),
    holdsFor: holdsFor ?? null,
    checks: checks.map((check) => ({
      ...check,
      least: bound(check.least),
      most: bound(check.most),
      holds: holds(check),
    })),
    findings,
  };
}

export const measureClaim = async (claim: Claim, size: Size, inputs: Inputs): Promise<ClaimResult> =>
  resultOf(claim, await claim.measure(size, inputs));

/** What is not as the claim's file has it; `null` where all is. */
export function surprise({ verdict, holdsFor }: Claim, result: ClaimResult): string | null {
  if (result.verdict !== verdict) return `${result.verdict}, expected ${verdict}`;
  if (holdsFor !== undefined && result.holdsFor !== holdsFor)
    return `holds for ${result.holdsFor}, expected ${holdsFor}`;
  return null;
}

/** Four digits, and commas between thousands. */
function numberText(n: number): string {
  const rounded = Number.isInteger(n) ? n : Number(n.toPrecision(4));
  return rounded.toLocaleString("en", { maximumFractionDigits: 6 });
}

const withUnit = (text: string, unit: string): string => (unit === "" ? text : `${text} ${unit}`);

export const measuredText = ({ measured, unit }: CheckResult): string => withUnit(numberText(measured), unit);

export function expectedText({ least, most, unit }: CheckResult): string {
  if (least === null) return withUnit(`at most ${numberText(most as number)}`, unit);
  if (most === null) return withUnit(`at least ${numberText(least)}`, unit);
  if (least === most) return withUnit(numberText(least), unit);
  return withUnit(`${numberText((least + most) / 2)} ± ${numberText((most - least) / 2)}`, unit);
}
