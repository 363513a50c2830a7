/** A trace of random requests of every kind and size, from a seed. */
import { type Trace, TraceBuilder } from "../../src/index.js";

export function randomTrace(seed: number, events: number): Trace {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const size = (): number => (below(20) === 0 ? below(300_000) : below(600));
  const builder = new TraceBuilder();
  const live: number[] = [];
  let next = 0;
  for (let event = 0; event < events; event++) {
    const isFilling = Math.floor(event / 1500) % 2 === 0;
    const what = below(100);
    if (live.length === 0 || what < (isFilling ? 65 : 25)) {
      if (what % 5 === 0) builder.calloc(0, next, 1 + below(8), below(80));
      else builder.malloc(what % 7 === 0 ? 1 : 0, next, size());
      live.push(next++);
      continue;
    }
    const at = below(live.length);
    const id = live[at];
    const domain = builder.realloc(0, id, size()) === null ? 0 : 1;
    if (what % 3 === 0) continue;
    builder.free(domain, id);
    live[at] = live[live.length - 1];
    live.pop();
  }
  return builder.finish();
}
