/** What the maps show, as tables: for screen readers, and for whoever wants the numbers. */

import { useState } from "preact/hooks";
import { select } from "../../model/actions.js";
import { useLab } from "../../model/uselab.js";
import {
  BLOCK_STATES,
  NO_CLASS,
  POOL_STATES,
  type PoolView,
  type SideInfo,
  type SideView,
  type TraceInfo,
} from "../../protocol/index.js";
import { hex, nth, percent, withCommas } from "../format.js";
import { Scrollable } from "./scrollable.js";

const PAGE = 200;

/** Rows by the page, as a heap may have thousands of arenas. */
function usePage(count: number): { first: number; end: number; controls: preact.JSX.Element | null } {
  const [page, setPage] = useState(0);
  const pages = Math.max(Math.ceil(count / PAGE), 1);
  const at = Math.min(page, pages - 1);
  const controls =
    pages === 1 ? null : (
      <p class="pages">
        <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
          Previous
        </button>
        {withCommas(at * PAGE + 1)} to {withCommas(Math.min((at + 1) * PAGE, count))} of {withCommas(count)}
        <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
          Next
        </button>
      </p>
    );
  return { first: at * PAGE, end: Math.min((at + 1) * PAGE, count), controls };
}

const range = (first: number, end: number): number[] =>
  Array.from({ length: Math.max(end - first, 0) }, (_, i) => first + i);

/** The arenas; or the pools of the arena that is selected; and what else is mapped. */
export function HeapTable({ view, side }: { view: SideView; side: SideInfo }) {
  const selection = useLab((s) => (s.selection?.side === view.side ? s.selection : null));
  const { arenas } = view.map;
  const index = selection && selection.arena >= 0 ? arenas.ordinal.indexOf(selection.arena) : -1;
  return (
    <Scrollable label="The map as a table">
      {index >= 0 ? (
        <ArenaPools view={view} side={side} index={index} />
      ) : (
        <>
          <Arenas view={view} side={side} />
          <Regions view={view} />
        </>
      )}
    </Scrollable>
  );
}

function Arenas({ view, side }: { view: SideView; side: SideInfo }) {
  const { arenas, pools } = view.map;
  const { first, end, controls } = usePage(arenas.count);
  const states = (index: number): number[] => {
    const counts = [0, 0, 0, 0];
    for (let pool = arenas.firstPool[index]; pool < arenas.firstPool[index + 1]; pool++) counts[pools.state[pool]]++;
    return counts;
  };
  return (
    <>
      <table class="data" data-table="arenas">
        <caption>Arenas, in the order in which they were obtained</caption>
        <thead>
          <tr>
            <th scope="col">Arena</th>
            <th scope="col">Address</th>
            {POOL_STATES.map((state) => (
              <th scope="col" key={state}>
                {state}
              </th>
            ))}
            <th scope="col">Live blocks</th>
            <th scope="col">Live bytes</th>
            <th scope="col">Occupancy</th>
            <th scope="col">Usable</th>
          </tr>
        </thead>
        <tbody>
          {range(first, end).map((i) => (
            <tr key={arenas.ordinal[i]}>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  onClick={() => void select({ side: view.side, arena: arenas.ordinal[i], pool: null, address: null })}
                >
                  {arenas.ordinal[i]}
                </button>
              </th>
              <td>{hex(arenas.address[i])}</td>
              {states(i).map((count, state) => (
                <td key={POOL_STATES[state]}>{count}</td>
              ))}
              <td>{withCommas(arenas.blocks[i])}</td>
              <td>{withCommas(arenas.blockBytes[i])}</td>
              <td>{percent(arenas.blockBytes[i] / side.geometry.arenaSize)}</td>
              <td>{arenas.usable[i] < 0 ? "–" : nth(arenas.usable[i] + 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {controls}
    </>
  );
}

function Regions({ view }: { view: SideView }) {
  const { regions, freeSpans, rawRuns } = view.map;
  const { first, end, controls } = usePage(regions.count + freeSpans.count);
  const live = (index: number): number => {
    let bytes = 0;
    for (let run = regions.firstRun[index]; run < regions.firstRun[index + 1]; run++)
      if (rawRuns.isFree[run] === 0) bytes += rawRuns.bytes[run];
    return bytes;
  };
  return (
    <>
      <table class="data" data-table="regions">
        <caption>What lies between the arenas</caption>
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">What</th>
            <th scope="col">Bytes</th>
            <th scope="col">Live bytes</th>
          </tr>
        </thead>
        <tbody>
          {range(first, end).map((i) =>
            i < regions.count ? (
              <tr key={regions.address[i]}>
                <th scope="row">{hex(regions.address[i])}</th>
                <td>{regions.isMapped[i] === 1 ? "one large block" : "raw region"}</td>
                <td>{withCommas(regions.bytes[i])}</td>
                <td>{withCommas(live(i))}</td>
              </tr>
            ) : (
              <tr key={freeSpans.address[i - regions.count]}>
                <th scope="row">{hex(freeSpans.address[i - regions.count])}</th>
                <td>not mapped</td>
                <td>{withCommas(freeSpans.bytes[i - regions.count])}</td>
                <td>–</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      {controls}
    </>
  );
}

function ArenaPools({ view, side, index }: { view: SideView; side: SideInfo; index: number }) {
  const { arenas, pools } = view.map;
  const first = arenas.firstPool[index];
  const page = usePage(arenas.firstPool[index + 1] - first);
  const arena = arenas.ordinal[index];
  return (
    <>
      <table class="data" data-table="pools">
        <caption>Pools of arena {arena}</caption>
        <thead>
          <tr>
            <th scope="col">Pool</th>
            <th scope="col">State</th>
            <th scope="col">Class</th>
            <th scope="col">Block size</th>
            <th scope="col">Live blocks</th>
            <th scope="col">Occupancy</th>
          </tr>
        </thead>
        <tbody>
          {range(page.first, page.end).map((i) => {
            const szidx = pools.szidx[first + i];
            return (
              <tr key={i}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    onClick={() => void select({ side: view.side, arena, pool: i, address: null })}
                  >
                    {i}
                  </button>
                </th>
                <td>{POOL_STATES[pools.state[first + i]]}</td>
                <td>{szidx === NO_CLASS ? "–" : szidx}</td>
                <td>{szidx === NO_CLASS ? "–" : (szidx + 1) * side.geometry.alignment}</td>
                <td>{withCommas(pools.blocks[first + i])}</td>
                <td>{percent(pools.occupancy[first + i] / 255)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {page.controls}
    </>
  );
}

export function PoolTable({ pool, info }: { pool: PoolView; info: TraceInfo }) {
  const selection = useLab((s) => s.selection);
  const { first, end, controls } = usePage(pool.capacity);
  const place = (block: number): number => pool.headerBytes + block * pool.blockSize;
  const line = (block: number): string => {
    const at = info.lines[pool.line[block]];
    return at ? `${at.file}:${at.line}` : "–";
  };
  return (
    <Scrollable label="The pool as a table">
      <table class="data" data-table="blocks">
        <caption>
          Blocks of pool {pool.index} of arena {pool.arenaOrdinal}: {pool.blockSize} bytes each,{" "}
          {pool.quantizationBytes} bytes lost at the end
        </caption>
        <thead>
          <tr>
            {["Block", "Offset", "State", "On the free list", "Asked for", "Born at", "Type", "Line"].map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {range(first, end).map((i) => (
            <tr key={i}>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  onClick={() => selection && void select({ ...selection, address: pool.address + place(i) })}
                >
                  {i}
                </button>
              </th>
              <td>{place(i)}</td>
              <td>{BLOCK_STATES[pool.blockState[i]]}</td>
              <td>{pool.freeIndex[i] < 0 ? "–" : nth(pool.freeIndex[i] + 1)}</td>
              <td>{pool.id[i] < 0 ? "–" : pool.asked[i]}</td>
              <td>{pool.bornAt[i] < 0 ? "–" : withCommas(pool.bornAt[i] + 1)}</td>
              <td>{pool.type[i] === 0 ? "–" : info.types[pool.type[i]]}</td>
              <td>{line(i)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {controls}
    </Scrollable>
  );
}
