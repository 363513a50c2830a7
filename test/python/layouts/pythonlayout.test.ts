/** The table of layouts, against running interpreters. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { attach } from "../../../src/python/interpreter/attach.js";
import { DEBUG_OFFSETS, statedLayout } from "../../../src/python/layouts/debugoffsets.js";
import { ABSENT, COLUMNS, OFFSETS } from "../../../src/python/layouts/offsets.js";
import { LayoutError, layoutOf } from "../../../src/python/layouts/pythonlayout.js";
import { ask, newPython } from "../interpreter/python.js";

const WITNESS = fileURLToPath(new URL("witness.py", import.meta.url));

/** Pythons of pyenv's that the table has, by minor version. */
function nativePythons(): [minor: number, path: string][] {
  const root = spawnSync("pyenv", ["root"], { encoding: "utf8" });
  const versions = join((root.stdout ?? "").trim(), "versions");
  if (root.status !== 0 || !existsSync(versions)) return [];
  return readdirSync(versions)
    .map((name): [number, string] => [Number(/^3\.(\d+)\./.exec(name)?.[1] ?? -1), join(versions, name, "bin/python")])
    .filter(([minor]) => COLUMNS.some(([known, bytes]) => known === minor && bytes === 8))
    .sort(([a], [b]) => a - b);
}

describe("a layout", () => {
  it("is known by version and word size; others are refused", () => {
    expect(layoutOf(14, 4)).toMatchObject({ minor: 14, wordBytes: 4, list: { ob_item: 12 } });
    expect(layoutOf(12, 8)).toMatchObject({ minor: 12, wordBytes: 8, list: { ob_item: 24 }, str: { wstr: ABSENT } });
    expect(() => layoutOf(6, 8)).toThrow(LayoutError);
    expect(() => layoutOf(6, 8)).toThrow(
      /^Python 3\.6 on 64 bits: unknown object layout; expected one of 3\.7 \(64 bits\)/,
    );
    expect(() => layoutOf(13, 4)).toThrow("Python 3.13 on 32 bits");
  });

  it("has a number in each column", () => {
    for (const [group, fields] of Object.entries(OFFSETS)) {
      for (const [field, row] of Object.entries(fields)) {
        expect(row, `${group}.${field}`).toHaveLength(COLUMNS.length);
        for (const offset of row) expect(offset).toBeGreaterThanOrEqual(ABSENT);
      }
    }
  });

  it.each(nativePythons())("of native 3.%i is what the interpreter says of its objects", (minor, path) => {
    const run = spawnSync(path, [WITNESS], { input: JSON.stringify(layoutOf(minor, 8)), encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toEqual([]);
  });
});

describe("the layout of an attached interpreter", () => {
  let words: Uint32Array;
  let disagreements: string[];
  let stated: { states: Record<string, number>; interpreter: number };

  beforeAll(async () => {
    const python = await newPython();
    const heap = await attach(python);
    const { module } = heap.interpreter;
    words = heap.interpreter.words.slice(module.__PyRuntime / 4, module.__PyRuntime / 4 + 2 * DEBUG_OFFSETS);
    const layout = statedLayout(words, 4);
    python.runPython(readFileSync(WITNESS, "utf8").replace('if __name__ == "__main__"', "if False"));
    python.globals.set("layout_json", JSON.stringify(layout));
    disagreements = ask(python, "disagreements(json.loads(layout_json))");
    const ids = ask<number[]>(python, "[id(sys.modules), id(sys.__dict__), id(__builtins__.__dict__)]");
    const interpreter = module._PyInterpreterState_Get() >>> 0;
    const { modules, sysdict, builtins, threads_head } = layout.interpreter;
    stated = {
      interpreter,
      states: {
        modules: ids[0] - heap.interpreter.read(interpreter + modules),
        sysdict: ids[1] - heap.interpreter.read(interpreter + sysdict),
        builtins: ids[2] - heap.interpreter.read(interpreter + builtins),
        thread: (module._PyThreadState_Get() >>> 0) - heap.interpreter.read(interpreter + threads_head),
      },
    };
  });

  it("is what the interpreter says of its objects", () => {
    expect(disagreements).toEqual([]);
  });

  it("has the states of interpreter and thread as the interpreter states them", () => {
    expect(stated.states).toEqual({ modules: 0, sysdict: 0, builtins: 0, thread: 0 });
    expect(stated.interpreter).toBeGreaterThan(0);
  });

  it("is refused if the interpreter states something else", () => {
    const changed = (index: number, value: number): Uint32Array => {
      const copy = words.slice();
      copy[2 * index] = value;
      return copy;
    };
    expect(() => statedLayout(changed(0, 1), 4)).toThrow("the interpreter has no table of offsets");
    expect(() => statedLayout(changed(1, 0x030d00f0), 4)).toThrow(/^Python 3\.13: its table of offsets is not known/);
    expect(() => statedLayout(changed(2, 1), 4)).toThrow("free-threaded");
    expect(() => statedLayout(changed(60, 16), 4)).toThrow(
      "list.ob_item is at offset 16 in this interpreter; expected 12",
    );
    expect(() => statedLayout(changed(60, 16), 4)).toThrow(LayoutError);
  });
});
