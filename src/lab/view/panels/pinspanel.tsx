/** What keeps arenas from going back: who holds the most, and the arenas that the fewest blocks hold. */

import { useState } from "preact/hooks";
import { select } from "../../model/actions.js";
import { highlightArenas } from "../../model/controls.js";
import { current, useLab } from "../../model/uselab.js";
import type { By, HolderRow, HoldingRow, PinTable } from "../../protocol/index.js";
import { bytes, plural, withCommas } from "../format.js";
import { Explain } from "./explain.js";

const MOST_ROWS = 60;
const NAMES = { byType: "type", byLine: "line", byClass: "class" } as const;
type Grouping = keyof typeof NAMES;

/** The finest grouping that anything is known of. */
const known = (by: By<unknown>): Grouping[] =>
  (Object.keys(NAMES) as Grouping[]).filter((grouping) => by[grouping].length > 0);

export function PinsPanel() {
  const pins = useLab((s) => s.pins);
  const [chosen, setGrouping] = useState<Grouping | null>(null);
  if (pins === null) return <p class="hint">Counting what is live …</p>;
  const groupings = known(pins.holders);
  const grouping = chosen !== null && groupings.includes(chosen) ? chosen : (groupings[0] ?? "byClass");
  return (
    <>
      <p>
        {plural(pins.arenas.length, "arena")} with live blocks: {bytes(pins.liveBytes)} live pin{" "}
        {bytes(pins.pinnedBytes)} more.
      </p>
      {groupings.length > 1 ? (
        <div class="row">
          {groupings.map((key) => (
            <button type="button" key={key} aria-pressed={grouping === key} onClick={() => setGrouping(key)}>
              by {NAMES[key]}
            </button>
          ))}
        </div>
      ) : null}
      <Holders rows={pins.holders[grouping]} />
      <Arenas pins={pins} grouping={grouping} />
      <Explain source="obmalloc.c: insert_to_freepool">
        An arena is released when nfreepools equals ntotalpools: one live block is enough to keep it. Released alone:
        the arenas that hold nothing else.
      </Explain>
    </>
  );
}

/** Points the arenas out while the row is under the pointer or has the focus. */
const pointOut = (arenas: Iterable<number>) => {
  const on = (): void => highlightArenas(arenas);
  const off = (): void => highlightArenas(null);
  return { onMouseEnter: on, onMouseLeave: off, onFocusIn: on, onFocusOut: off };
};

function Holders({ rows }: { rows: readonly HolderRow[] }) {
  const hasAny = rows.some(({ releasedAloneBytes }) => releasedAloneBytes > 0);
  return (
    <table class="numbers" data-table="holders">
      <caption>Who holds them</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">arenas</th>
          <th scope="col">blocks</th>
          <th scope="col">bytes</th>
          {hasAny ? <th scope="col">released alone</th> : null}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_ROWS).map((row) => (
          <tr key={row.key} {...pointOut(row.arenas)}>
            <th scope="row" title={row.name}>
              <button type="button" class="link" onClick={() => pointOut(row.arenas).onFocusIn()}>
                {row.name}
              </button>
            </th>
            <td>{row.arenas.length}</td>
            <td>{withCommas(row.blocks)}</td>
            <td>{bytes(row.bytes)}</td>
            {hasAny ? <td>{row.releasedAloneBytes === 0 ? "–" : bytes(row.releasedAloneBytes)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const most = (rows: readonly HoldingRow[]): string =>
  rows
    .slice(0, 3)
    .map(({ name, blocks }) => `${withCommas(blocks)} × ${name}`)
    .join(", ");

function Arenas({ pins, grouping }: { pins: PinTable; grouping: Grouping }) {
  return (
    <table class="numbers" data-table="pins">
      <caption>Arenas, the least held first</caption>
      <thead>
        <tr>
          <th scope="col">arena</th>
          <th scope="col">blocks</th>
          <th scope="col">pinned</th>
          <th scope="col">mostly</th>
        </tr>
      </thead>
      <tbody>
        {pins.arenas.slice(0, MOST_ROWS).map(({ ordinal, blocks, pinnedBytes, holdings }) => (
          <tr key={ordinal} {...pointOut([ordinal])}>
            <th scope="row">
              <button
                type="button"
                class="link"
                onClick={() =>
                  void select({ side: current().selection?.side ?? 0, arena: ordinal, pool: null, address: null })
                }
              >
                {ordinal}
              </button>
            </th>
            <td>{withCommas(blocks)}</td>
            <td>{bytes(pinnedBytes)}</td>
            <td class="words" title={most(holdings[grouping])}>
              {most(holdings[grouping])}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
