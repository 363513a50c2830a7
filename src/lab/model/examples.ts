/** What is there to look at: traces that the page writes itself, one that was recorded, and scripts for Run. */
import recordedUrl from "../../../examples/traces/3.11.7-csv_sqlite.rep.gz?url";

export interface TraceExample {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly bytes: () => Promise<Uint8Array>;
}

/** The same numbers on every machine (Numerical Recipes' generator). */
function random(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const encoded = (lines: readonly string[]): Promise<Uint8Array> =>
  Promise.resolve(new TextEncoder().encode(`# python 3.12\n${lines.join("\n")}\n`));

/** A few blocks: each event can be seen. */
function few(): Promise<Uint8Array> {
  const lines: string[] = [];
  for (let id = 0; id < 24; id++) lines.push(`a ${id} ${id % 3 === 2 ? 120 : 44}`);
  lines.push("m 24 blocks");
  for (const id of [3, 9, 1, 15, 6, 4]) lines.push(`f ${id}`);
  lines.push("m six freed");
  for (let id = 24; id < 28; id++) lines.push(`a ${id} 40`);
  lines.push("m four of them taken again", "a 30 4000", "a 31 300000 m", "m two large ones");
  for (let id = 0; id < 28; id++) if (![3, 9, 1, 15, 6, 4].includes(id)) lines.push(`f ${id}`);
  lines.push("f 30", "f 31 m", "m all freed");
  return encoded(lines);
}

/** Much is built, nearly all dropped, and what is left is everywhere. */
function pinned(): Promise<Uint8Array> {
  const next = random();
  const lines: string[] = [];
  const sizes = [32, 48, 56, 64, 64, 96, 128, 232, 360, 512];
  const count = 60_000;
  for (let id = 0; id < count; id++) {
    lines.push(`a ${id} ${sizes[Math.floor(next() * sizes.length)]}`);
    if (id % 6000 === 0) lines.push(`A ${count + id} ${Math.round(20_000 + next() * 200_000)}`);
  }
  lines.push("m all is built");
  const kept = (id: number): boolean => id % 997 === 0;
  for (let id = 0; id < count; id++) {
    if (!kept(id)) lines.push(`f ${id}`);
    if (id % 6000 === 0 && id % 12_000 !== 0) lines.push(`F ${count + id}`);
  }
  lines.push("m one in a thousand is kept");
  for (let id = 2 * count; id < 2 * count + 9000; id++) lines.push(`a ${id} ${sizes[Math.floor(next() * 4)]}`);
  lines.push("m some more is built");
  for (let id = 2 * count; id < 2 * count + 9000; id++) lines.push(`f ${id}`);
  for (let id = 0; id < count; id++) if (kept(id)) lines.push(`f ${id}`);
  lines.push("m the kept ones are freed, too");
  return encoded(lines);
}

async function recorded(): Promise<Uint8Array> {
  const response = await fetch(recordedUrl);
  if (!response.ok) throw new Error(`${recordedUrl}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

export const TRACES: readonly TraceExample[] = [
  { id: "few", title: "Thirty blocks", about: "step through it: each event can be seen", bytes: few },
  { id: "pinned", title: "One in a thousand kept", about: "why memory does not go back", bytes: pinned },
  {
    id: "csv",
    title: "CSV to SQLite and back",
    about: "recorded on CPython 3.11: 1.7 million events",
    bytes: recorded,
  },
];

const sources = import.meta.glob<string>("../../../examples/*.py", { query: "?raw", import: "default" });

/** File names of the scripts; the text comes when one is chosen. */
export const SCRIPTS: readonly string[] = Object.keys(sources)
  .map((path) => path.split("/").at(-1) as string)
  .sort();

export async function scriptSource(name: string): Promise<string | null> {
  const path = Object.keys(sources).find((key) => key.endsWith(`/${name}`));
  return path === undefined ? null : sources[path]();
}
