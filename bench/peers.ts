/** The allocators that a user could pick, built on the spot where the machine has what that takes. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import asc from "assemblyscript/asc";
import type { Allocator } from "../src/bench/allocator.js";
import { foreignAllocator } from "../src/bench/foreign.js";

const OUT = "build/peers";

/** Why a peer is not there: for the table's last lines. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** A native program that runs the loop: bench/native.c. */
export interface NativePeer {
  readonly name: string;
  readonly program: string;
  readonly allocator: "libc" | "pymalloc";
}

export interface Peers {
  readonly wasm: Allocator[];
  readonly native: NativePeer[];
  readonly missing: Missing[];
}

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** The last line of what a failed build printed. */
const reasonOf = (error: unknown): string => {
  const stderr = String((error as { stderr?: Buffer }).stderr ?? error).trim();
  return stderr.split("\n").at(-1) ?? "";
};

async function assemblyScript(name: string, label: string): Promise<Allocator> {
  const runtime = name === "tlsf" ? "minimal" : "stub";
  const args = [
    `bench/peers/${name}.ts`,
    "--outFile",
    `${OUT}/${name}.wasm`,
    "-O3",
    "--noAssert",
    "--runtime",
    runtime,
  ];
  const { error, stderr } = await asc.main([...args, "--use", "abort="]);
  if (error) throw new Error(stderr.toString());
  return foreignAllocator(label, new Uint8Array(readFileSync(`${OUT}/${name}.wasm`)));
}

/**
 * emcc with one of its mallocs, growing memory up to 4 GiB. It grows by 64 KiB at a time, and V8 collects garbage each time; for large
 * heaps, where that takes minutes, memory is there from the start.
 */
function emscripten(malloc: string, isLarge: boolean): Allocator {
  const source = join(OUT, "empty.c");
  writeFileSync(source, "#include <stdlib.h>\n");
  const out = join(OUT, `${malloc}.wasm`);
  const settings = ["ALLOW_MEMORY_GROWTH=1", "MAXIMUM_MEMORY=4GB", "STANDALONE_WASM=1", `MALLOC=${malloc}`];
  if (isLarge) settings.push(`INITIAL_MEMORY=${2 ** 32 - 65536}`);
  const flags = [...settings, "EXPORTED_FUNCTIONS=_malloc,_calloc,_realloc,_free,_sbrk"].flatMap((setting) => [
    "-s",
    setting,
  ]);
  execFileSync("emcc", [source, "-O3", "--no-entry", "-o", out, ...flags], { stdio: "pipe" });
  return foreignAllocator(`${malloc} (emscripten)`, new Uint8Array(readFileSync(out)));
}

function wasiLibc(): Allocator {
  const source = join(OUT, "wasi.c");
  writeFileSync(source, "#include <stdlib.h>\n");
  const out = join(OUT, "wasi.wasm");
  const exported = ["malloc", "calloc", "realloc", "free"].map((name) => `-Wl,--export=${name}`);
  const flags = ["--target=wasm32-wasi", "-O3", "-mexec-model=reactor", "-Wl,--no-entry", ...exported];
  execFileSync("clang", [...flags, source, "-o", out], { stdio: "pipe" });
  return foreignAllocator("wasi-libc", new Uint8Array(readFileSync(out)));
}

function native(label: string, program: string, flags: readonly string[]): NativePeer {
  const out = join(OUT, program);
  execFileSync("cc", ["-O2", "bench/native.c", "-o", out, ...flags], { stdio: "pipe" });
  return { name: label, program: out, allocator: program === "libc" ? "libc" : "pymalloc" };
}

/** Flags to compile and link against the interpreter under `prefix`. */
function pythonFlags(prefix: string): string[] {
  const include = readdirSync(join(prefix, "include")).find((name) => /^python\d/.test(name));
  const library = readdirSync(join(prefix, "lib")).find((name) => /^libpython\d\.\d+m?\.so$/.test(name));
  if (!include || !library) throw new Error("no headers, or no shared library");
  const home = `-DPYTHON_HOME="${prefix}"`;
  const lib = join(prefix, "lib");
  return ["-DWITH_PYTHON", home, "-isystem", join(prefix, "include", include), join(lib, library), `-Wl,-rpath,${lib}`];
}

/** Debian's python3-dev, as its python3-config tells. */
function systemPythonFlags(): string[] {
  const config = (...args: string[]): string[] =>
    execFileSync("/usr/bin/python3-config", args, { stdio: "pipe" }).toString().trim().split(/\s+/);
  return ["-DWITH_PYTHON", ...config("--includes"), ...config("--ldflags", "--embed")];
}

/** Interpreters by path: pyenv's, where it is. */
function pyenvPrefixes(): string[] {
  const run = spawnSync("pyenv", ["root"], { encoding: "utf8" });
  const versions = join((run.stdout ?? "").trim(), "versions");
  if (run.status !== 0 || !existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .map((name) => join(versions, name));
}

/** Builds every peer that this machine can build. `pythons` are prefixes of further interpreters; `isLarge`: for heaps up to 4 GiB. */
export async function buildPeers(pythons: readonly string[], isLarge: boolean): Promise<Peers> {
  mkdirSync(OUT, { recursive: true });
  const peers: Peers = { wasm: [], native: [], missing: [] };
  const attempt = async (name: string, needs: string, build: () => Allocator | NativePeer | Promise<Allocator>) => {
    if (needs !== "" && !has(needs)) return void peers.missing.push({ name, reason: `no ${basename(needs)}` });
    try {
      const peer = await build();
      if ("start" in peer) peers.wasm.push(peer);
      else peers.native.push(peer);
    } catch (error) {
      peers.missing.push({ name, reason: reasonOf(error) });
    }
  };
  await attempt("AssemblyScript TLSF", "", () => assemblyScript("tlsf", "AssemblyScript TLSF"));
  await attempt("dlmalloc (emscripten)", "emcc", () => emscripten("dlmalloc", isLarge));
  await attempt("emmalloc (emscripten)", "emcc", () => emscripten("emmalloc", isLarge));
  await attempt("mimalloc (emscripten)", "emcc", () => emscripten("mimalloc", isLarge));
  await attempt("wasi-libc", "clang", wasiLibc);
  await attempt("floor: the loop and its calls", "", async () => {
    const { name, start } = await assemblyScript("nothing", "floor: the loop and its calls");
    return { name, start }; // not to be watched: all its blocks are one
  });
  await attempt("floor: free lists by size", "", () => assemblyScript("segregated", "floor: free lists by size"));
  await attempt("floor: bump pointer", "", () => assemblyScript("bump", "floor: bump pointer"));
  await attempt("native C library", "cc", () => native("native C library", "libc", []));
  await attempt("native CPython (python3-dev)", "/usr/bin/python3-config", () =>
    native("native CPython (python3-dev)", "python3-dev", systemPythonFlags()),
  );
  for (const prefix of [...pyenvPrefixes(), ...pythons]) {
    const name = `native CPython ${basename(prefix)}`;
    await attempt(name, "cc", () => native(name, `python-${basename(prefix)}`, pythonFlags(prefix)));
  }
  return peers;
}
