/** The example of docs/attach.md compiles as it stands there, and does what it says. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pymalloc-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("the example of docs/attach.md gives what its comments say", () => {
  const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/attach.md"), "utf8"))!;
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/pymalloc"));
  symlinkSync(join(ROOT, "node_modules/pyodide"), join(folder, "node_modules/pyodide"));
  const seen = "{ id, ledger, block, pin: pins[0], preview, events: trace!.words.length / 2 }";
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  writeFileSync(join(folder, "example.ts"), `${example}\nconsole.log(JSON.stringify(${seen}));\n`);

  const options = "--strict --skipLibCheck --module nodenext --target es2022 --lib es2023,dom example.ts".split(" ");
  const compiled = spawnSync(join(ROOT, "node_modules/.bin/tsc"), options, { cwd: folder, encoding: "utf8" });
  expect(compiled.stdout).toBe("");
  const run = spawnSync(process.execPath, ["example.js"], { cwd: folder, encoding: "utf8" });
  expect(run.stderr).toBe("");

  const { id, ledger, block, pin, preview, events } = JSON.parse(run.stdout);
  expect(block).toMatchObject({ kind: "object", type: "dict", refcount: 1, isTracked: true, generation: "young" });
  expect(block).toMatchObject({ request: { domain: 0 }, line: { file: "<exec>", line: 1 } });
  expect(id).toBe(block.address + 8);
  expect(ledger.allocated).toBeGreaterThan(1000 * block.size);
  expect(pin).toMatchObject({ name: expect.any(String), releasedAloneBytes: expect.any(Number) });
  expect(preview.join("\n")).toContain("pool");
  expect(events).toBeGreaterThan(1000);
});
