/** The loop of the benchmarks, on an allocator that can refuse. */
import { expect, it } from "vitest";
import type { LoopInstantiate } from "../../src/memory/wasm.js";
import { LOOP_WASM } from "../../src/memory/wasm.js";
import { OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC } from "../../src/trace/event.js";

type LoopExports = Awaited<ReturnType<typeof LoopInstantiate>>;

it("counts requests that fail, and frees nothing for them, though their id had a block before", () => {
  const calls: string[] = [];
  let next = 4096;
  const serve = (call: string, nbytes: number): number => {
    calls.push(call);
    return nbytes > 1000 ? 0 : (next += 1024);
  };
  const allocator = {
    malloc: (nbytes: number) => serve(`malloc ${nbytes}`, nbytes),
    calloc: (count: number, nbytes: number) => serve(`calloc ${count} ${nbytes}`, nbytes),
    realloc: (ptr: number, nbytes: number) => serve(`realloc ${ptr} ${nbytes}`, nbytes),
    free: (ptr: number) => calls.push(`free ${ptr}`),
  };
  const events: readonly (readonly [op: number, nbytes: number])[] = [
    [OP_MALLOC, 10],
    [OP_REALLOC, 2000],
    [OP_FREE, 0],
    [OP_MALLOC, 3000],
    [OP_FREE, 0],
    [OP_CALLOC, 4000],
    [OP_REALLOC, 20],
    [OP_FREE, 0],
  ];
  const module = new WebAssembly.Module(Uint8Array.from(atob(LOOP_WASM), (char) => char.charCodeAt(0)));
  const loop = new WebAssembly.Instance(module, { allocator }).exports as unknown as LoopExports;
  const at = loop.reserve(events.length, 1) >>> 0;
  new Uint32Array(loop.memory.buffer, at, 2 * events.length).set(events.flat());
  expect(loop.run(0, events.length, events.length)).toBe(3);
  expect(calls).toEqual([
    "malloc 10",
    "realloc 5120 2000",
    "free 5120",
    "malloc 3000",
    "free 0",
    "calloc 1 4000",
    "realloc 0 20",
    "free 6144",
  ]);
});
