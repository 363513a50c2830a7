/** Which CPython's allocator is shown, and what two of them make of the same requests. */

import { sizeName } from "../../../text/units.js";
import { useLab } from "../../model/uselab.js";
import type { Observation, SideInfo } from "../../protocol/index.js";
import { bytes, percent, withCommas } from "../format.js";
import { Explain } from "./explain.js";
import { Facts } from "./facts.js";

const ROWS: readonly (readonly [name: string, value: (moment: Observation, side: SideInfo) => string])[] = [
  ["arena size", (_, { geometry }) => sizeName(geometry.arenaSize)],
  ["pool size", (_, { geometry }) => sizeName(geometry.poolSize)],
  ["alignment", (_, { geometry }) => `${geometry.alignment} bytes`],
  ["arenas live", (m) => withCommas(m.arenas.live)],
  ["obtained", (m) => withCommas(m.arenas.obtained)],
  ["released", (m) => withCommas(m.arenas.released)],
  ["most at once", (m) => withCommas(m.arenas.high)],
  ["mapped", (m) => bytes(m.mappedBytes)],
  ["pinned", (m) => bytes(m.pinned.pinnedBytes)],
  ["live of arenas", (m) => (m.ledgerBytes.total === 0 ? "–" : percent(m.ledgerBytes.allocated / m.ledgerBytes.total))],
];

export function VersionsPanel() {
  const sides = useLab((s) => s.sides);
  const view = useLab((s) => s.view);
  const info = useLab((s) => s.info);
  if (!view || !info) return null;
  const notes = [...new Set([...info.notes, ...sides.flatMap(({ notes }) => notes)])];
  return (
    <>
      <table class="numbers" data-table="versions">
        <caption class="hidden">Profiles at this moment</caption>
        <thead>
          <tr>
            <td />
            {sides.map(({ profile }, side) => (
              <th scope="col" key={side}>
                {profile}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {view.sides.map(({ moment, side }) => (
                <td key={side}>{value(moment, sides[side])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Facts
        facts={
          info.kind === "image"
            ? [["heap image", info.name]]
            : [
                ["trace", `${info.name} (${info.format})`],
                ["recorded by", info.recordedBy ?? "not said"],
                ["requests", `${withCommas(info.ops)} of MEM and OBJ`],
                ["most live", bytes(info.peakLiveBytes)],
              ]
        }
      />
      {notes.map((note) => (
        <p class="hint" key={note}>
          {note}
        </p>
      ))}
      <Explain source={sides[0]?.source ?? ""}>
        {info.kind === "image"
          ? "The arenas of the image, in the geometry of its profile."
          : "What each profile's allocator made of the same requests; another Python would make other ones."}
      </Explain>
    </>
  );
}
