/** What is known of a run beside its trace: types and source lines of its events, and what its objects were when they were looked at. */
import type { SourceLine } from "../../../trace/recordedrun.js";
import type { ObjectLayout, RecordedRun, SeenObjects, SeenOwners } from "../../protocol/index.js";
import type { Requests } from "./requests.js";

export interface Labels {
  /** By event that allocated or resized: number of the type, and of the line; `null` where none is known. */
  readonly typeOfEvent: Uint32Array | null;
  readonly lineOfEvent: Uint32Array | null;
  /** Entry 0 is "unknown". */
  readonly types: readonly string[];
  /** Entry 0 is `null`. */
  readonly lines: readonly (SourceLine | null)[];
  /** By type. */
  readonly layouts: readonly (ObjectLayout | null)[];
  /** By position. */
  readonly seen: readonly SeenObjects[];
  /** By position. */
  readonly owners: readonly SeenOwners[];
}

export const NO_LABELS: Labels = {
  typeOfEvent: null,
  lineOfEvent: null,
  types: ["unknown"],
  lines: [null],
  layouts: [],
  seen: [],
  owners: [],
};

/** A realloc that says nothing has what the block had. Numbers without a name count as not known. */
function inherited(column: Uint32Array | null, names: number, { previous, length }: Requests): Uint32Array | null {
  if (column === null) return null;
  const full = new Uint32Array(length);
  for (let event = 0; event < length; event++) {
    const number = column[event] ?? 0;
    const before = previous[event];
    full[event] = number > 0 && number < names ? number : before >= 0 ? full[before] : 0;
  }
  return full;
}

export function labelsOf(run: RecordedRun, requests: Requests): Labels {
  const { lines, types, lineOfEvent, typeOfEvent, layouts = [], seen = [], owners = [] } = run;
  return {
    lineOfEvent: inherited(lineOfEvent, lines.length, requests),
    typeOfEvent: inherited(typeOfEvent, types.length, requests),
    types: ["unknown", ...types.slice(1)],
    lines: [null, ...lines.slice(1)],
    layouts,
    seen: [...seen].sort((a, b) => a.position - b.position),
    owners: [...owners].sort((a, b) => a.position - b.position),
  };
}

/** As in "app.py:12 load". */
export function lineName({ lines }: Labels, line: number): string {
  const known = lines[line];
  return known ? `${known.file}:${known.line} ${known.name}` : "no Python code";
}
