/** What is selected, in numbers; of a live block also what freeing it would do. */

import { pinnedBytes } from "../../../replay/observation.js";
import { seek } from "../../model/actions.js";
import { useLab } from "../../model/uselab.js";
import type {
  BlockOrigin,
  BlockWay,
  ObjectState,
  PlaceView,
  PoolView,
  SideInfo,
  SideView,
  TraceInfo,
} from "../../protocol/index.js";
import { bytes, hex, nth, percent, plural, whenOf, withCommas } from "../format.js";
import { Explain } from "./explain.js";
import { type Fact, Facts } from "./facts.js";

export function InspectPanel() {
  const selection = useLab((s) => s.selection);
  const [pool, place, info] = [useLab((s) => s.pool), useLab((s) => s.place), useLab((s) => s.info)];
  const view = useLab((s) => s.view?.sides.find((v) => v.side === s.selection?.side) ?? null);
  const side = useLab((s) => s.sides[s.selection?.side ?? 0]);
  if (selection === null || view === null || info === null || !side)
    return (
      <>
        <p class="hint">
          Click an arena on the map, then a pool in it, then a block; or press Enter and w a s d there.
        </p>
        <Last info={info} />
      </>
    );
  return (
    <>
      {selection.address !== null && place ? <Place place={place} info={info} /> : null}
      {selection.pool !== null && pool ? <Pool pool={pool} /> : null}
      {selection.arena >= 0 ? (
        <>
          <Arena view={view} side={side} ordinal={selection.arena} />
          <Explain source="obmalloc.c: struct arena_object, struct pool_header">
            An arena has its address, its count of free pools and its place in usable_arenas; a pool has its header.
          </Explain>
        </>
      ) : (
        <Explain source="obmalloc.c: PyMem_RawMalloc">
          The raw domain has what is too large for a pool and what asks for it by name; pymalloc hands that to the C
          library, whose place is taken here by an allocator with headers of its own.
        </Explain>
      )}
    </>
  );
}

/** Where the last event was, which a reader who steps wants to see. */
function Last({ info }: { info: TraceInfo | null }) {
  const view = useLab((s) => s.view);
  if (!view || !info || view.sides.length === 0) return null;
  const { touched } = view.sides[0];
  if (touched.after === 0 && touched.before === 0) return null;
  return (
    <Facts
      facts={[
        ["last event took", touched.after === 0 ? "–" : hex(touched.after)],
        ["and gave back", touched.before === 0 ? "–" : hex(touched.before)],
      ]}
    />
  );
}

function Arena({ view, side, ordinal }: { view: SideView; side: SideInfo; ordinal: number }) {
  const { arenas } = view.map;
  const at = arenas.ordinal.indexOf(ordinal);
  if (at < 0) return <p class="hint">Arena {ordinal} is not there at this moment.</p>;
  const { arenaSize } = side.geometry;
  return (
    <>
      <h3>Arena {ordinal}</h3>
      <Facts
        facts={[
          ["address", hex(arenas.address[at])],
          ["nfreepools", `${arenas.nfreepools[at]} of ${arenas.ntotalpools[at]}`],
          [
            "usable_arenas",
            arenas.usable[at] < 0 ? "not in it: no free pool" : `${nth(arenas.usable[at] + 1)} of the list`,
          ],
          ["live blocks", `${withCommas(arenas.blocks[at])}, ${bytes(arenas.blockBytes[at])}`],
          ["occupancy", percent(arenas.blockBytes[at] / arenaSize)],
          [
            "held by",
            arenas.blocks[at] === 0
              ? "nothing: kept for the next request"
              : `${plural(arenas.blocks[at], "block")}, pinning ${bytes(pinnedBytes(1, arenaSize, arenas.blockBytes[at]))}`,
          ],
        ]}
      />
    </>
  );
}

function Pool({ pool }: { pool: PoolView }) {
  return (
    <>
      <h3>Pool {pool.index}</h3>
      <Facts
        facts={[
          ["address", hex(pool.address)],
          ["state", pool.state],
          ["class", pool.header.szidx === null ? "none yet" : `${pool.header.szidx}: ${pool.blockSize} bytes`],
          ["blocks", `${withCommas(pool.header.count)} of ${withCommas(pool.capacity)} allocated`],
          ["quantization", `${pool.quantizationBytes} bytes at its end`],
        ]}
      />
    </>
  );
}

function Place({ place, info }: { place: PlaceView; info: TraceInfo }) {
  if (place.kind === "block")
    return (
      <>
        <h3>Block {place.blockIndex}</h3>
        <Facts
          facts={[
            ["address", hex(place.blockAddress)],
            ["state", place.state],
            ["size", `${place.size} bytes, class ${place.szidx}`],
            ...(place.freeIndex === null
              ? []
              : [["free list", `${nth(place.freeIndex + 1)} to be handed out`] as Fact]),
            ...(place.nextFree === null
              ? []
              : [["next free", place.nextFree === 0 ? "NULL" : hex(place.nextFree)] as Fact]),
            ...originFacts(place.origin, info),
            ...objectFacts(place.object, info),
          ]}
        />
        {place.way ? <Way way={place.way} info={info} /> : null}
        {place.preview ? (
          <div class="preview" data-testid="preview">
            <h4>Freeing it now</h4>
            <ul>
              {place.preview.text.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </div>
        ) : null}
      </>
    );
  if (place.kind === "raw-block" || place.kind === "raw-free" || place.kind === "raw-header")
    return (
      <>
        <h3>{place.kind === "raw-free" ? "Free raw block" : "Raw block"}</h3>
        <Facts
          facts={[
            ["address", hex(place.blockAddress)],
            ["size", `${withCommas(place.size)} bytes`],
            ["region", `${hex(place.regionAddress)}, ${bytes(place.regionBytes)}`],
            ["mapped", place.isMapped ? "for this block alone" : "with others"],
            ...originFacts(place.origin, info),
          ]}
        />
        {place.way ? <Way way={place.way} info={info} /> : null}
      </>
    );
  if (place.kind === "free-span") return <p class="hint">{hex(place.address)} is not mapped at this moment.</p>;
  return <p class="hint">{place.text}</p>;
}

function originFacts(origin: BlockOrigin | null, info: TraceInfo): Fact[] {
  if (origin === null) return [];
  const line = info.lines[origin.line];
  const event = (index: number) => (
    <button type="button" class="link" onClick={() => void seek(index + 1)}>
      event {withCommas(index + 1)}
    </button>
  );
  return [
    ["id", origin.id],
    ["asked for", `${withCommas(origin.asked)} bytes, domain ${origin.domain}`],
    ["born at", event(origin.bornAt)],
    ["age", plural(origin.age, "event")],
    ...(origin.resizedAt >= 0 ? [["resized at", event(origin.resizedAt)] as Fact] : []),
    ["freed at", origin.freedAt < 0 ? "never in this trace" : event(origin.freedAt)],
    ...(origin.type === 0 ? [] : [["type", info.types[origin.type]] as Fact]),
    ...(line ? [["line", `${line.file}:${line.line} ${line.name}`] as Fact] : []),
  ];
}

/** From here on a count says that the object is immortal: refcount.h, `_Py_IMMORTAL_MINIMUM_REFCNT` of 32 bits. */
const IMMORTAL = 2 ** 30;

function objectFacts(object: ObjectState | null, info: TraceInfo): Fact[] {
  if (object === null) return [];
  const { position, refcount, collected } = object;
  const when = whenOf(position, info);
  return [
    ["reference count", `${refcount >= IMMORTAL ? "immortal" : withCommas(refcount)}, ${when}`],
    ["collector", `${COLLECTOR[collected]}, ${when}`],
  ];
}

/** How the block was reached, and by what. */
function Way({ way, info }: { way: BlockWay; info: TraceInfo }) {
  const { position, path, referrers, referrerCount } = way;
  const left = referrerCount - referrers.length;
  return (
    <div class="preview" data-testid="way">
      <h4>Held by, {whenOf(position, info)}</h4>
      <p>
        <code data-fact="path">{path}</code>
      </p>
      <h4>{plural(referrerCount, "reference")} to it</h4>
      <ul data-fact="referrers">
        {[...new Set(referrers)].map((from) => (
          <li key={from}>
            <code>{from}</code>
          </li>
        ))}
        {left > 0 ? <li>{withCommas(left)} more</li> : null}
      </ul>
    </div>
  );
}

const COLLECTOR: Readonly<Record<ObjectState["collected"], string>> = {
  "not collected": "not of a type that it collects",
  untracked: "not tracked",
  tracked: "tracked",
  young: "tracked, young generation",
  old: "tracked, old generation",
  permanent: "tracked, permanent generation",
};
