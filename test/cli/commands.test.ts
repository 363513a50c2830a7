/** What all commands have in common: their help, their examples, and what they say of options that they do not take. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Command, optionsOf, spelled } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commandlist.js";
import { dispatch } from "../../src/cli/dispatch.js";
import { nearest } from "../../src/cli/nearest.js";
import type { OptionGroups } from "../../src/cli/option.js";
import { parse } from "../../src/cli/parse.js";
import { Heap } from "../../src/heap/heap.js";
import { formatDebugMallocStats } from "../../src/inspect/debugmallocstats.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-commands-"));
const cwd = process.cwd();
beforeAll(() => process.chdir(scratch));
afterAll(() => {
  process.chdir(cwd);
  rmSync(scratch, { recursive: true });
});

/** Runs the CLI in this process. */
async function pymalloc(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const [out, err] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  try {
    const status = await dispatch(args);
    return { status, out: out.mock.calls.join(""), err: err.mock.calls.join("") };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

const commands: [name: string, command: Command<OptionGroups>][] = await Promise.all(
  Object.entries(COMMANDS).map(async ([name, { load }]) => [name, await load()] as [string, Command<OptionGroups>]),
);

/** The words of a shell's command line, quotes taken off. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);

/** The part of an example that calls pymalloc. */
const callOf = (line: string): string[] => wordsOf(line.slice(line.indexOf("pymalloc "))).slice(1);

describe("pymalloc --help", () => {
  it("names each command, once, with its purpose", async () => {
    const { status, out, err } = await pymalloc("--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    for (const name of Object.keys(COMMANDS)) expect(out.match(new RegExp(`^  ${name} `, "gm"))).toHaveLength(1);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(await pymalloc()).toEqual({ status: 2, out, err: "" });
    expect((await pymalloc("help")).out).toBe(out);
  });

  it("is where a command that does not exist sends to, or to the nearest", async () => {
    const err = (name: string, hint: string) => ({ status: 2, out: "", err: `pymalloc: unknown ${name}; ${hint}\n` });
    expect(await pymalloc("reply")).toEqual(err("command reply", "did you mean replay?"));
    expect(await pymalloc("frobnicate")).toEqual(err("command frobnicate", "pymalloc --help lists the commands"));
    expect(await pymalloc("--verison")).toEqual(err("option --verison", "pymalloc --help lists the commands"));
    expect((await pymalloc("toString")).status).toBe(2);
  });
});

describe.each(commands)("pymalloc %s", (name, command) => {
  const options = Object.entries(optionsOf(command));
  const operands = new Array<string>(command.operands.least).fill("x.json");

  it("has help for each option, with its default, in lines that fit a terminal", async () => {
    const { status, out, err } = await pymalloc(name, "--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(new RegExp(`^[A-Z].*\\n(.*\\n)?\\nusage: pymalloc ${name} `));
    const words = out.replace(/\s+/g, " ");
    for (const [option, declared] of options) {
      const { form, help, usual } = declared;
      expect(out).toMatch(new RegExp(`^  (-. *, )?${spelled(option, declared)}( |$)`, "m"));
      expect(words).toContain(`${spelled(option, declared)}${form.value === null ? "" : ` ${form.value}`} ${help}`);
      if (usual !== null) expect(words).toContain(`default: ${usual}`);
    }
    for (const [line] of command.examples) expect(out).toContain(`\n  ${line}\n`);
    const whole = new Set([...command.examples.map(([line]) => `  ${line}`), out.match(/^usage: .*$/m)?.[0]]);
    expect(out.split("\n").filter((line) => line.length > 100 && !whole.has(line))).toEqual([]);
    expect((await pymalloc(name, "-h")).out).toBe(out);
  });

  it("complains in one line of each option that lacks its value, or has one that it does not take", async () => {
    for (const [option, declared] of options) {
      const { letter, form } = declared;
      for (const spelling of [spelled(option, declared), ...(letter === null ? [] : [`-${letter}`])]) {
        const arg = form.value === null ? `${spelling}=x` : spelling;
        const problem = form.value === null ? 'takes no value (got "x")' : `needs a value: ${spelling} ${form.value}`;
        const err = `pymalloc ${name}: ${spelling} ${problem}\n`;
        expect(await pymalloc(name, ...operands, arg)).toEqual({ status: 2, out: "", err });
      }
    }
  });

  it("complains in one line of each bad value, and says what is expected", async () => {
    for (const [option, declared] of options) {
      if (declared.form.value === null || option === "c") continue; // any code is code, an empty one too
      const err = `pymalloc ${name}: ${spelled(option, declared)} must be ${declared.form.expected} (got "")\n`;
      expect(await pymalloc(name, ...operands, spelled(option, declared), "")).toEqual({ status: 2, out: "", err });
    }
  });

  it("names the option that one with a slip of the pen is nearest to", async () => {
    for (const [option] of options) {
      if (option.length < 3) continue;
      const slip = `--${option[1]}${option[0]}${option.slice(2)}`;
      const { status, out, err } = await pymalloc(name, ...operands, slip);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toBe(`pymalloc ${name}: unknown option ${slip}; did you mean --${option}?\n`);
    }
    const { err } = await pymalloc(name, ...operands, "--frobnicate");
    expect(err).toBe(`pymalloc ${name}: unknown option --frobnicate; --help lists the options\n`);
  });

  it("takes its own examples", () => {
    for (const [line] of command.examples) {
      const [called, ...args] = callOf(line);
      expect(() => parse(COMMANDS[called] === undefined ? command : find(called), args)).not.toThrow();
    }
  });

  it("complains of too many operands, and of too few", async () => {
    const { least, most } = command.operands;
    if (Number.isFinite(most))
      expect(() => parse({ ...command, options: {} }, ["a", "b"])).toThrow(/ \(got "a" and "b"\)/);
    if (least > 0) expect(() => parse({ ...command, options: {} }, [])).toThrow(/^expected .+ \(got none\)$/);
  });
});

const find = (name: string): Command<OptionGroups> =>
  (commands.find(([other]) => other === name) as (typeof commands)[number])[1];

describe("the values of options", () => {
  it("say in one wording what is expected", async () => {
    const lines: readonly (readonly [args: string, line: string])[] = [
      ["lab --port x", '--port must be an integer from 0 to 65535 (got "x")'],
      ["bench t.rep --rounds 0", '--rounds must be an integer from 1 to 1000 (got "0")'],
      ["compare ramp --os plan9", '--os must be mmap, brk, wasm or hugepages (got "plan9")'],
      ["compare ramp --page 8KiB", '--page must be 4KiB, 16KiB or 64KiB (got "8KiB")'],
      ["replay t.rep --arena lots", '--arena must be a size like 512, 64KiB or 2MiB (got "lots")'],
      ["replay t.rep --shift many", '--shift must be bytes like 4096 or 0,4096 (got "many")'],
      ["sweep e.json --shard 4/3", '--shard must be I/N with I from 1 to N, as 1/8 (got "4/3")'],
      ["plot r.jsonl --kind pie", '--kind must be timeline, pareto, survivors or heatmap (got "pie")'],
      ["plot r.jsonl -x p", "unknown option -x; did you mean --x?"],
      ["fit t.rep --json", "unknown option --json; --help lists the options"],
      ["replay t.rep --proflie 3.8", "unknown option --proflie; did you mean --profile?"],
      ["replay t.rep --prof 3.8", "unknown option --prof; did you mean --profile?"],
      ["replay t.rep --profile --json", "--profile needs a value: --profile P,P…"],
      ["convert t.rep", "-o OUT is missing"],
      [
        "convert t.rep -o t.txt",
        '-o must be a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for stdout (got "t.txt")',
      ],
    ];
    for (const [args, line] of lines) {
      const words = args.split(" ");
      expect(await pymalloc(...words)).toEqual({ status: 2, out: "", err: `pymalloc ${words[0]}: ${line}\n` });
    }
  });

  it("may begin with a dash, or stand behind =", () => {
    expect(parse(find("run"), ["-c", "-1"]).values).toMatchObject({ c: "-1" });
    expect(parse(find("run"), ["-c-1"]).values).toMatchObject({ c: "-1" });
    expect(parse(find("run"), ["a.py", "--profile=3.8-32"]).values).toMatchObject({ profile: ["3.8-32"] });
  });

  it("end at -- for a program's own arguments", () => {
    const { operands, programArguments } = parse(find("run"), ["a.py", "--", "--json", "--", "-c"]);
    expect({ operands, programArguments }).toEqual({ operands: ["a.py"], programArguments: ["--json", "--", "-c"] });
    expect(parse(find("stats"), ["--", "--json"]).operands).toEqual(["--json"]);
  });

  it("are the last one given, or all that are given, each once", () => {
    expect(parse(find("bench"), ["t.rep", "--rounds", "2", "--rounds", "3"]).values).toMatchObject({ rounds: 3 });
    const { values } = parse(find("bench"), [
      "t.rep",
      "--profile",
      "3.8,3.9",
      "--profile",
      "3.8",
      "--allocator",
      "a.wasm",
    ]);
    expect(values).toMatchObject({ profile: ["3.8", "3.9"], allocator: ["a.wasm"] });
  });
});

describe("the nearest word", () => {
  it("is one letter of three away at most, or goes on after what was typed", () => {
    const words = ["profile", "pool", "placements"];
    expect(["proflie", "profil", "porfile", "prof", "pol", "plcaement"].map((word) => nearest(word, words))).toEqual([
      "profile",
      "profile",
      "profile",
      "profile",
      "pool",
      "placements",
    ]);
    expect(["x", "frob", "archive"].map((word) => nearest(word, words))).toEqual([null, null, null]);
  });
});

describe("the examples of the help", () => {
  /** Runs a shell's `text`, in which `pymalloc` is the command. */
  const shell = (text: string) =>
    spawnSync("bash", ["-c", `pymalloc() { "${process.execPath}" "${CLI}" "$@"; }; ${text}`], { encoding: "utf8" });

  /** Not those that serve until Ctrl-C, or need a wasm file, a process or another Python. */
  const lines = commands
    .flatMap(([, { examples }]) => examples.map(([line]) => line))
    .filter((line) => !/^pymalloc (lab|inspect)|my\.wasm|python3/.test(line));

  beforeAll(() => {
    const heap = Heap.createSync({ profile: "3.12" });
    heap.malloc(100);
    writeFileSync("stats.txt", formatDebugMallocStats(heap.stats().pymalloc));
    const experiment = { traces: ["survivors:events=1000"], strategies: ["tlsf", "bump"], seeds: [1, 2] };
    writeFileSync("experiment.json", JSON.stringify(experiment));
    writeFileSync("app.py", "import pymalloc\nx = [str(i) for i in range(1000)]\npymalloc.mark('made')\n");
    const { status, stderr } = shell(
      `pymalloc generate churn:live=100,events=1000 -o app.rep && pymalloc convert app.rep -o app.pytrace.gz &&
       pymalloc fit app.rep -o fit.json && pymalloc sweep experiment.json -o part-2.jsonl --shard 2/2`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.each(lines)("runs: %s", (line) => {
    const { status, stderr } = shell(line);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: line.startsWith("pymalloc record") ? expect.any(String) : "",
    });
  });
});
