/** Two moments, and what is different between them. */

import { useEffect, useState } from "preact/hooks";
import { compareMoments, seek } from "../../model/actions.js";
import { choosePosition, highlightArenas } from "../../model/controls.js";
import { current, useLab } from "../../model/uselab.js";
import type { Difference, DifferenceRow } from "../../protocol/index.js";
import { bytes, plural, signed, withCommas } from "../format.js";
import { Explain } from "./explain.js";

type Grouping = "byType" | "byLine" | "byClass";

const MOST_ROWS = 40;
/** Marks to choose from: a script may mark in a loop. */
const MOST_MARKS = 500;

export function MarksPanel() {
  const [a, b] = [useLab((s) => s.a), useLab((s) => s.b)];
  const difference = useLab((s) => s.difference);
  const sides = useLab((s) => s.sides);
  const isImage = useLab((s) => s.info?.kind === "image");
  useEffect(() => void compareMoments(), [a, b, sides]);
  if (isImage) return <p class="hint">A heap image is one moment: there is no other to compare it with.</p>;
  return (
    <>
      <Choose name="A" value={a} set={(position) => choosePosition("a", position)} />
      <Choose name="B" value={b} set={(position) => choosePosition("b", position)} />
      {a !== null && b !== null && difference ? (
        <Changes difference={difference} />
      ) : (
        <p class="hint">Set A and B to see what was born, what died and which pools changed between them.</p>
      )}
      <Explain source="obmalloc.c: pymalloc_alloc, pymalloc_free">
        From the earlier of the two moments to the later. Born: allocated since and alive at the later. Died: alive at
        the earlier and freed since. Neither counts what came and went between.
      </Explain>
    </>
  );
}

function Choose({
  name,
  value,
  set,
}: {
  name: "A" | "B";
  value: number | null;
  set: (position: number | null) => void;
}) {
  const marks = useLab((s) => s.info?.marks ?? []);
  const listed = marks.slice(0, MOST_MARKS);
  const mark = listed.findIndex(({ position }) => position === value);
  const other = marks.find(({ position }) => position === value)?.name ?? "not a mark";
  return (
    <div class="moment">
      <strong>{name}</strong>
      <button type="button" onClick={() => set(current().view?.position ?? 0)}>
        Set here
      </button>
      <select
        aria-label={`Moment ${name}: a mark`}
        value={mark}
        onChange={(event) => set(marks[Number(event.currentTarget.value)]?.position ?? null)}
      >
        <option value={-1}>{value === null || mark >= 0 ? "no moment" : other}</option>
        {listed.map(({ name: markName, position }, index) => (
          <option key={position} value={index}>
            {markName}
          </option>
        ))}
        {marks.length > MOST_MARKS ? (
          <option disabled>{plural(marks.length - MOST_MARKS, "more mark")}: go there by ] and press Set here</option>
        ) : null}
      </select>
      {value === null ? null : (
        <button type="button" class="link" onClick={() => void seek(value)}>
          event {withCommas(value)}
        </button>
      )}
    </div>
  );
}

function Changes({ difference }: { difference: Difference }) {
  const { born, died, passing, aliveBefore, aliveAfter, resizedBytes, rows } = difference;
  const known = (["byType", "byLine", "byClass"] as const).filter((grouping) => rows[grouping].length > 0);
  const [grouping, setGrouping] = useState<Grouping>(known[0] ?? "byClass");
  const names = { byType: "type", byLine: "line", byClass: "class" };
  const point = (): void => highlightArenas(difference.pools.arenaOrdinal);
  return (
    <>
      <table class="numbers" data-table="difference">
        <caption class="hidden">What changed</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">blocks</th>
            <th scope="col">bytes</th>
          </tr>
        </thead>
        <tbody>
          <Total name="alive before" blocks={withCommas(aliveBefore.blocks)} amount={withCommas(aliveBefore.bytes)} />
          <Total name="born" blocks={signed(born.blocks)} amount={signed(born.bytes)} />
          <Total name="died" blocks={signed(-died.blocks)} amount={signed(-died.bytes)} />
          <Total name="resized" blocks="" amount={signed(resizedBytes)} />
          <Total name="alive after" blocks={withCommas(aliveAfter.blocks)} amount={withCommas(aliveAfter.bytes)} />
          <Total name="came and went" blocks={withCommas(passing.blocks)} amount={withCommas(passing.bytes)} />
        </tbody>
      </table>
      <p>
        {plural(difference.arenasObtained.length, "arena")} obtained, {difference.arenasReleased.length} released;{" "}
        <button type="button" class="link" onClick={point}>
          {plural(difference.pools.count, "pool")} changed
        </button>
      </p>
      {known.length > 1 ? (
        <div class="row">
          {known.map((key) => (
            <button type="button" key={key} aria-pressed={grouping === key} onClick={() => setGrouping(key)}>
              by {names[key]}
            </button>
          ))}
        </div>
      ) : null}
      <Rows rows={rows[known.includes(grouping) ? grouping : (known[0] ?? "byClass")]} />
    </>
  );
}

const Total = ({ name, blocks, amount }: { name: string; blocks: string; amount: string }) => (
  <tr>
    <th scope="row">{name}</th>
    <td>{blocks}</td>
    <td>{amount}</td>
  </tr>
);

function Rows({ rows }: { rows: readonly DifferenceRow[] }) {
  return (
    <table class="numbers" data-table="changes">
      <caption class="hidden">Born and died, by what they are</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">born</th>
          <th scope="col">died</th>
          <th scope="col">bytes</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_ROWS).map(({ key, name, born, died }) => (
          <tr key={key}>
            <th scope="row" title={name}>
              {name}
            </th>
            <td>{withCommas(born.blocks)}</td>
            <td>{withCommas(died.blocks)}</td>
            <td title={`${bytes(born.bytes)} born, ${bytes(died.bytes)} died`}>{signed(born.bytes - died.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
