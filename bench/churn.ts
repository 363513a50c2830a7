/** Uniform churn: 10,000 live blocks of 1 to 512 bytes, one random block replaced at a time. The trace of the bench. */
import { Script } from "../test/model/script.js";

const LIVE_BLOCKS = 10_000;
const REPLACEMENTS = 1_000_000;

/** As `.rep` text: the same bytes every time. */
export function churnTrace(): Uint8Array {
  const script = new Script(12345);
  const live = Array.from({ length: LIVE_BLOCKS }, () => script.malloc(script.between(1, 512)));
  for (let i = 0; i < REPLACEMENTS; i++) {
    script.free(script.take(live));
    live.push(script.malloc(script.between(1, 512)));
  }
  for (const block of live) script.free(block);
  return script.bytes();
}
