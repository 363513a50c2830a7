/** Calls that empty caches, made in the interpreter. */
import { expect, it } from "vitest";
import { emptiedBy } from "../../../src/python/graph/caches.js";
import { ask, newPython } from "../interpreter/python.js";

const FILL = `
import functools, linecache, re, sys
for i in range(20): re.compile("a%d" % i)
re.sub("a(b)", r"\\1", "ab")
linecache.cache["kept.py"] = (1, None, ["a\\n"], "kept.py")
sys.path_importer_cache["/nowhere"] = None
@functools.lru_cache
def square(n): return n * n
square(2)
`;

it("empty them", async () => {
  const python = await newPython();
  const caches = [
    ["re._cache", "len(re._cache)"],
    ["re._cache2", "len(re._cache2)"],
    ["re._compile_template<lru_cache>", "re._compile_template.cache_info().currsize"],
    ["linecache.cache", "len(linecache.cache)"],
    ["sys.path_importer_cache", "len(sys.path_importer_cache)"],
    ["square<lru_cache>", "square.cache_info().currsize"],
  ];
  for (const [path, size] of caches) {
    python.runPython(FILL);
    expect([path, ask<number>(python, size) > 0]).toEqual([path, true]);
    python.runPython(emptiedBy(path, "dict") as string);
    expect([path, ask<number>(python, size)]).toEqual([path, 0]);
  }
});

it("are given for a function only if its path is an expression", () => {
  expect(emptiedBy("app.Model.load", "functools._lru_cache_wrapper")).toBe("app.Model.load.cache_clear()");
  expect(emptiedBy("load in main() at app.py:3", "functools._lru_cache_wrapper")).toBeNull();
  expect(emptiedBy("app.models<set element><lru_cache>", "dict")).toBeNull();
  expect(emptiedBy("linecache._interactive_cache", "dict")).toBeNull();
  expect(emptiedBy("re._cached", "dict")).toBeNull();
});
