/** Who holds the memory, as `pymalloc run` says it: the position, owners, plan, and what is kept back of the user's data. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { RunJson } from "../../../src/python/run/runjson.js";
import { bytesName } from "../../../src/text/units.js";
import { Scratch } from "./cli.js";

const scratch = new Scratch();
afterAll(() => scratch.close());

const SESSIONS = `
import pymalloc
rows = [{"id": i, "name": "n%d" % i} for i in range(60000)]
pymalloc.mark("loaded")
sessions = {"alice@example.org": {"recent": rows[::400]}}
del rows
`;
const CACHES = `
import functools, gc, re
gc.disable()
@functools.lru_cache(maxsize=None)
def squares(n): return [n] * 50
for i in range(5000): squares(i)
for i in range(600): re.compile("a%d+" % i)
class Node: pass
for i in range(9000):
    node = Node()
    node.self, node.data = node, [i] * 60
`;
const RECENT = '__main__.sessions["alice@example.org"]["recent"]';
const REDACTED = "__main__.sessions[<str 17>][<str 6>]";

const position = ({ marks, position: at }: RunJson) => marks[at];

describe.concurrent("owners of a run", () => {
  it("are named by the part that holds most, with what goes without it", async () => {
    const { report } = await scratch.run(SESSIONS);
    const { name, kind, owners, plan, arenaList, verdict, ledgerBytes, pinnedBytes } = position(report);
    expect([name, kind]).toEqual(["end", "end"]);
    expect(owners![0]).toMatchObject({ path: RECENT, root: "__main__.sessions", type: "list" });
    expect(plan![0]).toMatchObject({ drop: [RECENT], arenas: owners![0].arenasAlone });
    const held = pinnedBytes + ledgerBytes.allocated;
    expect(owners!.reduce((sum, { pinCostBytes }) => sum + pinCostBytes, 0)).toBeCloseTo(held, -1);
    expect(arenaList!.length * report.arenaSizeBytes).toBe(held);
    expect(verdict).toMatchObject({ topOwner: RECENT, position: "end", heldBytes: held, pinnedBytes });
    expect(verdict!.text).toContain(`Without ${RECENT}, ${plan![0].arenas} of them go back`);
  });

  it("are at the marks that matter, and what changed since the last of these", async () => {
    const { report } = await scratch.run(SESSIONS);
    const named = report.marks.filter(({ owners }) => owners !== null).map(({ name }) => name);
    expect(named).toEqual(["loaded", "end"]);
    const change = position(report).ownerChanges!.find(({ root }) => root === "__main__.rows")!;
    const before = report.marks.find(({ name }) => name === "loaded")!.owners!;
    const rows = before.find(({ root }) => root === "__main__.rows")!;
    expect(change.retainedBytes).toBe(-rows.retainedBytes);
  });

  it("are at all marks, at named ones, or at none", async () => {
    const code = `import pymalloc\nfor name in "abcd": pymalloc.mark(name)`;
    const marksWith = async (...args: string[]) =>
      (await scratch.run(code, args)).report.marks.filter(({ owners }) => owners !== null).map(({ name }) => name);
    expect(await marksWith("--owners", "all")).toEqual(["start", "a", "b", "c", "d", "end"]);
    expect(await marksWith("--owners-at", "b,c")).toEqual(["b", "c"]);
    expect(await marksWith("--no-owners")).toEqual([]);
  });

  it("say what is garbage, and what empties a cache", async () => {
    const { report } = await scratch.run(CACHES);
    const { owners, graph, verdict } = position(report);
    const emptiedBy = new Map(owners!.map((row) => [row.path, row.emptiedBy]));
    expect(emptiedBy.get("__main__.squares<lru_cache>")).toBe("__main__.squares.cache_clear()");
    expect(emptiedBy.get("re._cache")).toBe("re.purge()");
    expect(emptiedBy.get("__main__.node")).toBeNull();
    // 8,999 nodes, each with the 60 items of a list on 4 bytes each.
    expect(graph!.garbageBytes).toBeGreaterThan(8999 * 60 * 4);
    expect(owners!.find(({ path }) => path === "<garbage>")!.objects).toBeGreaterThanOrEqual(2 * 8999);
    expect(verdict!.text).toContain(" are garbage that waits for gc.collect().");
    const { out } = await scratch.pymalloc(["run", scratch.save("caches.py", CACHES)]);
    expect(out).toContain("  emptied by __main__.squares.cache_clear()");
    expect(out).toContain(`
garbage waiting for gc.collect(): ${bytesName(graph!.garbageBytes)}
`);
  });

  it("are those of the exception's frames where one ends the program", async () => {
    const code = (last: string): string =>
      `import sys\ndef load():\n    rows = [(i, str(i)) for i in range(30000)]\n    ${last}\nload()`;
    const [raised, left] = await Promise.all([
      scratch.run(code('raise ValueError("bad row")')),
      scratch.run(code("sys.exit(3)")),
    ]);
    expect([raised.status, left.status]).toEqual([1, 3]);
    for (const { report } of [raised, left]) {
      const { owners, plan, verdict } = position(report);
      expect(owners![0].root).toBe("sys.last_exc");
      expect(owners![0].path).toMatch(/^sys\.last_exc/);
      expect(owners![0].retainedBytes).toBeGreaterThan(2_000_000);
      expect(plan![0].drop).toEqual([owners![0].path]);
      expect(verdict!.topOwner).toBe(owners![0].path);
    }
    const own = `import atexit, sys\nsys.last_exc = "own"\natexit.register(lambda: print(sys.last_exc))\nsys.exit(3)`;
    const { status, out } = await scratch.pymalloc(["run", "--report", "own.txt", "-c", own]);
    expect([status, out]).toEqual([3, "own\n"]);
    expect(raised.err).toMatch(/^Traceback [\s\S]*ValueError: bad row\n$/);
  });

  it("retain no more than is live, and say what several hold together", async () => {
    const { report, err } = await scratch.run("first = second = [str(i) * 9 for i in range(20000)]");
    const { owners, graph, live, plan } = position(report);
    expect(err).toBe("");
    expect(graph!.sharedBytes).toBeGreaterThan(0.9 * live.bytes);
    const retained = owners!.reduce((sum, { retainedBytes }) => sum + retainedBytes, graph!.sharedBytes);
    expect(retained).toBeLessThanOrEqual(live.bytes);
    expect([...plan![0].drop].sort()).toEqual(["__main__.first", "__main__.second"]);
    const { out } = await scratch.pymalloc(["run", "-c", "first = second = [str(i) * 9 for i in range(20000)]"]);
    expect(out).toContain("\nheld by more than one of them: ");
    expect(out).toContain("Without __main__.first and __main__.second, ");
  });

  it("have the members that docs/run.md names", async () => {
    const { report } = await scratch.run(SESSIONS);
    const mark = position(report) as unknown as Readonly<Record<string, unknown>>;
    const docs = readFileSync(new URL("../../../docs/run.md", import.meta.url), "utf8");
    const rows = [...docs.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|[^`]*`\[?\{ ([^}]*) \}/gm)];
    const documented = new Map(
      rows.flatMap(([, names, members]) =>
        names
          .split(", ")
          .map((name) => [name.replaceAll("`", ""), members.replaceAll(/: (\[[^\]]*\]|[^,]*)/g, "").split(", ")]),
      ),
    );
    expect([...documented.keys()]).toEqual([
      "verdict",
      "owners",
      "plan",
      "graph",
      "types",
      "lines",
      "arenaList",
      "classes",
    ]);
    for (const [name, members] of documented) {
      const value = mark[name];
      const first = Array.isArray(value) ? value[0] : value;
      expect([name, Object.keys(first).sort()]).toEqual([name, [...members].sort()]);
    }
  });

  it("are found without marks, where most is pinned in a function", async () => {
    const { report } = await scratch.run(`
def main():
    rows = [{"id": i, "name": "n%d" % i} for i in range(40000)]
    keep = rows[::400]
    del rows
    x = [str(i) for i in range(1000)]
    for k in range(150000): x[k % 1000] = str(k)
main()`);
    const { kind, name, event, owners, plan } = position(report);
    expect([kind, name]).toEqual(["between", `event ${event.toLocaleString("en")}`]);
    expect(owners![0].path).toMatch(/^keep in main\(\) at /);
    expect(plan![0].arenas).toBeGreaterThan(10);
  });

  it("are those of what is live where a program grows", async () => {
    const { report } = await scratch.run(`
import pymalloc
cache = {}
for day in range(3):
    for i in range(10000): cache[day, i] = "page %d of %d" % (i, day)
    pymalloc.mark("day %d" % day)`);
    const { verdict, owners } = position(report);
    expect(verdict!.topOwner).toBe("__main__.cache");
    expect(verdict!.text).toContain("__main__.cache keeps ");
    expect(owners![0].objects).toBeGreaterThan(60_000);
  });
});

describe.concurrent("keys of the user's data", () => {
  it("are written where nobody else reads the report", async () => {
    const run = await scratch.pymalloc(["run", "-c", SESSIONS]);
    expect(run.out).toContain(RECENT);
  });

  it("are left out with --redact, and in a page", async () => {
    const run = await scratch.pymalloc(["run", "-c", SESSIONS, "--redact"]);
    expect(run.out).toContain(REDACTED);
    expect(run.out).not.toContain("alice");
    await scratch.pymalloc(["run", "-c", SESSIONS, "--html", "page.html"]);
    expect(readFileSync(scratch.path("page.html"), "utf8")).not.toContain("alice@example.org");
  });

  it("are in a page with --show-keys", async () => {
    const run = await scratch.pymalloc(["run", "-c", SESSIONS, "--html", "shown.html", "--show-keys"]);
    expect(run.out).toContain(RECENT);
  });
});

it.each([
  [["--redact", "--show-keys"], "--redact and --show-keys contradict each other"],
  [["--no-owners", "--owners", "all"], "--no-owners goes with neither --owners all nor --owners-at"],
  [["--owners", "some"], '--owners must be key or all (got "some")'],
])("options that are wrong end with status 2: %j", async (args, problem) => {
  expect(await scratch.pymalloc(["run", "-c", "1", ...args])).toEqual({
    status: 2,
    out: "",
    err: `pymalloc run: ${problem}\n`,
  });
});
