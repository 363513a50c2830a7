/** A native program's trace, replayed on its own version's profile, says at each mark what the process said of itself. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { nativeFolder } from "../../src/record/native-build.js";
import { compilerFlags, findNativePython } from "../../src/record/native-python.js";
import { folder, leftovers, pythons, record } from "./native-pythons.js";
import { replayedStats, withoutArenaMap } from "./replayed-stats.js";

const PROGRAMS: Readonly<Record<string, string>> = {
  "containers of all kinds": `
import collections, json, re, sys
import pymalloc
pymalloc.mark("start")
rows = [{"id": i, "name": "n%d" % i, "tags": ["a"] * (i % 7)} for i in range(3000)]
text = json.dumps(rows)
sys._debugmallocstats()
back = json.loads(text)
counts = collections.Counter(word for word in re.findall(r"\\w+", text))
pymalloc.mark("counted: " + str(len(counts)))
del rows, text
for i in range(0, 3000, 3):
    back[i] = None
sys._debugmallocstats()
del back, counts
pymalloc.mark()
`,
  "arenas that come and go": `
import sys
def fill(n):
    return [[i] * (i % 20) for i in range(n)]
for n in (60000, 20000, 90000):
    keep = fill(n)
    sys._debugmallocstats()
    keep = keep[::1000]
    sys._debugmallocstats()
del keep
sys._debugmallocstats()
`,
  "threads and cycles": `
import gc, sys, threading
class Node(object):
    def __init__(self):
        self.me = self
        self.data = [0] * 30
def work():
    for i in range(3000):
        Node()
        if i % 1000 == 0:
            sys._debugmallocstats()
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
gc.collect()
sys._debugmallocstats()
`,
};

describe.skipIf(pythons.length === 0)(
  "a recorded program, replayed, has at each mark the statistics of its process",
  () => {
    describe.each(pythons)("$name", ({ name, path }) => {
      const found = findNativePython(path);

      it.each(found.libraries.map((library) => [basename(library), library]))(
        "compiles without a warning: %s",
        (_, library) => {
          const flags = compilerFlags(found, library);
          const source = join(nativeFolder(), "record.c");
          const args = [
            "-O2",
            "-Wall",
            "-Wextra",
            "-pthread",
            source,
            ...flags,
            "-ldl",
            "-o",
            join(folder, "warnings"),
          ];
          expect(spawnSync("cc", args, { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
        },
      );

      it.each(Object.entries(PROGRAMS))("%s", async (_, text) => {
        const stats = join(folder, "stats");
        const { recording, trace, stderr } = await record({ python: path, text, stats });
        const printed = readFileSync(stats, "utf8");
        expect(recording).toMatchObject({ status: 0, signal: null, cutOff: null, failed: 0, unseen: 0, crossed: 0 });
        expect(recording.marks).toBe(trace.marks.length);
        expect(printed.match(/^Small block threshold/gm)).toHaveLength(trace.marks.length);
        expect(trace.recordedBy).toBe(recording.recordedBy);
        expect(recording.python.version).toMatch(name === "python3-dev" ? /^3\./ : name);
        expect(withoutArenaMap(replayedStats(trace, recording.recordedBy))).toBe(withoutArenaMap(printed));
        // The program's own output is as ever: the same reports where it asked for them.
        const asked = trace.marks.filter((mark) => mark === "").length;
        expect(stderr.match(/^Small block threshold/gm)?.length ?? 0).toBeGreaterThanOrEqual(asked - 1);
      });
    });

    it("and marks have the names that the program gave them", async () => {
      const { trace } = await record({ text: PROGRAMS["containers of all kinds"] });
      expect(trace.marks[0]).toBe("start");
      expect(trace.marks[1]).toBe("");
      expect(trace.marks[2]).toMatch(/^counted: \d+$/);
    });

    it("and nothing is left behind", () => expect(leftovers()).toEqual([]));
  },
);
