/** Dumps of memray: made up, and real ones of the program in data/memray. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { complaint, HEADER, MEMRAY, memray, ops, read } from "./recorded.js";

/** What there is when the ops of a trace are done. */
function endOf(list: string): { ops: number; live: number; liveBytes: number } {
  const live = new Map<string, number>();
  const all = list.split("; ").map((op) => op.split(" "));
  for (const [op, id, nbytes] of all) {
    if (op === "f" || op === "F") live.delete(id);
    else live.set(id, Number(nbytes));
  }
  const liveBytes = [...live.values()].reduce((sum, nbytes) => sum + nbytes, 0);
  return { ops: all.length, live: live.size, liveBytes };
}

describe("memray", () => {
  it("is read: Python's requests as OBJ, the C library's as RAW, reallocations put together", async () => {
    expect(await ops(MEMRAY)).toBe("a 0 48; A 1 4000; r 0 80");
    const { trace, notes } = await read(MEMRAY);
    expect(trace.recordedBy).toBe("3.12");
    expect(notes).toEqual([
      "memray: 2 allocations, 0 frees, 1 reallocation; passed over: 7 lines of other kinds.",
      "memray tells no domains of Python apart: what it calls pymalloc is replayed as OBJ, all else as RAW.",
    ]);
  });

  it("has all allocators", async () => {
    const [obj, raw] = [0x1000, 0x2000];
    const names = ["calloc", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc", "realloc"];
    const text = [
      memray("pymalloc_calloc", obj, 1),
      memray("pymalloc_realloc", obj + 16, 2),
      ...names.map((name, index) => memray(name, raw + 16 * index, index)),
      memray("mmap", 0x3000, 4096),
      memray("munmap", 0x3000, 4096),
      memray("free", raw),
      memray("pymalloc_free", obj),
    ];
    expect(await ops(text.join(""))).toBe("a 0 1; a 1 2; A 2 0; A 3 1; A 4 2; A 5 3; A 6 4; A 7 5; A 8 6; F 2; f 0");
    expect((await read(text.join(""))).notes[0]).toContain(
      "passed over: 2 mmap or munmap calls; no TRAILER: the capture ended early",
    );
  });

  it("puts a reallocation together only with the free before it, of the same allocator and thread", async () => {
    const start = memray("pymalloc_malloc", 0x10, 8) + memray("malloc", 0x20, 9);
    const [free, freeRaw] = [memray("pymalloc_free", 0x10), memray("free", 0x20)];
    const realloc = memray("pymalloc_realloc", 0x30, 10);
    const after = async (text: string): Promise<string> => (await ops(start + text)).slice("a 0 8; A 1 9; ".length);
    expect(await after(free + realloc)).toBe("r 0 10");
    expect(await after(`${free}FRAME_POP count=2\n${realloc}`)).toBe("r 0 10");
    expect(await after(freeRaw + memray("realloc", 0x20, 10))).toBe("R 1 10");
    expect(await after(freeRaw + realloc)).toBe("F 1; a 1 10");
    expect(await after(`${free}CONTEXT_SWITCH tid=2\n${realloc}`)).toBe("f 0; a 0 10");
    expect(await after(free + memray("malloc", 0x40, 1) + realloc)).toBe("f 0; A 0 1; a 2 10");
    expect(await after(free + memray("pymalloc_malloc", 0x10, 1))).toBe("f 0; a 0 1");
    expect(await after(free + freeRaw)).toBe("f 0; F 1");
  });

  it("takes a small block for a new one when it lies elsewhere than the large one that was freed", async () => {
    const sized = (size: number, to: number, nbytes: number): string =>
      memray("pymalloc_malloc", 0x10, size) + memray("pymalloc_free", 0x10) + memray("pymalloc_realloc", to, nbytes);
    expect(await ops(sized(513, 0x30, 512))).toBe("a 0 513; f 0; a 0 512");
    expect(await ops(sized(513, 0x10, 512))).toBe("a 0 513; r 0 512");
    expect(await ops(sized(513, 0x30, 513))).toBe("a 0 513; r 0 513");
    expect(await ops(sized(512, 0x30, 1))).toBe("a 0 512; r 0 1");
  });

  it("puts nothing together across a request that is passed over", async () => {
    const free = memray("pymalloc_malloc", 0x10, 8) + memray("pymalloc_free", 0x10);
    const failed = "ALLOCATION address=(nil) size=999 allocator=pymalloc_realloc native_frame_id=0\n";
    for (const between of [failed, memray("mmap", 0x3000, 4096)]) {
      expect(await ops(free + between + memray("pymalloc_realloc", 0x30, 10))).toBe("a 0 8; f 0; a 0 10");
    }
  });

  it.each([
    [
      "1.20",
      "5,020 allocations, 3,869 frees, 199 reallocations; passed over: 8 frees of blocks from before it, " +
        "2 mmap or munmap calls, 1 failed request, 6,822 lines of other kinds.",
      { recordedBy: "3.11", peakLiveBytes: 122_141 },
      { ops: 9088, live: 1151, liveBytes: 75_169 },
    ],
    [
      "1.18-native",
      "5,019 allocations, 3,869 frees, 199 reallocations; passed over: 9 frees of blocks from before it, " +
        "2 mmap or munmap calls, 1 failed request, 4,477 lines of other kinds.",
      { recordedBy: null },
      { ops: 9087, live: 1150, liveBytes: 75_107 },
    ],
  ])(
    "is read as an independent count of the lines has it: a real dump of memray %s",
    async (name, summary, expected, end) => {
      const dump = gunzipSync(readFileSync(new URL(`data/memray/${name}.txt.gz`, import.meta.url)));
      const { trace, notes, skipped } = await read(dump);
      expect([notes[0], skipped, notes.length]).toEqual([`memray: ${summary}`, 0, 2]);
      expect(trace).toMatchObject(expected);
      expect(endOf(await ops(dump))).toEqual(end);
    },
  );

  it("is read in the form that it had up to 1.18", async () => {
    const old = MEMRAY.replace("python_version=030c01f0 ", "")
      .replace(
        /CODE_OBJECT.*\n/,
        "FRAME_ID frame_id=0 function_name=<module> filename=app.py lineno=7 is_entry_frame=1\n",
      )
      .replaceAll("ALLOCATION address", "ALLOCATION_WITH_NATIVE address")
      .replace(/ libdest=.*/, "");
    const { trace, notes } = await read(old);
    expect(trace).toEqual({ ...(await read(MEMRAY)).trace, recordedBy: null });
    expect(notes).toHaveLength(2);
    expect((await read(old.replace("allocators=true", "allocators=false"))).notes).toHaveLength(3);
    expect(await complaint(old.replace("ALL_ALLOCATIONS", "AGGREGATED_ALLOCATIONS"))).toContain("aggregated capture");
  });

  it("has failed requests passed over", async () => {
    const text = "ALLOCATION address=(nil) size=999 allocator=pymalloc_malloc native_frame_id=0\n";
    expect((await read(MEMRAY.replace("TRAILER\n", `${text}TRAILER`))).notes[0]).toContain(
      "over: 1 failed request, 6 l",
    );
  });

  it("has a header of several lines where the command line has", async () => {
    const text = MEMRAY.replace("app.py python", "-c import os\nf()\nSEGMENT = 1\nTRAILER\nfor i in x: f()\n python");
    expect((await read(text)).trace).toEqual((await read(MEMRAY)).trace);
    const notes = async (content: string): Promise<number> => (await read(content)).notes.length;
    expect(await notes(text)).toBe(2);
    expect(await notes(text.replace("allocators=true", "allocators=false"))).toBe(3);
    expect((await read(MEMRAY.replace("allocators=true", "allocators=false"))).notes[2]).toContain(
      "without --trace-python-allocators",
    );
  });

  it("names the Python that recorded it where there is such a profile", async () => {
    const recordedBy = async (version: string): Promise<string | null> =>
      (await read(MEMRAY.replace("030c01f0", version))).trace.recordedBy;
    expect(await recordedBy("030800f0")).toBe("3.8");
    expect(await recordedBy("03ff00a1")).toBeNull();
  });

  it("may be cut off anywhere behind its first line", async () => {
    for (let length = HEADER.length; length < MEMRAY.length - 1; length++) {
      const { trace, notes } = await read(MEMRAY.slice(0, length));
      expect(trace.words.length / 2).toBeLessThanOrEqual(3);
      expect(notes[0]).toContain("no TRAILER");
    }
  });

  it.each([
    "ALLOCATION address=7f size=1 allocator=malloc",
    "ALLOCATION address=0x7f size=0x1 allocator=malloc",
    "ALLOCATION address=0x7f size=-1 allocator=malloc",
    "ALLOCATION address=0x7f size=1 allocator=tcmalloc",
    "ALLOCATION address=0x7f size=1",
    "ALLOCATION address=0x7f",
    "ALLOCATION size=1",
    "UNKNOWN RECORD TYPE 77",
    "FRAME_PUSHED x=1",
  ])("line %j is an error", async (line) => {
    expect(await complaint(`CONTEXT_SWITCH tid=1\n${line}\nTRAILER\n`)).toMatch(
      /^x:2: ".+", expected "ALLOCATION address=0x… size=… allocator=…" or a line of another kind that memray parse prints$/,
    );
  });
});
