/** The allocators that a user could pick, built on the spot where the machine has what that takes. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import asc from "assemblyscript/asc";
import type { Allocator } from "../src/strategy/allocator.js";
import { foreignAllocator } from "../src/strategy/foreign.js";

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

/** A peer that is not built yet. */
export interface PeerRecipe {
  readonly name: string;
  /** The program that it takes; empty for none but Node. */
  readonly needs: string;
  build(): Allocator | NativePeer | Promise<Allocator>;
}

/** Every peer that there could be. `pythons` are prefixes of further interpreters; `isLarge`: for heaps up to 4 GiB. */
export function peerRecipes(pythons: readonly string[], isLarge: boolean): PeerRecipe[] {
  const script = (name: string, label: string): PeerRecipe => ({
    name: label,
    needs: "",
    build: () => assemblyScript(name, label),
  });
  const emcc = (malloc: string): PeerRecipe => ({
    name: `${malloc} (emscripten)`,
    needs: "emcc",
    build: () => emscripten(malloc, isLarge),
  });
  const floor = "floor: the loop and its calls";
  return [
    script("tlsf", "AssemblyScript TLSF"),
    ...["dlmalloc", "emmalloc", "mimalloc"].map(emcc),
    { name: "wasi-libc", needs: "clang", build: wasiLibc },
    {
      name: floor,
      needs: "",
      build: async () => {
        const { name, start } = await assemblyScript("nothing", floor);
        return { name, start }; // not to be watched: all its blocks are one
      },
    },
    script("segregated", "floor: free lists by size"),
    script("bump", "floor: bump pointer"),
    { name: "native C library", needs: "cc", build: () => native("native C library", "libc", []) },
    {
      name: "native CPython (python3-dev)",
      needs: "/usr/bin/python3-config",
      build: () => native("native CPython (python3-dev)", "python3-dev", systemPythonFlags()),
    },
    ...[...pyenvPrefixes(), ...pythons].map((prefix): PeerRecipe => {
      const name = `native CPython ${basename(prefix)}`;
      return { name, needs: "cc", build: () => native(name, `python-${basename(prefix)}`, pythonFlags(prefix)) };
    }),
  ];
}

/** Builds those that this machine can build. */
export async function buildPeers(recipes: readonly PeerRecipe[]): Promise<Peers> {
  mkdirSync(OUT, { recursive: true });
  const peers: Peers = { wasm: [], native: [], missing: [] };
  for (const { name, needs, build } of recipes) {
    if (needs !== "" && !has(needs)) {
      peers.missing.push({ name, reason: `no ${basename(needs)}` });
      continue;
    }
    try {
      const peer = await build();
      if ("start" in peer) peers.wasm.push(peer);
      else peers.native.push(peer);
    } catch (error) {
      peers.missing.push({ name, reason: reasonOf(error) });
    }
  }
  return peers;
}
