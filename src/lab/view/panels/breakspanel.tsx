/** Breakpoints: what to stop at, on the way on or back. */

import { useState } from "preact/hooks";
import { parseSize } from "../../../text/units.js";
import { find, nameOf } from "../../model/actions.js";
import { addBreakpoint, removeBreakpoint, switchBreakpoint } from "../../model/controls.js";
import { useLab } from "../../model/uselab.js";
import type { LabCondition } from "../../protocol/index.js";
import { Explain } from "./explain.js";

type Type = LabCondition["type"];

const TYPES: readonly (readonly [type: Type, name: string, value: string | null, usual: string])[] = [
  ["arena-released", "arena released", null, ""],
  ["arena-obtained", "arena obtained", null, ""],
  ["arena-held-by", "arena held by just k blocks", "blocks", "1"],
  ["pool-full", "pool becomes full", "class (any)", ""],
  ["pool-empty", "pool becomes empty", "class (any)", ""],
  ["live-above", "live bytes pass", "bytes", "1MiB"],
  ["pinned-above", "pinned bytes pass", "bytes", "1MiB"],
  ["block-freed", "block freed", "id", "0"],
];

/** Of what the form says; a `string` says what is wrong with it. `classCount`: of the profile that has the most. */
function conditionOf(type: Type, text: string, classCount: number): LabCondition | string {
  const whole = (least: number, end = Number.MAX_SAFE_INTEGER): number | null => {
    const number = Number(text);
    return text.trim() !== "" && Number.isInteger(number) && number >= least && number < end ? number : null;
  };
  switch (type) {
    case "arena-obtained":
    case "arena-released":
      return { type };
    case "arena-held-by": {
      const blocks = whole(1);
      return blocks === null ? "how many blocks: a whole number from 1" : { type, blocks };
    }
    case "pool-full":
    case "pool-empty": {
      if (text.trim() === "") return { type };
      const szidx = whole(0, classCount);
      return szidx === null ? `the index of a size class, 0 to ${classCount - 1}, or nothing for any` : { type, szidx };
    }
    case "live-above":
    case "pinned-above": {
      const bytes = parseSize(text.trim());
      return !Number.isSafeInteger(bytes) ? "bytes, as in 4096, 64 KiB or 1.5 MB" : { type, bytes };
    }
    case "block-freed": {
      const id = whole(0);
      return id === null ? "the block's id: a whole number" : { type, id };
    }
  }
}

export function BreaksPanel() {
  const breakpoints = useLab((s) => s.breakpoints);
  const found = useLab((s) => s.found);
  useLab((s) => s.sides); // of which the names of conditions tell
  const hasEvents = useLab((s) => (s.info?.events ?? 0) > 0);
  const isImage = useLab((s) => s.info?.kind === "image");
  if (isImage) return <p class="hint">A heap image is one moment: it has no events to stop at.</p>;
  return (
    <>
      <ul class="breaks" aria-label="Breakpoints">
        {breakpoints.map(({ condition, isOn }, index) => (
          <li key={JSON.stringify(condition)}>
            <label>
              <input
                type="checkbox"
                checked={isOn}
                onChange={(event) => switchBreakpoint(index, event.currentTarget.checked)}
              />
              {nameOf(condition)}
            </label>
            <button
              type="button"
              class="link"
              aria-label={`Remove: ${nameOf(condition)}`}
              onClick={() => removeBreakpoint(index)}
            >
              remove
            </button>
          </li>
        ))}
      </ul>
      <AddBreakpoint />
      <div class="row">
        <button type="button" disabled={!hasEvents} onClick={() => void find(-1)}>
          ◂ Run back
        </button>
        <button type="button" disabled={!hasEvents} class="primary" onClick={() => void find(1)}>
          Run on ▸
        </button>
      </div>
      <p class="found" role="status" data-testid="found">
        {found}
      </p>
      <Explain source="obmalloc.c: new_arena, insert_to_freepool, insert_to_usedpool">
        The page goes to right behind the event in which the condition comes to hold, in either direction.
      </Explain>
    </>
  );
}

function AddBreakpoint() {
  const sides = useLab((s) => s.sides);
  const [type, setType] = useState<Type>("arena-released");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const row = TYPES.find(([t]) => t === type) as (typeof TYPES)[number];
  const add = (event: Event): void => {
    event.preventDefault();
    const condition = conditionOf(type, text, Math.max(...sides.map(({ classCount }) => classCount)));
    setProblem(typeof condition === "string" ? condition : null);
    if (typeof condition === "string") return;
    addBreakpoint(condition);
  };
  return (
    <form class="add" onSubmit={add}>
      <select
        aria-label="What to stop at"
        value={type}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Type;
          setType(chosen);
          setText(TYPES.find(([t]) => t === chosen)?.[3] ?? "");
          setProblem(null);
        }}
      >
        {TYPES.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {row[2] === null ? null : (
        <input
          aria-label={row[2]}
          placeholder={row[2]}
          size={9}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <button type="submit">Add</button>
      {problem ? (
        <p class="problem" role="alert">
          {problem}
        </p>
      ) : null}
    </form>
  );
}
