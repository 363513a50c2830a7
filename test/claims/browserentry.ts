/** The claims in a page: `runClaim(id)` there. */
import type { Inputs } from "../../claims/claim.js";
import { CLAIMS } from "../../claims/claims.js";
import { type ClaimResult, measureClaim } from "../../claims/result.js";
import { readTrace } from "../../src/trace/read.js";

const fetched = async (path: string): Promise<Response> => {
  const response = await fetch(`/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
};

const inputs: Inputs = {
  trace: async (path) =>
    (await readTrace(new Uint8Array(await (await fetched(path)).arrayBuffer()), { name: path })).trace,
  text: async (path) => (await fetched(path)).text(),
  witnesses: () => Promise.reject(new Error("a page has no interpreters")),
};

async function runClaim(id: string): Promise<ClaimResult> {
  const claim = CLAIMS.find((other) => other.id === id);
  if (claim === undefined) throw new Error(`no claim ${id}`);
  return measureClaim(claim, "small", inputs);
}

Object.assign(globalThis, { runClaim });
