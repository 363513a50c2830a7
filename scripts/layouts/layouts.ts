/** Reads the constants of layouts.c out of the assembly of several versions; writes src/python/layouts/offsets.ts. */
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

const BIAS = 1_000_000;
const ABSENT = -1;
const CONSTANT = /^AT_(\w+?)__(\w+):\s*\n\s*\.(?:int32|long)\s+(\d+)/gm;

function versionOf(path: string): { minor: number; wordBytes: number; path: string } {
  const [, wasm, minor] = /^(wasm32-)?3\.(\d+)\.s$/.exec(basename(path)) ?? [];
  if (minor === undefined) throw new Error(`${path}: expected a name like 3.14.s or wasm32-3.14.s`);
  return { minor: Number(minor), wordBytes: wasm ? 4 : 8, path };
}
const versions = process.argv
  .slice(2)
  .map(versionOf)
  .sort((a, b) => b.wordBytes - a.wordBytes || a.minor - b.minor);

/** By structure and field, a column for each version. */
const groups = new Map<string, Map<string, number[]>>();
for (const [column, { path, wordBytes }] of versions.entries()) {
  for (const [, group, field, biased] of (await readFile(path, "utf8")).matchAll(CONSTANT)) {
    const value = Number(biased) - BIAS;
    if (group === "version") {
      if (field === "wordBytes" && value !== wordBytes)
        throw new Error(`${path}: compiled for words of ${value} bytes`);
      continue;
    }
    const fields = groups.get(group) ?? new Map<string, number[]>();
    groups.set(group, fields);
    const row = fields.get(field) ?? versions.map(() => ABSENT);
    fields.set(field, row);
    row[column] = value;
  }
}

const rows = [...groups].map(
  ([group, fields]) => `${group}: {${[...fields].map(([field, row]) => `${field}: [${row.join(", ")}],`).join("\n")}},`,
);
await writeFile(
  "src/python/layouts/offsets.ts",
  `/**
 * Offsets of the fields of CPython's structures, and sizes, in bytes: a column for each version. Made by scripts/layouts/layouts.sh from the
 * headers of each version; never edited.
 */
export const ABSENT = ${ABSENT};

/** Minor version of Python 3 and bytes of a word, by column. */
export const COLUMNS = [${versions.map(({ minor, wordBytes }) => `[${minor}, ${wordBytes}]`).join(", ")}] as const;

/** \`ABSENT\`: the version has no such field. */
export const OFFSETS = {
${rows.join("\n")}
} as const satisfies Record<string, Record<string, readonly number[]>>;
`,
);
