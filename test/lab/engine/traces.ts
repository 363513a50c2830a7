/** Random traces with marks, and, where asked for, with arenas off alignment; and columns of a run to go with one. */
import { domainOf, idOf, opOf } from "../../../src/trace/event.js";
import { randomTrace } from "../../replay/random-trace.js";
import { type RecordedRun, type Trace, TraceBuilder } from "./library.js";

/** `randomTrace` with a mark after every `markEvery` events. */
export function markedTrace(seed: number, events: number, markEvery = 700, bases: readonly number[] = []): Trace {
  const { words, callocs } = randomTrace(seed, events);
  const builder = new TraceBuilder();
  for (const base of bases) builder.base(base);
  let calloc = 0;
  for (let event = 0; event < words.length / 2; event++) {
    if (event > 0 && event % markEvery === 0) builder.mark(event % 2 === 0 ? `after ${event}` : "");
    const [word, value] = [words[2 * event], words[2 * event + 1]];
    const [op, domain, id] = [opOf(word), domainOf(word) as 0 | 1 | 2, idOf(word)];
    if (op === 0) builder.malloc(domain, id, value);
    else if (op === 1) builder.calloc(domain, id, callocs[calloc++], callocs[calloc++]);
    else if (op === 2) builder.realloc(domain, id, value);
    else builder.free(domain, id);
  }
  return builder.finish();
}

/** The trace as if Python had run it, from 9 lines and with 5 types; one event in ten tells of neither. */
export function recordedRun(trace: Trace): RecordedRun {
  const events = trace.words.length / 2;
  const asks = (event: number): boolean => opOf(trace.words[2 * event]) < 3 && event % 10 !== 0;
  return {
    name: "script.py",
    trace,
    lines: [null, ...Array.from({ length: 9 }, (_, line) => ({ file: "script.py", line: line + 1, name: "<module>" }))],
    types: ["", "int", "str", "list", "dict", "tuple"],
    lineOfEvent: Uint32Array.from({ length: events }, (_, event) => (asks(event) ? 1 + ((event * 7) % 9) : 0)),
    typeOfEvent: Uint32Array.from({ length: events }, (_, event) =>
      asks(event) && opOf(trace.words[2 * event]) !== 2 ? 1 + ((event * 3) % 5) : 0,
    ),
  };
}
