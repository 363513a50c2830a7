/** The time line as a table: at marks, and evenly between. */

import { seek } from "../../model/actions.js";
import { useLab } from "../../model/uselab.js";
import { withCommas } from "../format.js";
import { Scrollable } from "../tables/scrollable.js";
import { SERIES } from "./timelineplot.js";

const ROWS = 40;
/** Names of marks in a row. */
const MOST_NAMES = 10;

export function TimelineTable() {
  const timeline = useLab((s) => s.closer?.[0] ?? s.timelines[0] ?? null);
  const span = useLab((s) => s.span);
  const marks = useLab((s) => s.info?.marks ?? null);
  if (timeline === null) return null;
  const isShown = (position: number): boolean => span === null || (span.from <= position && position <= span.to);
  const shown = [...timeline.position.keys()].filter((i) => isShown(timeline.position[i]));
  const every = Math.max(Math.ceil(shown.length / ROWS), 1);
  const rows = shown.filter((_, i) => i % every === 0 || i === shown.length - 1);
  const markAt = (i: number, next: number): string => {
    const [start, end] = [timeline.position[i], timeline.position[next] ?? Infinity];
    const here = (marks ?? []).filter(({ position }) => position >= start && position < end);
    const names = here.slice(0, MOST_NAMES).map(({ name, position }) => `${name} at ${withCommas(position)}`);
    return [...names, ...(here.length > MOST_NAMES ? [`${withCommas(here.length - MOST_NAMES)} more`] : [])].join(", ");
  };
  return (
    <Scrollable label="The time line as a table">
      <table class="data" data-table="timeline">
        <caption>Bytes over time{span ? `, events ${withCommas(span.from)} to ${withCommas(span.to)}` : ""}</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            {SERIES.map(({ key, name }) => (
              <th scope="col" key={key}>
                {name}
              </th>
            ))}
            <th scope="col">Marks from here on</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((i, row) => (
            <tr key={i}>
              <th scope="row">
                <button type="button" class="link" onClick={() => void seek(timeline.position[i])}>
                  {withCommas(timeline.position[i])}
                </button>
              </th>
              {SERIES.map(({ key }) => (
                <td key={key}>{withCommas(timeline[key][i])}</td>
              ))}
              <td>{markAt(i, rows[row + 1] ?? timeline.position.length)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}
