/** The position of the cursor, as the page shows it. */
import { observationOf } from "../../../replay/observation.js";

import { idOf } from "../../../trace/event.js";
import type { CursorView, MapView, SideIndex, SideView, ViewOptions } from "../../protocol/index.js";
import { type ImageDocument, TraceDocument } from "../document/document.js";
import type { HeapIndex } from "../map/heapindex.js";

import { mapOf } from "../map/map.js";
import { withAges, withNumbers } from "../map/poolcolour.js";
import type { Side } from "./side.js";

type Colour = NonNullable<ViewOptions["colour"]>;

function coloured(
  map: MapView,
  colour: Colour,
  look: HeapIndex,
  side: Side,
  document: TraceDocument,
  at: number,
): MapView {
  const live = document.liveAt(at);
  if (colour === "age") return withAges(map, look, side.addresses, live, at);
  const numbers = colour === "type" ? document.labels.typeOfEvent : document.labels.lineOfEvent;
  return numbers === null ? map : withNumbers(map, colour, look, side.addresses, live, numbers);
}

/** Where the block of the event run last was before it, and is now. Leaves the replay at `position`. */
function touched(side: Side, document: TraceDocument, position: number): SideView["touched"] {
  const event = document.event(position - 1);
  if (event === null || event.op === "mark") return { before: 0, after: 0 };
  const id = idOf(document.requests.words[2 * event.index]);
  side.moving.runTo(position - 1);
  const before = side.addresses[id];
  side.moving.runTo(position);
  return { before, after: side.addresses[id] };
}

function sideView(
  document: TraceDocument | ImageDocument,
  [index, side]: readonly [SideIndex, Side],
  position: number,
  colour: Colour | null,
): SideView {
  const isTrace = document instanceof TraceDocument;
  const where = isTrace ? touched(side, document, position) : { before: 0, after: 0 };
  const look = side.at(position);
  const map = mapOf(look, side.raw.columns(look, position, where));
  const stats = side.source.stats();
  const name = isTrace ? document.nameAt(position) : document.info.name;
  const liveBytes = isTrace ? document.requests.liveBytesAt(position) : Number.NaN;
  return {
    side: index,
    moment: observationOf(stats, map.arenas, { name, position, liveBytes }),
    stats,
    failures: side.replay?.failures ?? 0,
    touched: where,
    map: isTrace && colour !== null ? coloured(map, colour, look, side, document, position) : map,
  };
}

export function cursorView(
  document: TraceDocument | ImageDocument,
  sides: readonly (readonly [SideIndex, Side])[],
  position: number,
  colour: Colour | null,
): CursorView {
  const event = (index: number): CursorView["last"] =>
    document instanceof TraceDocument ? document.event(index) : null;
  return {
    position,
    mark: document.info.marks.findLastIndex((mark) => mark.position <= position),
    last: event(position - 1),
    next: event(position),
    sides: sides.map((side) => sideView(document, side, position, colour)),
  };
}
