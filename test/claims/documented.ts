/** The numbers that docs/claims.md shows. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Claim } from "../../claims/claim.js";
import type { ClaimResult } from "../../claims/result.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const documented = JSON.parse(readFileSync(`${ROOT}/docs/claims/claims.json`, "utf8")) as ClaimResult[];

/** Throws an `Error` where the documentation does not have the claim. */
export function documentedResult({ id }: Claim): ClaimResult {
  const found = documented.find((result) => result.id === id);
  if (found === undefined) throw new Error(`docs/claims/claims.json has no ${id}`);
  return found;
}

/** Whether the claim's numbers are the same at each size. */
export const hasOneSize = ({ run }: Claim): boolean => !run.includes("(small:");
