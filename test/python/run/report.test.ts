/** What `pymalloc run` says of a program's memory. */
import { mkdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { RunJson } from "../../../src/python/run/runjson.js";
import { Replay } from "../../../src/replay/replay.js";
import { readTraceFile } from "../../../src/trace/file.js";
import { ROOT, Scratch } from "./cli.js";

const scratch = new Scratch();
afterAll(() => scratch.close());

describe.concurrent("the story of npm start", () => {
  const mark = ({ marks }: RunJson, name: string) => marks.find((candidate) => candidate.name === name)!;

  it("is the same each time, in any folder", async () => {
    mkdirSync(scratch.path("examples"));
    scratch.save("examples/first.py", readFileSync(`${ROOT}/examples/first.py`, "utf8"));
    const run = (cwd: string) => scratch.pymalloc(["run", "examples/first.py"], { cwd });
    const [first, second, elsewhere] = await Promise.all([run(ROOT), run(ROOT), run(scratch.folder)]);
    expect(first).toMatchObject({ status: 0, err: "" });
    expect(second).toEqual(first);
    expect(elsewhere).toEqual(first);
  });

  it("goes as its comments say", async () => {
    const { out } = await scratch.pymalloc(["run", "examples/first.py", "--json"], { cwd: ROOT });
    const report: RunJson = JSON.parse(out);
    const full = mark(report, "40,000 orders");
    expect(full.typeChanges?.[0]).toMatchObject({ name: "Order", kind: "object", blocks: 40_000 });
    const dropped = mark(report, "del all but 100");
    expect(dropped.arenas.live).toBe(full.arenas.live); // the survivors pin them all
    expect(dropped.live.bytes).toBeLessThan(full.live.bytes / 100);
    expect(mark(report, "20,000 cycles dropped").since.arenasObtained).toBe(0); // they fit into the holes
    expect(mark(report, "gc.collect()").typeChanges?.[0]).toMatchObject({ name: "Node", blocks: -40_000 });
    expect(mark(report, "nothing kept").arenas.live).toBe(full.arenas.live);
    expect(mark(report, "gc.collect() again").arenas.live).toBe(2);
    const position = report.marks[report.position];
    expect(position.name).toBe("nothing kept");
    expect(position.types![0]).toMatchObject({ name: "free list of int", arenas: full.arenas.live });
    expect(position.types![0].releasedAloneBytes).toBeGreaterThan(report.arenaSizeBytes);
    expect(position.owners![0]).toMatchObject({ path: "<free list of int>", type: null });
    expect(position.plan).toEqual([
      { drop: [], arenas: full.arenas.live - 1, bytes: (full.arenas.live - 1) * 2 ** 18 },
    ]);
  });
});

const PHASES = `
import pymalloc
kept = []
for round in range(5):
    kept.append([str(i) * round for i in range(3000)])
    kept.append(bytearray(100_000))
    del kept[: round]
    pymalloc.mark(f"round {round}")
`;

describe.concurrent("the numbers", () => {
  it.each([
    ["wasm32", []],
    ["3.8-32", ["--profile", "3.8-32"]],
  ])("are those of the trace on an emulated heap: %s", async (name, args) => {
    const file = scratch.path(`${name}.pytrace.gz`);
    const { report } = await scratch.run(PHASES, ["--trace", file, ...args]);
    const { trace } = await readTraceFile(file);
    expect(trace.recordedBy).toBe("3.14-32");
    expect(trace.words.length / 2).toBe(report.events);
    const replay = await Replay.create(trace, { profile: name });
    let live = 0;
    for (const { event, ledgerBytes, arenas, live: requests, since } of report.marks) {
      replay.runTo(event);
      const { pymalloc } = replay.heap.stats();
      expect(ledgerBytes).toEqual(pymalloc.ledger);
      expect(arenas.obtained).toBe(pymalloc.arenas.obtained);
      live += since.allocatedBytes - since.freedBytes;
      expect(requests.bytes).toBe(live);
      expect(requests.bytes).toBe(replay.liveBytes);
    }
  });

  it("add up for any geometry", async () => {
    const flags = "--profile custom --arena 64KiB --pool 8KiB --align 16 --threshold 256 --header 32 --release never";
    const { report } = await scratch.run(PHASES, flags.split(" "));
    expect(report).toMatchObject({
      profile: "custom",
      arenaSizeBytes: 65536,
      poolSizeBytes: 8192,
      thresholdBytes: 256,
    });
    for (const { ledgerBytes, arenas } of report.marks) expect(ledgerBytes.total).toBe(arenas.live * 65536);
    expect(report.marks.at(-1)?.arenas.released).toBe(0);
  });

  it("count types so that all changes together are what is live", async () => {
    const { report } = await scratch.run(PHASES);
    const changes = report.marks.flatMap(({ typeChanges }) => typeChanges ?? []);
    const sum = changes.reduce((all, { bytes, largeBytes }) => all + bytes - largeBytes, 0);
    expect(sum).toBe(report.marks.at(-1)?.ledgerBytes.allocated);
    const { types, lines, arenaList } = report.marks.at(-1)!;
    for (const holders of [types!, lines!])
      expect(holders.reduce((all, { bytes, largeBytes }) => all + bytes - largeBytes, 0)).toBe(sum);
    expect(arenaList!.reduce((all, { liveBytes }) => all + liveBytes, 0)).toBe(sum);
  });

  it("tell large blocks from those of pools", async () => {
    const { report } = await scratch.run(`
import pymalloc
data = bytearray(50_000_000); pymalloc.mark("held")
del data; pymalloc.mark("gone")`);
    const [, held, gone] = report.marks;
    expect(held.live.largeBytes).toBeGreaterThanOrEqual(50_000_000);
    expect(gone.live.largeBytes).toBeLessThan(10_000);
    expect(gone.since.freedBytes).toBeGreaterThanOrEqual(50_000_000);
  });
});

describe.concurrent("marks", () => {
  it("have a time line with what came and went between its samples", async () => {
    const code =
      "import pymalloc\nx = [str(i) for i in range(9999)]\nx += [bytes(9_000_000)]\nx.pop(); pymalloc.mark()\ndel x";
    const { report } = await scratch.run(code, ["--no-pins"]);
    const most = (key: "liveBytes" | "peakLiveBytes") => Math.max(...report.timeline.map((sample) => sample[key]));
    expect(report.peakLiveBytes).toBeGreaterThan(9_000_000);
    expect(most("peakLiveBytes")).toBe(report.peakLiveBytes);
    expect(most("liveBytes")).toBeLessThan(1_000_000);
    const run = await scratch.pymalloc(["run", "-c", code, "--no-pins"]);
    const [, said] = /at most (.*) asked for and live/.exec(run.out)!;
    expect(run.out).toMatch(new RegExp(`^live .* at most ${said}$`, "m"));
  });

  it("take nothing from the heap", async () => {
    const { report } = await scratch.run(`
from pymalloc import mark
for name in "abcdef": mark(name); mark(name); mark(name=name); mark()`);
    const between = report.marks.slice(6, 12).map(({ since }) => since.allocatedBlocks);
    expect(between).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("have any name, on one line", async () => {
    const { report, err } = await scratch.run(`
import pymalloc
pymalloc.mark(" two\\nlines\\x07 "); pymalloc.mark("größe 😀"); pymalloc.mark(3); pymalloc.mark(); pymalloc.mark(name="k"); pymalloc.mark("\\ud800b")
for bad in (lambda: pymalloc.mark(1, 2)), (lambda: pymalloc.mark(nme="x")):
    try: bad()
    except TypeError as error: print(type(error).__name__)`);
    expect(report.marks.map(({ name }) => name)).toEqual([
      "start",
      "two lines?",
      "größe 😀",
      "3",
      "mark 4",
      "k",
      "?b",
      "end",
    ]);
    expect(err).toBe("TypeError\nTypeError\n");
  });

  it("are sys._debugmallocstats(), too, which prints this heap", async () => {
    const file = scratch.path("stats.rep");
    const { err, report } = await scratch.run(
      "import sys\nx = [[] for i in range(1000)]\nsys._debugmallocstats()\nx = 0\nsys._debugmallocstats()",
      ["--trace", file],
    );
    const replayed = await scratch.pymalloc(["replay", file, "--profile", "wasm32", "--marks"]);
    expect(err).toBe(replayed.out);
    expect(report.marks.map(({ kind }) => kind)).toEqual(["start", "debugmallocstats", "debugmallocstats", "end"]);
  });

  it("may be many", async () => {
    const run = await scratch.pymalloc(["run", "-c", "import pymalloc\nfor i in range(500): pymalloc.mark(str(i))"]);
    expect(run.out).toContain("… 477 more");
    expect(run.out).toMatch(/^end: .*; types since 99\. 98, the last mark at which they were counted$/m);
    expect(run.out.match(/types since/g)).toHaveLength(1);
    expect(run.status).toBe(0);
  });
});

describe.concurrent("options", () => {
  it("compare with other profiles, and warn of 64-bit ones", async () => {
    const run = await scratch.pymalloc(["run", "-c", PHASES, "--compare", "2.7-32,3.12", "--no-types", "--no-pins"]);
    expect(run.out).toContain("The trace's sizes are those of 32-bit objects: compare it with 32-bit profiles.\n");
    expect(run.out).toMatch(/^wasm32 .*\n2\.7-32 .*\n3\.12 /m);
    expect(run.out).not.toContain("by type");
  });

  it("describe a custom profile", async () => {
    const run = await scratch.pymalloc("run -c 1 --profile custom --pool 8KiB --release never --no-pins".split(" "));
    expect(run.out).toContain(
      "profile custom (arenas of 1 MiB, pools of 8 KiB, headers of 48, blocks of 16 to 512 by 16, release never), ",
    );
  });

  it("compare with a custom profile of the geometry that is given, and with none twice", async () => {
    const run = async (args: string) =>
      (await scratch.run("1", ["--no-types", "--no-pins", ...args.split(" ")])).report.comparison?.profiles.map(
        ({ profile, arenaSizeBytes }) => [profile, arenaSizeBytes],
      );
    expect(await run("--compare custom,wasm32 --arena 512KiB")).toEqual([
      ["wasm32", 2 ** 18],
      ["custom", 2 ** 19],
    ]);
    expect(await run("--profile custom --arena 64KiB --pool 4KiB --compare custom,wasm32")).toEqual([
      ["custom", 2 ** 16],
      ["wasm32", 2 ** 18],
    ]);
  });

  it("write a time line, and the report into a file", async () => {
    const run = await scratch.pymalloc([
      "run",
      "-c",
      `print("mine")${PHASES}`,
      "--timeline",
      "t.csv",
      "--report",
      "r.txt",
    ]);
    expect(run).toEqual({ status: 0, out: "mine\n", err: "" });
    expect(readFileSync(scratch.path("r.txt"), "utf8")).toContain("round 4");
    const [head, first, ...rows] = readFileSync(scratch.path("t.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe(
      "event,live_bytes,allocated_bytes,available_bytes,unused_bytes,pinned_bytes,mapped_bytes,peak_live_bytes",
    );
    expect(first).toBe("0,0,0,0,0,0,0,0");
    expect(rows).toHaveLength(1000);
  });

  it.each([
    [["run"], "pymalloc run: expected a SCRIPT, or -c CODE\n"],
    [
      ["run", "a.py", "b"],
      'pymalloc run: expected at most one SCRIPT (got "a.py" and "b"); the program\'s own arguments go behind --\n',
    ],
    [
      ["run", "a.py", "--profile", "3.12"],
      "pymalloc run: --profile 3.12: the program runs on 32 bits; use 3.12-32, or --compare\n",
    ],
    [
      ["run", "a.py", "--profile", "3.15-hugepages"],
      "pymalloc run: --profile 3.15-hugepages: the program runs on 32 bits; use --compare\n",
    ],
    [["run", "a.py", "--profile", "2.3"], "pymalloc run: --profile 2.3: no running Python can use it; use --compare\n"],
    [
      ["run", "a.py", "--compare", "3.8,"],
      'pymalloc run: --compare must be names like 3.8,3.12, none of them empty (got "3.8,")\n',
    ],
    [["run", "-c"], "pymalloc run: -c needs a value: -c CODE\n"],
    [["record", "-c", "--", "x"], "pymalloc record: -c needs a value: -c CODE\n"],
    [["run", ""], "pymalloc run: expected a SCRIPT, or -c CODE\n"],
    [
      ["run", "a.py", "--hash-seed", "-1"],
      'pymalloc run: --hash-seed must be random or an integer from 0 to 4294967295 (got "-1")\n',
    ],
    [
      ["run", "a.py", "--hash-seed", "x"],
      'pymalloc run: --hash-seed must be random or an integer from 0 to 4294967295 (got "x")\n',
    ],
    [
      ["run", "a.py", "--trace", "x.txt"],
      'pymalloc run: --trace must be a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz (got "x.txt")\n',
    ],
    [["record", "a.py"], "pymalloc record: -o TRACE is missing\n"],
  ])("that are wrong end with status 2: %j", async (args, err) => {
    expect(await scratch.pymalloc(args)).toEqual({ status: 2, out: "", err });
  });
});
