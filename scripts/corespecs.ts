/**
 * Compiles each spec of test/core with asc and runs it with as-pect. Arguments are parts of file names; without any, all run.
 *
 * The core keeps its state at fixed low addresses (assembly/layout/layout.ts), where every other module has its static data, and maps
 * all memory from its heap base on. So what a spec itself needs lies between the two, in a memory that is large from the start
 * (pages that nobody touches cost nothing):
 *
 *         4 KiB  the core's state and tables: 248 MiB with the smallest pools and arenas; and replay's regions
 *       256 MiB  strings of the spec, then what as-pect allocates: the stub runtime, which frees nothing
 *       384 MiB  HEAP_BASE of test/core/start.ts: what os.ts maps, as far up as a test asks
 */

import { readdir } from "node:fs/promises";
import { SourceMap, type SourceMapping } from "node:module";
import { fileURLToPath } from "node:url";
import { type IReporter, TestContext, type TestNode } from "@as-pect/core";
import asc from "assemblyscript/asc";

const SPEC_DATA = 256 << 20;
const HEAP_BASE = 384 << 20;
const STUB_LIMIT = 65535; // pages of 64 KiB; with all 65,536 the stub runtime takes memory to be full
const COMPILER =
  `node_modules/@as-pect/assembly/assembly/index.ts --transform @as-pect/transform --exportStart _start --config none ` +
  `--runtime stub --exportRuntime --memoryBase ${SPEC_DATA} --initialMemory ${HEAP_BASE >> 16} ` +
  `--maximumMemory ${STUB_LIMIT} --use PYMALLOC_DEBUG=1 -O3 --debug --sourceMap --outFile spec.wasm`;
const GROUP = 1;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
Error.stackTraceLimit = 50;
const count = { passed: 0, failed: 0 };

function fail(title: string, ...lines: (string | null | undefined | false)[]): void {
  count.failed++;
  console.log([`FAILED ${title}`, ...lines.filter(Boolean)].join("\n    "));
}

/** The lines of assembly/ and test/ in a stack of wasm frames, innermost first. */
function places(stack: string | null, sourceMap: SourceMap): string[] {
  const offsets = [...(stack ?? "").matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map((match) =>
    parseInt(match[1], 16),
  );
  const entries = offsets.map((offset) => sourceMap.findEntry(0, offset) as SourceMapping);
  const lines = entries.map((entry) => `${entry.originalSource}:${entry.originalLine + 1}`);
  return [...new Set(lines.filter((line) => /^(assembly|test)\//.test(line)))];
}

/** Counts and prints as tests end. A group counts when it fails of itself: then its other tests have not run. */
function reporter(file: string, sourceMap: SourceMap): IReporter {
  const onExit = (context: TestContext, node: TestNode): void => {
    const isOwnFailure = !node.pass && node.children.every((child) => child.pass);
    if (node.pass && node.type !== GROUP) count.passed++;
    if (isOwnFailure) {
      const names: string[] = [];
      for (let at: TestNode | null = node; at?.name; at = at.parent) names.unshift(at.name);
      const { actual, expected, message, stackTrace } = node;
      const compared = actual && expected && `expected ${expected.negated ? "not " : ""}${expected.stringify().trim()}`;
      fail(
        `${file}: ${names.join(" > ")}`,
        compared && `${compared}, got ${actual.stringify().trim()}`,
        message || (!compared && stackTrace?.split("\n")[0]),
        ...context.errors.splice(0).map((error) => error.stackTrace || error.message),
        ...places(stackTrace, sourceMap),
      );
    }
    Object.assign(context, { message: "", actual: null, expected: null, stack: "" }); // or they show up in the next failure
  };
  return { stdout: null, stderr: null, onEnter: () => {}, onExit, onFinish: () => {} };
}

async function run(file: string): Promise<void> {
  const files = new Map<string, string | Uint8Array>();
  const { error, stderr } = await asc.main([`test/core/${file}`, ...COMPILER.split(" ")], {
    writeFile: (name, contents) => {
      files.set(name, contents);
    },
  });
  const text = stderr.toString();
  if (error || /WARNING/.test(text)) return fail(`${file}: does not compile`, text || error?.message);
  const context = new TestContext({
    reporter: reporter(file, new SourceMap(JSON.parse(String(files.get("spec.wasm.map"))))),
  });
  const module = new WebAssembly.Module(files.get("spec.wasm") as BufferSource);
  const { exports } = new WebAssembly.Instance(module, context.createImports({}));
  const memory = exports.memory as WebAssembly.Memory;
  const __getString = (at: number): string => {
    const bytes = new DataView(memory.buffer).getUint32(at - 4, true);
    return new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, at, bytes));
  };
  context.run({ ...exports, __getString } as unknown as Parameters<TestContext["run"]>[0]);
  if (context.testCount === 0) fail(`${file}: no test ran`);
}

const filters = process.argv.slice(2);
const specs = (await readdir("test/core", { recursive: true })).filter((name) => name.endsWith(".spec.ts")).sort();
for (const file of specs) {
  if (filters.length === 0 || filters.some((filter) => file.includes(filter))) await run(file);
}
console.log(`${count.passed} passed, ${count.failed} failed`);
if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
