/** The bounds: small cases by hand, random traces against the same policy written without any cleverness, and every strategy above them. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../../src/compare/comparison.js";
import { type Profile, profile } from "../../../src/geometry/profiles.js";
import { greedyBound } from "../../../src/metrics/bounds/greedy.js";
import { lowerBound } from "../../../src/metrics/bounds/lower.js";
import { STRATEGIES, strategy } from "../../../src/strategy/strategies.js";
import { OS_MODELS } from "../../../src/strategy/strategyheap.js";
import { domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../../src/trace/event.js";
import { RepReader } from "../../../src/trace/formats/rep.js";
import type { Trace } from "../../../src/trace/trace.js";
import { randomTrace } from "../../replay/random-trace.js";

function rep(text: string): Trace {
  const reader = new RepReader("by hand");
  reader.push(new TextEncoder().encode(text));
  return reader.finish();
}
const everywhere = (trace: Trace): number[] => Array.from({ length: trace.words.length / 2 }, (_, i) => i + 1);

describe("the lower bound", () => {
  const arenas = { arenaBytes: 262_144, threshold: 512 };

  it("rounds small bytes up to arenas, others to pages", () => {
    const trace = rep("a 0 100\na 1 513\nA 2 100\na 3 0\nf 0\nf 1\nF 2\n");
    const bounds = lowerBound(trace, { pageBytes: 4096, arenas }, everywhere(trace));
    expect([...bounds]).toEqual([262_144, 266_240, 266_240, 266_240, 4096, 4096, 0]);
    expect([...lowerBound(trace, { pageBytes: 4096, arenas: null }, [2, 3, 7])]).toEqual([4096, 4096, 0]);
    expect([...lowerBound(trace, { pageBytes: 1, arenas: null }, [0, 2, 3, 7])]).toEqual([0, 613, 713, 0]);
  });

  it("keeps a large block that is made small where it is, and moves a small one that is made large", () => {
    const trace = rep("a 0 1000\nr 0 100\nr 0 50\na 1 100\nr 1 1000\n");
    const bounds = lowerBound(trace, { pageBytes: 4096, arenas }, everywhere(trace));
    expect([...bounds]).toEqual([4096, 4096, 4096, 266_240, 4096]);
  });
});

const SMALL = { arenaSize: 8192, poolSize: 1024, alignment: 16, threshold: 512, poolOverhead: 48 };

describe("the greedy bound", () => {
  it("fills pools in order of death", () => {
    // Two blocks of 480 fill a pool, 16 an arena. Every other one is never freed: with foresight those lie among themselves.
    const blocks = Array.from({ length: 32 }, (_, id) => `a ${id} 480`);
    const frees = Array.from({ length: 16 }, (_, i) => `f ${2 * i}`);
    const trace = rep([...blocks, ...frees].join("\n"));
    expect([...greedyBound(trace, SMALL, 4096, [31, 32, 47, 48])]).toEqual([16_384, 16_384, 16_384, 8192]);
  });

  it("counts what is larger than the threshold by its bytes, rounded up to pages in all", () => {
    const trace = rep("a 0 1000\na 1 1000\nr 0 4000\na 2 16\nr 1 16\nA 3 8\nf 0\nf 1\nf 2\nF 3\n");
    expect([...greedyBound(trace, SMALL, 4096, everywhere(trace))]).toEqual([
      4096, 4096, 8192, 16_384, 12_288, 12_288, 12_288, 12_288, 4096, 0,
    ]);
  });

  interface Pool {
    szidx: number;
    blocks: Map<number, number>;
    arena: Pool[];
  }
  const deathOf = (pool: Pool): number => Math.max(...pool.blocks.values());
  const arenaDeath = (arena: readonly Pool[]): number => Math.max(...arena.map(deathOf));

  /** Of those with room: the one that dies next at or after `death`, else the one that dies last before; all of them where several do. */
  function choose<T>(all: readonly T[], dies: (one: T) => number, death: number, now: number, factor: number): T[] {
    const after = Math.min(...all.map(dies).filter((d) => d >= death));
    if (after < Number.POSITIVE_INFINITY && after - now <= factor * (death - now))
      return all.filter((one) => dies(one) === after);
    const before = Math.max(...all.map(dies).filter((d) => d < death));
    return death - now <= factor * (before - now) ? all.filter((one) => dies(one) === before) : [];
  }

  /** The same policy over plain lists. Where the choice is open between equals it takes one; so both are compared where none is. */
  function plainly(trace: Trace, factor: number): { held: number[]; hasTies: boolean } {
    const { words } = trace;
    const count = words.length / 2;
    const classAt = (i: number): number => {
      const nbytes = words[2 * i + 1];
      return nbytes > 0 && nbytes <= 512 && domainOf(words[2 * i]) !== 2 ? Math.ceil(nbytes / 16) - 1 : -1;
    };
    const endOf = (from: number): number => {
      for (let i = from + 1; i < count; i++) {
        const op = opOf(words[2 * i]);
        if (op === OP_MARK || idOf(words[2 * i]) !== idOf(words[2 * from])) continue;
        if (op === OP_FREE || classAt(i) !== classAt(from)) return i;
      }
      return 2 * count;
    };
    let arenas: Pool[][] = [];
    let hasTies = false;
    const where = new Map<number, Pool>();
    const large = new Map<number, number>();
    const pick = <T>(all: readonly T[], dies: (one: T) => number, death: number, now: number): T | null => {
      const chosen = choose(all, dies, death, now, factor);
      if (chosen.length > 1) hasTies = true;
      return chosen[0] ?? null;
    };
    const place = (id: number, szidx: number, death: number, now: number): void => {
      const capacity = Math.floor(976 / ((szidx + 1) * 16));
      const open = arenas.flat().filter((pool) => pool.szidx === szidx && pool.blocks.size < capacity);
      let pool = pick(open, deathOf, death, now);
      if (pool === null) {
        const roomy = arenas.filter((arena) => arena.length < 8);
        let arena = pick(roomy, arenaDeath, death, now);
        if (arena === null) arenas.push((arena = []));
        pool = { szidx, blocks: new Map(), arena };
        arena.push(pool);
      }
      pool.blocks.set(id, death);
      where.set(id, pool);
    };
    const remove = (id: number): void => {
      const pool = where.get(id);
      if (!pool) return;
      where.delete(id);
      pool.blocks.delete(id);
      if (pool.blocks.size === 0) pool.arena.splice(pool.arena.indexOf(pool), 1);
      arenas = arenas.filter((arena) => arena.length > 0);
    };
    const held = everywhere(trace).map((position) => {
      const i = position - 1;
      const op = opOf(words[2 * i]);
      const id = idOf(words[2 * i]);
      if (op !== OP_MARK) {
        const szidx = op === OP_FREE ? -1 : classAt(i);
        large.delete(id);
        if (op !== OP_FREE && szidx === -1) large.set(id, words[2 * i + 1]);
        const stays = op === OP_REALLOC && szidx >= 0 && where.get(id)?.szidx === szidx;
        if (!stays) {
          remove(id);
          if (szidx >= 0) place(id, szidx, endOf(i), i);
        }
      }
      const bytes = [...large.values()].reduce((a, b) => a + b, 0);
      return arenas.length * 8192 + Math.ceil(bytes / 4096) * 4096;
    });
    return { held, hasTies };
  }

  it("is that of the same policy over plain lists, on random traces", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 20, max: 120 }), (seed, events) => {
        const trace = balanced(randomTrace(seed, events)); // so that no two blocks die together, which they do at the end
        const [any, twice] = [plainly(trace, Number.POSITIVE_INFINITY), plainly(trace, 2)];
        if (any.hasTies || twice.hasTies) return;
        const sum = (held: readonly number[]): number => held.reduce((a, b) => a + b, 0);
        const least = sum(twice.held) < sum(any.held) ? twice : any;
        compared++;
        expect([...greedyBound(trace, SMALL, 4096, everywhere(trace))]).toEqual(least.held);
      }),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(30);
  });
});

/** With a free of each block that the trace leaves. */
function balanced(trace: Trace): Trace {
  const live = new Map<number, number>();
  for (let i = 0; i < trace.words.length; i += 2) {
    if (opOf(trace.words[i]) === OP_FREE) live.delete(idOf(trace.words[i]));
    else live.set(idOf(trace.words[i]), trace.words[i] & ~7);
  }
  const frees = [...live.values()].flatMap((head) => [(head | OP_FREE) >>> 0, 0]);
  return { ...trace, words: Uint32Array.from([...trace.words, ...frees]) };
}

describe("every strategy", () => {
  const profiles: Profile[] = ["2.4", "3.9", "3.12", "3.15-hugepages", "wasm32"].map(profile);
  const names = [...STRATEGIES.map(({ name }) => name), ...profiles.map(({ name }) => `pymalloc:${name}`)];

  it.each(OS_MODELS)("holds at least the lower bound at every sample under %s, and at most what it held most", (os) => {
    for (const [seed, pageBytes] of [
      [1, 4096],
      [2, 65_536],
    ]) {
      const trace = randomTrace(seed, 3000);
      const comparison = compare("random", trace, names.map(strategy), { os, pageBytes, samples: 200 });
      for (const s of comparison.strategies) {
        expect(s.failures).toBe(0);
        s.heldBytes.forEach((held, i) => {
          expect(held, `${s.strategy} at ${i}`).toBeGreaterThanOrEqual(s.lowerBoundBytes[i]);
          expect(s.mostHeld.heldBytes).toBeGreaterThanOrEqual(held);
        });
        expect(s.metrics.regretLower.value).toBeGreaterThanOrEqual(1);
        expect(s.metrics.regretGreedy.value).toBeGreaterThan(0);
      }
    }
  });
});
