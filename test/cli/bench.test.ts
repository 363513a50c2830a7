/** `pymalloc bench`, run as people run it. Times are looked at for their form only. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BenchJson } from "../../src/report/benchreport.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-bench-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const TRACE = "a 0 40\na 1 0\nc 2 3 100\nm\nr 0 900\nA 3 70000\nf 1\n";

function pymalloc(...args: string[]): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [CLI, "bench", ...args], { input: TRACE });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

describe("pymalloc bench", () => {
  const bump = join(scratch, "bump.wasm");

  beforeAll(async () => {
    const { error } = await asc.main(["bench/peers/bump.ts", "--outFile", bump, "-O3", "--runtime", "stub"]);
    expect(error).toBeNull();
  });

  it("gives spread, footprint and peak of each allocator, foreign ones too", () => {
    const { status, out, err } = pymalloc("-", "--rounds", "3", "--json", "--profile", "3.8,2.4", "--allocator", bump);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const [{ trace, events, allocators }] = JSON.parse(out) as {
      trace: string;
      events: number;
      allocators: BenchJson[];
    }[];
    expect({ trace, events }).toEqual({ trace: "stdin", events: 9 }); // three blocks are left and freed
    const names = [
      "pymalloc 3.8",
      "pymalloc 3.8, replay loop",
      "pymalloc 2.4",
      "pymalloc 2.4, replay loop",
      "bump.wasm",
    ];
    expect(allocators.map(({ allocator }) => allocator)).toEqual(names);
    for (const { nsPerEvent, peakLiveBytes, footprintBytes, failure } of allocators) {
      expect(failure).toBeNull();
      expect(nsPerEvent?.min).toBeGreaterThan(0);
      expect(nsPerEvent?.median).toBeGreaterThanOrEqual(nsPerEvent?.min as number);
      expect(nsPerEvent?.max).toBeGreaterThanOrEqual(nsPerEvent?.median as number);
      expect(peakLiveBytes).toBe(71_200);
      expect(footprintBytes).toBeGreaterThanOrEqual(0);
    }
    expect(allocators[0].footprintBytes).toBe(allocators[1].footprintBytes);
  });

  it("has a footprint of foreign wasm that serves from its first memory, and says which address cannot be", async () => {
    for (const [name, start] of [
      ["first", 4096],
      ["odd", 4099],
    ]) {
      const source = `
        let top: usize = ${start};
        export function malloc(nbytes: usize): usize { top += (nbytes + 7) & ~7; return top - ((nbytes + 7) & ~7); }
        export function realloc(ptr: usize, nbytes: usize): usize { return malloc(nbytes); }
        export function free(ptr: usize): void {}`;
      writeFileSync(join(scratch, `${name}.ts`), source);
      const out = ["--outFile", join(scratch, `${name}.wasm`), "--runtime", "stub", "--initialMemory", "4"];
      expect((await asc.main([join(scratch, `${name}.ts`), ...out])).error).toBeNull();
    }
    const files = ["first.wasm", "odd.wasm"].flatMap((name) => ["--allocator", join(scratch, name)]);
    const [{ allocators }] = JSON.parse(pymalloc("-", "--rounds", "1", "--json", ...files).out) as {
      allocators: BenchJson[];
    }[];
    const [first, odd] = allocators.slice(-2);
    expect(first).toMatchObject({ footprintBytes: 2 * (40 + 304 + 904 + 70_000), failure: null });
    const answer = "malloc of 40 bytes gave the address 4,099: a multiple of 8 is due";
    expect(odd).toMatchObject({ footprintBytes: null, failure: `odd.wasm: ${answer}` });
  });

  it("prints a table", () => {
    const { out } = pymalloc("-", "--rounds", "1");
    const [title, head, ...rows] = out.trimEnd().split("\n");
    expect(title).toBe("stdin: 9 events, with the frees of what it leaves live");
    expect(head).toMatch(/ns\/event +min +max +cold +ratio +held÷live$/);
    expect(rows.map((row) => row.slice(0, 27).trim())).toEqual(["pymalloc 3.12", "pymalloc 3.12, replay loop"]);
  });

  it("has one line for bad input and bad usage", () => {
    writeFileSync(join(scratch, "no.wasm"), "none");
    writeFileSync(join(scratch, "empty.wasm"), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    const at = (name: string): string => join(scratch, name);
    expect(pymalloc("-", "--allocator", at("no.wasm")).err).toBe(`${at("no.wasm")}: is no valid wasm\n`);
    expect(pymalloc("-", "--allocator", at("empty.wasm"))).toEqual({
      status: 1,
      out: "",
      err: `${at("empty.wasm")}: does not export malloc, free, realloc, memory\n`,
    });
    expect(pymalloc("-", "--allocator", at("missing.wasm"))).toMatchObject({ status: 1 });
    expect(pymalloc(at("missing.rep"))).toMatchObject({ status: 1 });
    for (const args of [[], ["-", "--rounds", "0"], ["-", "--profile", "9.9"], ["-", "--odd"]]) {
      const { status, err } = pymalloc(...args);
      expect(status).toBe(2);
      expect(err).toMatch(/^pymalloc bench: .+\n$/);
    }
  });
});

describe("npm run bench", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const TSX = "node_modules/tsx/dist/cli.mjs";
  const spawned = (file: string, ...args: string[]) => spawnSync(file, args, { cwd: root, encoding: "utf8" });
  const bench = (...args: string[]) => spawned(process.execPath, TSX, "bench/run.ts", ...args);

  it("has help, and one line for what is wrong before it runs anything", () => {
    expect(bench("--help")).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("--peers REGEXP") });
    for (const [status, ...args] of [
      [2, "--bogus"],
      [2, "--rounds", "0"],
      [2, "--peers", "("],
      [2, "--peers", "bogus"],
      [2, "--only", "bogus"],
      [1, "--allocator", join(scratch, "missing.wasm")],
      [1, "--trace", join(scratch, "missing.rep")],
      [1, "--json", join(scratch, "missing", "x.json")],
    ] as const) {
      const { stdout, stderr, ...rest } = bench(...args);
      expect({ args, status: rest.status, stdout }).toEqual({ args, status, stdout: "" });
      expect(stderr).toMatch(/^[^\n]+\n$/);
    }
  });
});
