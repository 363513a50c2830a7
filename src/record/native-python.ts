/** A native CPython, and what a C program needs in order to be that interpreter: its headers and its library. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../text/errors.js";

/** Why a program cannot be recorded, in one line. */
export class RecordError extends InputError {
  override name = "RecordError";
}

/** An interpreter that can be recorded. */
export interface NativePython {
  /** Its path as `sys.executable` has it: in a virtual environment the one of the environment. */
  readonly executable: string;
  /** `3.12.1`. */
  readonly version: string;
  readonly pointerBits: 32 | 64;
  /** Folders with `Python.h` and `pyconfig.h`. */
  readonly includes: readonly string[];
  /** `libpython3.12.so`, `libpython3.12.a`: what there is of both, and first the kind that the interpreter itself is made of. */
  readonly libraries: readonly string[];
  /** What the linker is to be told besides for the static one. */
  readonly staticFlags: readonly string[];
}

/**
 * What the interpreter says of itself, in the words of its `sysconfig`, as `python3-config --embed` does. It runs without
 * `site`, whose hooks may print, and imports nothing from the current folder.
 */
const PROBE = `
import sys
sys.path[:] = [p for p in sys.path if p]
import json, sysconfig
names = "Py_GIL_DISABLED Py_ENABLE_SHARED LIBDIR LIBPL LDLIBRARY INSTSONAME LIBRARY LIBS SYSLIBS MODLIBS LINKFORSHARED"
print("pymalloc:" + json.dumps({
    "implementation": "PyPy" if "PyPy" in sys.version else "Jython" if "java" in sys.platform else
        getattr(getattr(sys, "implementation", None), "name", "cpython"),
    "version": list(sys.version_info[:3]),
    "executable": sys.executable,
    "prefix": getattr(sys, "base_prefix", sys.prefix),
    "is64": sys.maxsize > 2**32,
    "isStatic": sys.platform == "linux" and "/libpython" not in open("/proc/self/maps").read(),
    "includes": [sysconfig.get_path("include"), sysconfig.get_path("platinclude")],
    "config": {name: str(sysconfig.get_config_var(name) or "") for name in names.split()},
}))
`;

type ConfigName =
  | "Py_GIL_DISABLED"
  | "Py_ENABLE_SHARED"
  | "LIBDIR"
  | "LIBPL"
  | "LDLIBRARY"
  | "INSTSONAME"
  | "LIBRARY"
  | "LIBS"
  | "SYSLIBS"
  | "MODLIBS"
  | "LINKFORSHARED";

interface Probed {
  readonly implementation: string;
  readonly version: readonly [major: number, minor: number, micro: number];
  readonly executable: string;
  readonly prefix: string;
  readonly is64: boolean;
  readonly isStatic: boolean;
  readonly includes: readonly (string | null)[];
  readonly config: Readonly<Record<ConfigName, string>>;
}

/**
 * Asks `python`, a path or a name on PATH, what it is. `cwd` and `env` are those of the program, on which a name can depend.
 * Throws `RecordError` where it is no CPython that can be recorded, or its headers or its library are not there.
 */
export function findNativePython(
  python: string,
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): NativePython {
  const fail = (what: string): never => {
    throw new RecordError(`${python}: ${what}`);
  };
  const probed = probe(python, cwd ?? process.cwd(), env ?? process.env);
  const [major, minor] = probed.version;
  const version = probed.version.join(".");
  if (probed.implementation !== "cpython") fail(`${probed.implementation}, expected CPython`);
  if (major < 3 || (major === 3 && minor < 7)) fail(`Python ${version}, expected CPython 3.7 or newer`);
  if (Number(probed.config.Py_GIL_DISABLED) > 0)
    fail(`a free-threaded build of Python ${version}, which uses mimalloc; expected one with pymalloc`);
  if (!probed.executable) fail("does not know its own path (sys.executable is empty)");

  const includes = [...new Set(probed.includes)].filter((folder) => folder !== null);
  const debian = `Debian: python${major}.${minor}-dev`;
  if (!includes.some((folder) => existsSync(join(folder, "Python.h"))))
    fail(`no headers: no Python.h in ${includes.join(", ")}; install them (${debian})`);
  const libraries = findLibraries(probed);
  if (libraries.length === 0)
    fail(
      `nothing to link with: no libpython${major}.${minor}, neither .so nor .a, in ${libraryFolders(probed).join(", ")}; ` +
        `install it (${debian}; pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared)`,
    );
  return {
    executable: probed.executable,
    version,
    pointerBits: probed.is64 ? 64 : 32,
    includes,
    libraries,
    staticFlags: staticFlags(probed),
  };
}

function probe(python: string, cwd: string, env: NodeJS.ProcessEnv): Probed {
  const program = python.includes("/") ? resolve(python) : python;
  const run = spawnSync(program, ["-S", "-c", PROBE], {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  if (run.error) {
    const { code } = run.error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: "no such program", EACCES: "is no program that can be run" };
    throw new RecordError(`${python}: ${reasons[code ?? ""] ?? run.error.message}`);
  }
  const line = run.stdout.split("\n").find((text) => text.startsWith("pymalloc:"));
  if (line === undefined) {
    const last = run.stderr.trim().split("\n").at(-1) ?? "";
    const said = PROBE.split("\n").some((code) => code !== "" && last.includes(code)) ? "" : last; // what it read as file names
    throw new RecordError(`${python}: not a Python${said === "" ? "" : `: ${said.slice(0, 200)}`}`);
  }
  return JSON.parse(line.slice("pymalloc:".length)) as Probed;
}

/** Where sysconfig says that the library is, and next to the interpreter: one that was moved does not know where it is. */
function libraryFolders({ prefix, config }: Probed): string[] {
  return [...new Set([config.LIBDIR, config.LIBPL, join(prefix, "lib")])].filter((folder) => folder !== "");
}

function findLibraries(probed: Probed): string[] {
  const { LDLIBRARY, INSTSONAME, LIBRARY } = probed.config;
  const find = (names: readonly string[]): string[] =>
    names
      .filter((name) => name !== "")
      .flatMap((name) => libraryFolders(probed).map((folder) => join(folder, name)))
      .filter((path) => existsSync(path))
      .slice(0, 1);
  const isArchive = LDLIBRARY.endsWith(".a");
  const shared = find(isArchive ? [LDLIBRARY.replace(/\.a$/, ".so")] : [LDLIBRARY, INSTSONAME]);
  const archive = find(isArchive ? [LDLIBRARY, LIBRARY] : [LIBRARY]);
  return probed.isStatic ? [...archive, ...shared] : [...shared, ...archive];
}

/** All of the static library, for extension modules expect every function to be there, and what it needs itself. */
function staticFlags({ config }: Probed): string[] {
  const own = process.platform === "linux" ? "-no-pie -lm -ldl -lutil" : "";
  return [config.LIBS, config.SYSLIBS, config.MODLIBS, config.LINKFORSHARED, own].flatMap((flags) =>
    flags.split(/\s+/).filter((flag) => flag !== ""),
  );
}

/** Arguments for the C compiler: headers, and one of the libraries. */
export function compilerFlags({ includes, libraries, staticFlags }: NativePython, library = libraries[0]): string[] {
  const headers = includes.flatMap((folder) => ["-isystem", folder]);
  if (library.endsWith(".a"))
    return [...headers, "-Wl,--whole-archive", library, "-Wl,--no-whole-archive", ...staticFlags];
  // In front of LD_LIBRARY_PATH, where the linker can say so: another library of the same name is another Python.
  const rpath = [process.platform === "linux" ? "-Wl,--disable-new-dtags" : "", `-Wl,-rpath,${dirname(library)}`];
  return [...headers, library, ...rpath.filter((flag) => flag !== "")];
}
