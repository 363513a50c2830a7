/** What keeps arenas from going back: who holds the most, and the arenas that the fewest blocks hold. */

import { useState } from "preact/hooks";
import { planLabel } from "../../../report/planlabel.js";
import { seek, select } from "../../model/actions.js";
import { highlightArenas } from "../../model/controls.js";
import { current, useLab } from "../../model/uselab.js";
import type { By, HolderRow, HoldingRow, PinTable } from "../../protocol/index.js";
import { bytes, plural, whenOf, withCommas } from "../format.js";
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
      {pins.owners === null ? null : <Owners owners={pins.owners} />}
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

/** Shows the owners and the plan at the nearest look. The cursor may be elsewhere; the panel then says so. */
function Owners({ owners: seen }: { owners: NonNullable<PinTable["owners"]> }) {
  const info = useLab((s) => s.info);
  const position = useLab((s) => s.view?.position ?? -1);
  const isRecorded = useLab((s) => s.sides[s.selection?.side ?? 0]?.profile === seen.profile);
  if (info === null) return null;
  const out = (arenas: Uint32Array) => pointOut(isRecorded ? arenas : []);
  return (
    <section data-testid="owners">
      <p class="verdict">{seen.verdict}</p>
      {position === seen.position ? null : (
        <p class="hint">
          This was seen {whenOf(seen.position, info)}.{" "}
          <button type="button" class="link" onClick={() => void seek(seen.position)}>
            Go there
          </button>
        </p>
      )}
      {isRecorded ? null : <p class="hint">These are arenas of the heap that was recorded, {seen.profile}.</p>}
      {seen.plan.length === 0 ? null : (
        <table class="numbers" data-table="plan">
          <caption>To release memory, drop</caption>
          <tbody>
            {seen.plan.map(({ drop, arenas, bytes: released }, index) => (
              <tr key={drop.join()} {...out(arenas)}>
                <th scope="row" class="path" title={drop.join("\n")}>
                  <button type="button" class="link" onClick={() => out(arenas).onFocusIn()}>
                    {planLabel(drop, seen.plan[index - 1]?.drop ?? [])}
                  </button>
                </th>
                <td>{plural(arenas.length, "arena")}</td>
                <td>{bytes(released)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <table class="numbers" data-table="owners">
        <caption>Owners</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">retained</th>
            <th scope="col">arenas</th>
            <th scope="col">alone</th>
            <th scope="col">pin cost</th>
          </tr>
        </thead>
        {seen.owners.slice(0, MOST_ROWS).map((row) => (
          <tbody key={row.path} {...out(row.arenas)}>
            <tr>
              <th scope="rowgroup" colSpan={5} class="path">
                <button type="button" class="link" onClick={() => out(row.arenas).onFocusIn()}>
                  {row.path}
                </button>
                {row.type === null ? null : `: ${row.type}`}
                {row.emptiedBy === null ? null : `, emptied by ${row.emptiedBy}`}
              </th>
            </tr>
            <tr>
              <td />
              <td>{bytes(row.retainedBytes)}</td>
              <td>{row.arenas.length}</td>
              <td>{row.arenasAlone}</td>
              <td>{bytes(row.pinCostBytes)}</td>
            </tr>
          </tbody>
        ))}
      </table>
    </section>
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
