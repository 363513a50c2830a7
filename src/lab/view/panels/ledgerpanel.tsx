/** Where every mapped byte is, at the moment shown: a bar and a table, a column a side. */

import { useEffect, useRef } from "preact/hooks";
import { useLab } from "../../model/uselab.js";
import type { Observation } from "../../protocol/index.js";
import { percent, withCommas } from "../format.js";
import { Explain } from "./explain.js";

type Row = readonly [key: string, name: string, value: (moment: Observation) => number];

const IN_ARENAS: readonly Row[] = [
  ["allocated", "live blocks", (m) => m.ledgerBytes.allocated],
  ["available", "available blocks", (m) => m.ledgerBytes.available],
  ["unusedPools", "unused pools", (m) => m.ledgerBytes.unusedPools],
  ["headers", "pool headers", (m) => m.ledgerBytes.headers],
  ["quantization", "quantization", (m) => m.ledgerBytes.quantization],
  ["arenaAlignment", "arena alignment", (m) => m.ledgerBytes.arenaAlignment],
];

const IN_RAW: readonly Row[] = [
  ["rawBlocks", "raw: live", (m) => m.raw.blockBytes],
  ["rawFree", "raw: free", (m) => m.raw.freeBytes],
  ["rawOverhead", "raw: headers", (m) => m.raw.overheadBytes],
];

const TOTALS: readonly Row[] = [
  ["mapped", "mapped", (m) => m.mappedBytes],
  ["pinned", "of it pinned", (m) => m.pinned.pinnedBytes],
  ["live", "asked for and live", (m) => m.liveBytes],
];

export function LedgerPanel() {
  const view = useLab((s) => s.view);
  const sides = useLab((s) => s.sides);
  const panel = useLab((s) => s.panel);
  const box = useRef<HTMLDetailsElement>(null);
  const isThere = view !== null;
  // On a low window another panel's table has the room; the bar is still seen.
  useEffect(() => {
    if (box.current) box.current.open = panel === "inspect" || innerHeight >= 800;
  }, [panel, isThere]);
  if (view === null) return null;
  const moments = view.sides.map(({ moment }) => moment);
  const line = ([key, name, value]: Row, isTotal = false) => (
    <tr key={key} class={isTotal ? "total" : ""}>
      <th scope="row">
        {isTotal ? null : <i class={`swatch ledger-${key}`} />}
        {name}
      </th>
      {moments.map((moment, side) => (
        <td key={side} data-ledger={key} data-side={side}>
          {Number.isNaN(value(moment)) ? "–" : withCommas(value(moment))}
        </td>
      ))}
      {moments.length === 1 ? (
        <td class="dim">{moments[0].mappedBytes === 0 ? "" : percent(value(moments[0]) / moments[0].mappedBytes)}</td>
      ) : null}
    </tr>
  );
  return (
    <details class="panel ledger" ref={box}>
      <summary>
        <h2>Ledger</h2>
        <span class="ledger-bars">
          {moments.map((moment, side) => (
            <Bar key={side} moment={moment} of={Math.max(...moments.map(({ mappedBytes }) => mappedBytes), 1)} />
          ))}
        </span>
      </summary>
      <table class="numbers" data-table="ledger">
        <caption class="hidden">Where every mapped byte is</caption>
        <thead class={moments.length > 1 ? "" : "hidden"}>
          <tr>
            <td />
            {moments.map((_, side) => (
              <th scope="col" key={side}>
                {sides[side]?.profile}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {IN_ARENAS.map((row) => line(row))}
          {IN_RAW.map((row) => line(row))}
          {TOTALS.map((row) => line(row, true))}
        </tbody>
      </table>
      <Explain source="_PyObject_DebugMallocStats">Every mapped byte.</Explain>
    </details>
  );
}

function Bar({ moment, of }: { moment: Observation; of: number }) {
  return (
    <span class="ledger-bar" aria-hidden="true">
      {[...IN_ARENAS, ...IN_RAW].map(([key, name, value]) => {
        const share = value(moment) / of;
        return share === 0 ? null : (
          <i
            key={key}
            class={`ledger-${key}`}
            style={{ width: `${share * 100}%` }}
            title={`${name}: ${percent(share)}`}
          />
        );
      })}
    </span>
  );
}
