/** The examples of docs/attach.md compile as they stand there, one after the other, and do what they say. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pymalloc-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("the examples of docs/attach.md give what their comments say", () => {
  const blocks = [...readFileSync(join(ROOT, "docs/attach.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)];
  expect(blocks).toHaveLength(2);
  const [example, owners] = blocks.map(([, code]) => code);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/pymalloc"));
  symlinkSync(join(ROOT, "node_modules/pyodide"), join(folder, "node_modules/pyodide"));
  const asked = "owners: graph.owners(), plan: graph.plan(), path: graph.path(id), referrers: graph.referrers(id)";
  const seen = `{ ${asked}, id, ledger, block, pin: pins[0], preview, events: trace!.words.length / 2 }`;
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  writeFileSync(join(folder, "example.ts"), withOwners(example, owners, seen));

  const options = "--strict --skipLibCheck --module nodenext --target es2022 --lib es2023,dom example.ts".split(" ");
  const compiled = spawnSync(join(ROOT, "node_modules/.bin/tsc"), options, { cwd: folder, encoding: "utf8" });
  expect(compiled.stdout).toBe("");
  const run = spawnSync(process.execPath, ["example.js"], { cwd: folder, encoding: "utf8" });
  expect(run.stderr).toBe("");

  const { id, ledger, block, pin, preview, events, ...held } = JSON.parse(run.stdout);
  expect(held.path).toBe("__main__.orders[999]");
  expect(held.referrers).toMatchObject([{ path: held.path, type: "list" }]);
  expect(held.owners).toEqual(expect.arrayContaining([expect.objectContaining({ path: "__main__.orders" })]));
  expect(held.plan).toEqual(expect.any(Array));
  expect(block).toMatchObject({ kind: "object", type: "dict", refcount: 1, isTracked: true, generation: "young" });
  expect(block).toMatchObject({ request: { domain: 0 }, line: { file: "<exec>", line: 1 } });
  expect(id).toBe(block.address + 8);
  expect(ledger.allocated).toBeGreaterThan(1000 * block.size);
  expect(pin).toMatchObject({ name: expect.any(String), releasedAloneBytes: expect.any(Number) });
  expect(preview.join("\n")).toContain("pool");
  expect(events).toBeGreaterThan(1000);
});

/** The owners are asked for where the memory is still as it was looked at: before Python runs again, and before the heap is left. */
function withOwners(example: string, owners: string, seen: string): string {
  const [before, after] = example.split("\nheap.flush();");
  const all = before.replace("attach, PythonObjects,", "attach, ObjectGraph, PythonObjects,");
  return `${all}\n${owners}\nheap.flush();${after}\nconsole.log(JSON.stringify(${seen}));\n`;
}
