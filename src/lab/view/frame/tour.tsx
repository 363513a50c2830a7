/** Six steps for who is new to it: from a block to why memory does not go back. Each puts the page where its sentence is to be seen. */

import { useEffect } from "preact/hooks";
import { openPanel, poolOf, seek, select, setColour, setProfiles } from "../../model/actions.js";
import { showTourStep } from "../../model/controls.js";
import { openExample } from "../../model/opening.js";
import { current, useLab } from "../../model/uselab.js";

interface Step {
  readonly title: string;
  readonly text: string;
  readonly source: string;
  readonly show: () => Promise<void>;
}

/** An example in the form that the tour tells of: CPython 3.12, one side. */
async function example(id: string, mark: number): Promise<void> {
  if (current().example !== id || current().info === null) await openExample(id, ["3.12"]);
  const { sides } = current();
  if (sides.length !== 1 || sides[0].profile !== "3.12") await setProfiles(["3.12"]);
  await seek(current().info?.marks[mark]?.position ?? 0);
}

async function selectFirst(pool: number | null, withBlock: boolean): Promise<void> {
  const map = current().view?.sides[0]?.map;
  if (!map || map.arenas.count === 0) return;
  const arena = map.arenas.ordinal[0];
  if (pool === null || !withBlock) return select({ side: 0, arena, pool, address: null });
  const { address, headerBytes, blockSize } = await poolOf(0, arena, pool);
  return select({ side: 0, arena, pool, address: address + headerBytes + 2 * blockSize });
}

const STEPS: readonly Step[] = [
  {
    title: "A block",
    text: "A small object is one block: 44 bytes were asked for, 48 were given, for sizes are rounded up to a multiple of 16. The block has no header; what it is follows from its address alone.",
    source: "pymalloc_alloc",
    show: async () => {
      await example("few", 0);
      await selectFirst(0, true);
    },
  },
  {
    title: "Its pool",
    text: "All blocks of a pool have one size. Six were freed here: each was put in front of the pool's free list, so that the one freed last is handed out first. The arrows are that list; its last block was carved and never handed out.",
    source: "pymalloc_free",
    show: async () => {
      await example("few", 1);
      await selectFirst(0, false);
    },
  },
  {
    title: "Its arena",
    text: "Pools are carved from an arena of 1 MiB, which is what pymalloc asks the system for. Here two pools of it are in use, one a size class; the rest was never touched.",
    source: "new_arena, allocate_from_new_pool",
    show: async () => {
      await example("few", 2);
      await selectFirst(null, false);
    },
  },
  {
    title: "Many arenas",
    text: "A program that builds much fills one arena after the other. Colour is the size class. Requests of more than 512 bytes are none of pymalloc's: they are the dashed regions.",
    source: "usable_arenas, PyMem_RawMalloc",
    show: async () => {
      await setColour("class");
      await example("pinned", 0);
      await select(null);
    },
  },
  {
    title: "Nearly all is freed",
    text: "One block in a thousand is kept, and they are everywhere. The pools that emptied are free again, struck through; hardly an arena is wholly free, and only such a one goes back.",
    source: "insert_to_freepool",
    show: async () => {
      await example("pinned", 1);
      await select(null);
    },
  },
  {
    title: "Why memory does not go back",
    text: "The list on the right has who holds each arena. A few blocks pin a megabyte each. Set a breakpoint on “arena held by just k blocks”, or look at the same requests beside 2.7, whose arenas are smaller.",
    source: "insert_to_freepool: nf == ntotalpools",
    show: async () => {
      await example("pinned", 1);
      await select(null);
      await openPanel("pins");
    },
  },
];

export function Tour() {
  const step = useLab((s) => s.tour);
  const isBusy = useLab((s) => s.busy !== null);
  useEffect(() => {
    if (step !== null) void STEPS[step]?.show();
  }, [step]);
  if (step === null) return null;
  const { title, text, source } = STEPS[step];
  return (
    <aside class="tour" aria-label="Tour" aria-live="polite">
      <p class="dim">
        Step {step + 1} of {STEPS.length}
      </p>
      <h2>{title}</h2>
      <p>
        {text} <cite>obmalloc.c: {source}</cite>
      </p>
      <div class="row">
        <button type="button" disabled={step === 0 || isBusy} onClick={() => showTourStep(step - 1)}>
          Back
        </button>
        {step + 1 < STEPS.length ? (
          <button type="button" class="primary" disabled={isBusy} onClick={() => showTourStep(step + 1)}>
            Next
          </button>
        ) : null}
        <button type="button" onClick={() => showTourStep(null)}>
          End tour
        </button>
      </div>
    </aside>
  );
}
