/** What cannot be recorded, and what the one line says. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RecordError, recordNative } from "../../src/record/native.js";
import { anyPython, cacheFolder, folder, leftovers, oldPythons, pythons } from "./native-pythons.js";

const output = join(folder, "none.pytrace");

/** The message with which recording fails; it is a RecordError, of one line, and leaves no file. */
async function messageOf(options: Partial<Parameters<typeof recordNative>[0]>): Promise<string> {
  const program = { code: "pass", python: anyPython?.path ?? "python3", output, cacheFolder, ...options };
  const error = await recordNative(program).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RecordError);
  expect(existsSync(output)).toBe(false);
  expect(leftovers()).toEqual([]);
  const { message } = error as RecordError;
  expect(message).not.toContain("\n");
  return message;
}

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A program that says of itself what a probe asks, with other values than this machine's. */
function pretender(name: string, changes: object): string {
  const probed = {
    implementation: "cpython",
    version: [3, 13, 0],
    executable: join(folder, name),
    prefix: folder,
    is64: true,
    isStatic: false,
    includes: [join(folder, "include")],
    config: {
      Py_GIL_DISABLED: "0",
      Py_ENABLE_SHARED: "1",
      LIBDIR: join(folder, "lib"),
      LIBPL: "",
      LDLIBRARY: "libpython3.13.so",
      INSTSONAME: "libpython3.13.so.1.0",
      LIBRARY: "libpython3.13.a",
      LIBS: "",
      SYSLIBS: "",
      MODLIBS: "",
      LINKFORSHARED: "",
    },
  };
  const { config, ...rest } = changes as { config?: object };
  const said = JSON.stringify({ ...probed, ...rest, config: { ...probed.config, ...config } });
  return program(name, `echo 'pymalloc:${said}'`);
}

describe("interpreters that cannot be recorded", () => {
  it.each([
    ["no-such-python", "no-such-python: no such program"],
    ["/dev/null", "/dev/null: is no program that can be run"],
  ])("%s", async (python, message) => expect(await messageOf({ python })).toBe(message));

  it("one that is no Python", async () => {
    const python = program("no-python", "echo what is this >&2; exit 1");
    expect(await messageOf({ python })).toBe(`${python}: not a Python: what is this`);
    const lister = program("lister", 'echo "cannot access $3" >&2; exit 2'); // as ls does
    expect(await messageOf({ python: lister })).toBe(`${lister}: not a Python`);
  });

  it.each([
    ["pypy", { implementation: "PyPy" }, "PyPy, expected CPython"],
    ["python2", { version: [2, 7, 18] }, "Python 2.7.18, expected CPython 3.7 or newer"],
    [
      "python3.13t",
      { config: { Py_GIL_DISABLED: "1" } },
      "a free-threaded build of Python 3.13.0, which uses mimalloc; expected one with pymalloc",
    ],
    [
      "python3.13-without-headers",
      {},
      `no headers: no Python.h in ${join(folder, "include")}; install them (Debian: python3.13-dev)`,
    ],
  ])("%s", async (name, changes, message) => {
    const python = pretender(name, changes);
    expect(await messageOf({ python })).toBe(`${python}: ${message}`);
  });

  it("one without a library to link with", async () => {
    const include = join(folder, "headers");
    mkdirSync(include);
    writeFileSync(join(include, "Python.h"), "");
    const python = pretender("python3.13-without-library", { includes: [include] });
    expect(await messageOf({ python })).toContain(
      `${python}: nothing to link with: no libpython3.13, neither .so nor .a`,
    );
  });

  it.each(oldPythons)("$name", async ({ name, path }) => {
    expect(await messageOf({ python: path })).toBe(`${path}: Python ${name}, expected CPython 3.7 or newer`);
  });
});

describe.skipIf(pythons.length === 0)("machines and files on which nothing can be recorded", () => {
  function compiler(cc: string): void {
    const before = process.env.CC;
    process.env.CC = cc;
    onTestFinished(() => {
      if (before === undefined) delete process.env.CC;
      else process.env.CC = before;
    });
  }

  it("no compiler", async () => {
    compiler("no-such-cc");
    expect(await messageOf({ cacheFolder: join(folder, "empty") })).toBe(
      "no C compiler: no-such-cc is not there; install one (Debian: gcc), or name it in CC",
    );
  });

  it("a compiler that fails", async () => {
    const cc = program("failing-cc", "echo 'record.c:1: error: not today' >&2; exit 1");
    compiler(cc);
    expect(await messageOf({ cacheFolder: join(folder, "empty") })).toBe(`${cc}: record.c:1: error: not today`);
    compiler("false");
    expect(await messageOf({ cacheFolder: join(folder, "empty") })).toBe("false: failed, and said nothing");
  });

  it("a cache that cannot be made", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "");
    expect(await messageOf({ cacheFolder: join(path, "cache") })).toMatch(/: cannot be made: .*; XDG_CACHE_HOME/);
  });

  it("a script, a directory or an output's directory that is not there", async () => {
    expect(await messageOf({ code: undefined, script: "nothing.py" })).toBe("nothing.py: no such file");
    expect(await messageOf({ cwd: join(folder, "nowhere") })).toContain("nowhere: no such directory");
    const stats = join(folder, "nowhere", "stats");
    expect(await messageOf({ stats })).toBe(`${stats}: cannot be written: no such directory`);
    const inside = join(folder, "nowhere", "x.pytrace");
    expect(await messageOf({ output: inside })).toBe(`${inside}: cannot be written: no such directory`);
  });

  it.each([["PYTHONMALLOC"], ["PYTHONDEVMODE"]])("%s, which takes the hooks off", async (name) => {
    const env = { ...process.env, [name]: name === "PYTHONMALLOC" ? "malloc" : "1" };
    expect(await messageOf({ env })).toBe(
      `${anyPython.path}: PYTHONMALLOC, PYTHONDEVMODE or -X dev puts other allocators in place of the recorder's; leave it away`,
    );
  });

  it("an output of no known form, or no program, is the caller's error", async () => {
    const options = { python: anyPython.path, output: "x.txt", code: "pass" };
    await expect(recordNative(options)).rejects.toThrow(RangeError);
    await expect(recordNative({ ...options, output, script: "x.py" })).rejects.toThrow(
      "one of script, code and module",
    );
  });
});
