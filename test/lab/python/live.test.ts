/** What the page is told of a heap while a script runs on it. */
import { afterEach, expect, it, vi } from "vitest";
import type { RunMessage } from "../../../src/lab/protocol/python.js";
import { Live } from "../../../src/lab/python/live.js";
import { RUN_MEMORY_BYTES, RunMemory } from "../../../src/lab/python/runmemory.js";
import { BlockLabels } from "../../../src/python/blocklabels.js";
import { attach } from "../../../src/python/interpreter/attach.js";
import { newPython, runApart } from "../../python/interpreter/python.js";

afterEach(() => void vi.restoreAllMocks());

it("sends a snapshot when the page has taken the one before, and then all events since", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const python = await newPython();
  const heap = await attach(python, { record: true });
  const { recording } = heap;
  if (recording === null) throw new Error("the heap is not recorded");
  const memory = new RunMemory(new ArrayBuffer(RUN_MEMORY_BYTES));
  const messages: RunMessage[] = [];
  const labels = new BlockLabels(heap, recording, () => live.tick());
  const live = new Live(heap, labels, (message) => messages.push(message), memory);
  for (const count of [1, 2, 3]) {
    for (let round = 0; round < 5; round++) {
      runApart(python, "for i in range(1000): [i]");
      now += 1000;
      heap.flush();
      expect(messages).toHaveLength(count);
    }
    memory.snapshotTaken();
  }
  now += 1000;
  live.tick();
  const chunks = messages.flatMap((message) => (message.kind === "snapshot" ? [message.chunk] : []));
  const { words, idCount, opCount, peakLiveBytes } = recording.trace();
  expect(chunks.flatMap((chunk) => [...chunk.words])).toEqual([...words]);
  expect(chunks.at(-1)).toMatchObject({ idCount, opCount, peakLiveBytes });
});
