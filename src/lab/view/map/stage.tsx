/** The middle of the page: the heap of each side at the level that is selected, the way back up, and what the colours mean. */

import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { plural, sizeName } from "../../../text/units.js";
import { select, setColour } from "../../model/actions.js";
import type { ColourMode } from "../../model/state.js";
import { useLab } from "../../model/uselab.js";
import type { SideIndex } from "../../protocol/index.js";
import { Palette } from "../colour/mapcolours.js";
import { css } from "../colour/scales.js";
import { Explain } from "../panels/explain.js";
import { HeapTable, PoolTable } from "../tables/heaptables.js";
import { BlockBytes } from "./blockbytes.js";
import { HeapMap } from "./heapmap.js";
import { PoolMap } from "./poolmap.js";

export function Stage() {
  const sides = useLab((s) => s.sides);
  const info = useLab((s) => s.info);
  if (info === null) return <main class="stage" aria-label="Map" />;
  return (
    <main class="stage" aria-label="Map">
      <StageBar />
      <div class="stage-sides">
        {sides.map((_, side) => (
          <SidePane key={side} side={side as SideIndex} />
        ))}
      </div>
      <Sentence />
    </main>
  );
}

/** A map or table that takes the place of the one with the focus takes the focus, too: keys go on where they were. */
function useKeptFocus(box: { readonly current: HTMLElement | null }): { readonly onFocusIn: () => void } {
  const isInside = useRef(false);
  useLayoutEffect(() => {
    const { activeElement, body } = document;
    if (activeElement !== body) isInside.current = box.current?.contains(activeElement) ?? false;
    else if (isInside.current) box.current?.querySelector<HTMLElement>("canvas.map, .table-view")?.focus();
  });
  return {
    onFocusIn: () => {
      isInside.current = true;
    },
  };
}

function SidePane({ side }: { side: SideIndex }) {
  const box = useRef<HTMLElement>(null);
  const keptFocus = useKeptFocus(box);
  const info = useLab((s) => s.sides[side]);
  const trace = useLab((s) => s.info);
  const isPair = useLab((s) => s.sides.length > 1);
  const view = useLab((s) => s.view?.sides.find((v) => v.side === side) ?? null);
  const selection = useLab((s) => (s.selection?.side === side ? s.selection : null));
  const pool = useLab((s) => s.pool);
  const place = useLab((s) => s.place);
  const asTables = useLab((s) => s.asTables);
  if (!info || !view || !trace) return <section class="side" />;
  const isPool = selection !== null && selection.pool !== null;
  const isBlock = isPool && selection.address !== null && place?.kind === "block";
  return (
    <section class="side" aria-label={`Heap of profile ${info.profile}`} ref={box} {...keptFocus}>
      <Crumbs side={side} isPair={isPair} />
      {isPool && !pool ? (
        <p class="gone">
          Pool {selection.pool} of arena {selection.arena} is not there at this moment: its arena is not obtained yet,
          or released.
        </p>
      ) : isPool && pool ? (
        asTables ? (
          <PoolTable pool={pool} info={trace} />
        ) : (
          <PoolMap pool={pool} side={info} view={view} info={trace} />
        )
      ) : asTables ? (
        <HeapTable view={view} side={info} />
      ) : (
        <HeapMap side={side} />
      )}
      {isBlock ? <BlockBytes place={place} side={info} /> : null}
    </section>
  );
}

function Crumbs({ side, isPair }: { side: SideIndex; isPair: boolean }) {
  const info = useLab((s) => s.sides[side]);
  const view = useLab((s) => s.view?.sides.find((v) => v.side === side) ?? null);
  const selection = useLab((s) => (s.selection?.side === side ? s.selection : null));
  const place = useLab((s) => s.place);
  const block = selection?.pool !== null && place?.kind === "block" && selection?.address !== null ? place : null;
  const steps: [name: string, go: () => void][] = [
    [isPair ? `Heap of ${info.profile}` : "Heap", () => void select(null)],
  ];
  if (selection && selection.arena >= 0)
    steps.push([`Arena ${selection.arena}`, () => void select({ ...selection, pool: null, address: null })]);
  if (selection && selection.pool !== null)
    steps.push([`Pool ${selection.pool}`, () => void select({ ...selection, address: null })]);
  if (block) steps.push([`Block ${block.blockIndex}`, () => {}]);
  const { geometry } = info;
  return (
    <nav class="crumbs" aria-label="Level">
      <ol>
        {steps.map(([name, go], index) => (
          <li key={name}>
            <button
              type="button"
              class="link"
              aria-current={index === steps.length - 1 ? "page" : undefined}
              onClick={go}
            >
              {name}
            </button>
          </li>
        ))}
      </ol>
      <span class="dim">
        {view
          ? `${plural(view.moment.arenas.live, "arena")} of ${sizeName(geometry.arenaSize)}, pools of ${sizeName(geometry.poolSize)}`
          : ""}
      </span>
    </nav>
  );
}

const MODES: readonly (readonly [ColourMode, string])[] = [
  ["class", "size class"],
  ["occupancy", "occupancy"],
  ["age", "age"],
  ["type", "type"],
  ["line", "line"],
];

function StageBar() {
  const colour = useLab((s) => s.colour);
  const info = useLab((s) => s.info);
  const known: Partial<Record<ColourMode, boolean>> = {
    type: (info?.types.length ?? 0) > 1,
    line: (info?.lines.length ?? 0) > 1,
    age: info?.kind !== "image",
  };
  return (
    <div class="stage-bar">
      <fieldset class="segmented">
        <legend>Colour by</legend>
        {MODES.map(([mode, name]) => (
          <label key={mode} title={known[mode] === false ? `this ${info?.kind} does not say` : undefined}>
            <input
              type="radio"
              name="colour"
              checked={colour === mode}
              disabled={known[mode] === false}
              onChange={() => void setColour(mode)}
              // After a click the arrows step through time again; by keys they choose, as among all radio buttons.
              onClick={(event) => event.detail > 0 && event.currentTarget.blur()}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <LegendView />
    </div>
  );
}

/** What patterns say, of pools and of blocks. */
const POOL_SIGNS = [
  ["empty", "empty"],
  ["untouched", "untouched"],
  ["raw", "raw"],
  ["unmapped", "not mapped"],
] as const;
const BLOCK_SIGNS = [
  ["free", "free"],
  ["link", "free list"],
  ["untouched", "untouched"],
  ["quantization", "quantization"],
] as const;

function LegendView() {
  const [theme, colour] = [useLab((s) => s.theme), useLab((s) => s.colour)];
  const [info, side, view] = [useLab((s) => s.info), useLab((s) => s.sides[0]), useLab((s) => s.view)];
  const legend = useMemo(
    () => (info && side && view ? new Palette(theme, colour, side, info, view.sides).legend : null),
    [theme, colour, info, side, colour === "type" || colour === "line" ? view : view !== null],
  );
  const isPool = useLab((s) => s.selection !== null && s.selection.pool !== null);
  const hasTouched = view?.sides.some(({ touched }) => (touched.after || touched.before) !== 0) ?? false;
  if (legend === null) return null;
  return (
    <ul class="legend" aria-label="Legend">
      {legend.kind === "scale" ? (
        <li>
          {legend.from}
          <span class="scale">
            {legend.colours.map((rgb, index) => (
              <i key={index} style={{ background: css(rgb) }} />
            ))}
          </span>
          {legend.to}
        </li>
      ) : (
        legend.entries.map(({ name, colour: rgb }) => (
          <li key={name}>
            <i class="swatch" style={{ background: css(rgb) }} />
            <span class="name" title={name}>
              {name}
            </span>
          </li>
        ))
      )}
      {(isPool ? BLOCK_SIGNS : POOL_SIGNS).map(([sign, name]) => (
        <li key={sign}>
          <i class={`swatch is-${sign}`} /> {name}
        </li>
      ))}
      {hasTouched && !isPool ? (
        <li>
          <i class="swatch is-touched" /> last event
        </li>
      ) : null}
    </ul>
  );
}

function Sentence() {
  const level = useLab(({ selection, place }) => {
    if (selection === null || selection.arena < 0) return "heap";
    if (selection.pool === null) return "arena";
    return selection.address !== null && place?.kind === "block" ? "block" : "pool";
  });
  switch (level) {
    case "heap":
      return (
        <Explain source="obmalloc.c: new_arena, insert_to_freepool">
          Each cell is a pool, filled as far as its blocks are live; a solid frame is an arena, a dashed one memory of
          the raw domain, which serves requests over the threshold. An arena goes back only when all its pools are free.
        </Explain>
      );
    case "arena":
      return (
        <Explain source="obmalloc.c: allocate_from_new_pool, usable_arenas">
          An arena is carved into pools from its start; a pool that empties can serve any class again. Of the usable
          arenas the fullest serves first, so that the emptiest may drain.
        </Explain>
      );
    case "pool":
      return (
        <Explain source="obmalloc.c: pymalloc_alloc, pymalloc_pool_extend">
          A pool serves one size class. It hands out the head of its free list; when that is empty it carves the next
          untouched block at nextoffset.
        </Explain>
      );
    case "block":
      return (
        <Explain source="obmalloc.c: pymalloc_free">
          A free block holds the address of the next free one in its first word; an allocated block is all its holder's,
          with no header of its own.
        </Explain>
      );
  }
}
