/** The traces that the lab is measured with. */
import { DOMAIN_OBJ, OP_FREE, OP_MALLOC, packEvent } from "../src/trace/event.js";
import type { Trace } from "../src/trace/trace.js";

/** Numbers below n, the same each time. */
export function numbers(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return Math.floor(((x >>> 0) / 2 ** 32) * n);
  };
}

const traceOf = (words: Uint32Array, idCount: number): Trace => ({
  words,
  callocs: new Uint32Array(0),
  marks: [],
  bases: new Uint32Array(0),
  idCount,
  opCount: words.length / 2,
  peakLiveBytes: 0, // the file has no such number: the reader counts
  recordedBy: null,
});

/** Fills up to `liveBytes`, then frees and allocates at random; one request in fifty is large. */
export function churn(liveBytes: number, events: number): Trace {
  const below = numbers(7);
  const words = new Uint32Array(2 * events);
  const live: number[] = [];
  const unused: number[] = [];
  const sizes: number[] = [];
  let bytes = 0;
  let idCount = 0;
  for (let event = 0; event < events; event++) {
    const allocates = live.length === 0 || (bytes < liveBytes ? below(20) !== 0 : below(2) === 0);
    if (allocates) {
      const id = unused.pop() ?? idCount++;
      sizes[id] = below(50) === 0 ? 512 + below(4000) : 16 + below(400);
      words.set([packEvent(OP_MALLOC, DOMAIN_OBJ, id), sizes[id]], 2 * event);
      bytes += sizes[id];
      live.push(id);
    } else {
      const index = below(live.length);
      const id = live[index];
      live[index] = live[live.length - 1];
      live.pop();
      unused.push(id);
      bytes -= sizes[id];
      words.set([packEvent(OP_FREE, DOMAIN_OBJ, id), 0], 2 * event);
    }
  }
  return traceOf(words, idCount);
}

/** 4,000 arenas of 64 pools, each full, then each with a block or two. */
export function manyArenas(): Trace {
  const blocks = 4000 * 64 * 7;
  const words = new Uint32Array(4 * blocks);
  for (let id = 0; id < blocks; id++) words.set([packEvent(OP_MALLOC, DOMAIN_OBJ, id), 512], 2 * id);
  let end = 2 * blocks;
  for (let id = 0; id < blocks; id++) {
    if (id % 6 === 0) continue;
    words.set([packEvent(OP_FREE, DOMAIN_OBJ, id), 0], end);
    end += 2;
  }
  return traceOf(words.slice(0, end), blocks);
}
