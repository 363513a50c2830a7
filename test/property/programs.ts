/** Programs as traces, for tests of heaps and replays that go back in time. */
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { Script } from "../model/script.js";

/** For which versions they run. */
export const PROFILES = ["2.4", "3.8", "3.12"];

export function readRep(text: string | Uint8Array): Trace {
  const reader = new RepReader("generated.rep");
  reader.push(typeof text === "string" ? new TextEncoder().encode(text) : text);
  return reader.finish();
}

/** A program of small, large and empty requests that grows and shrinks, so that arenas and regions come and go. */
export function program(seed: number, phases = 6): Uint8Array {
  const s = new Script(seed);
  const blocks: number[] = [];
  const size = (): number => {
    const dice = s.below(100);
    if (dice < 3) return 0;
    if (dice < 90) return s.between(1, 512);
    return dice < 98 ? s.between(513, 20000) : s.between(100000, 300000);
  };
  for (let phase = 0; phase < phases; phase++) {
    const frees = phase % 2 === 0 ? 20 : 65;
    for (let step = 0; step < 900; step++) {
      const dice = s.below(100);
      if (blocks.length > 0 && dice < frees) s.free(s.take(blocks));
      else if (blocks.length > 0 && dice < frees + 15) s.realloc(blocks[s.below(blocks.length)], size());
      else blocks.push(dice % 5 === 0 ? s.calloc(1, size()) : s.malloc(size()));
    }
  }
  s.freeAll(blocks);
  return s.bytes();
}

/** `.rep` text with marks, `p` lines and events of the raw domain in between. */
export function withMarksAndRaw(rep: Uint8Array): string {
  const lines = new TextDecoder().decode(rep).trimEnd().split("\n");
  const ids = Number(lines[1]);
  const decorate = (line: string, i: number): string[] => {
    if (i % 701 === 0) return [`m at ${i}`, line];
    if (i % 97 === 0) return [`p ${(i * 8) % 5000}`, `A ${ids} ${i % 3000}`, `R ${ids} ${i * 7}`, `F ${ids}`, line];
    return [line];
  };
  return [...lines.slice(4).flatMap(decorate), ""].join("\n");
}
