/**
 * A live block as the Python object that lies in it.
 *
 *     block   │ managed dict, weakrefs │ PyGC_Head │ ob_refcnt │ ob_type │ the rest │ rounding │
 *     bytes   │ 8, where the type has  │ 8, where  │ 4         │ 4       │          │          │
 *             │ them                   │ collected │           │         │          │          │
 *
 * A trace records requests, not contents: the layout is the type's, and what the object was is known of the moments when it was seen.
 */
import {
  type BlockOrigin,
  type BlockPart,
  COLLECTED,
  type ObjectLayout,
  type ObjectState,
} from "../../protocol/index.js";
import type { Labels } from "./labels.js";

/** Of a pointer of the Python that a page runs, whatever the heap that its trace is replayed on. */
const WORD_BYTES = 4;

/** The parts of what was asked for: of an object of a known type those that CPython lays out. They add up to `asked`. */
export function partsOfAsked(layout: ObjectLayout | null, asked: number): BlockPart[] {
  const parts: BlockPart[] = [];
  let offset = 0;
  const add = (what: BlockPart["what"], bytes: number): void => {
    if (bytes > 0) parts.push({ what, offset, bytes });
    offset += bytes;
  };
  const headerBytes = layout === null ? 0 : 2 * WORD_BYTES * (Number(layout.isManaged) + Number(layout.isGc));
  if (layout === null || headerBytes + 2 * WORD_BYTES > asked) add("asked", asked);
  else {
    if (layout.isManaged) add("managed", 2 * WORD_BYTES);
    if (layout.isGc) add("gc-head", 2 * WORD_BYTES);
    add("ob_refcnt", WORD_BYTES);
    add("ob_type", WORD_BYTES);
    add("object", asked - offset);
  }
  return parts;
}

/** What the object of `origin` was at the last look at or before `position` or, if it was in none, the first one after it. */
export function objectState({ seen }: Labels, origin: BlockOrigin, position: number): ObjectState | null {
  const { id, bornAt, freedAt } = origin;
  // The id is another block's before this one is born, and when it is free.
  const during = seen.filter((look) => look.position > bornAt && (freedAt < 0 || look.position <= freedAt));
  const after = during.filter((look) => look.position > position);
  for (const look of [...during.slice(0, during.length - after.length).reverse(), ...after]) {
    const at = look.id.indexOf(id);
    if (at >= 0)
      return { position: look.position, refcount: look.refcount[at], collected: COLLECTED[look.collected[at]] };
  }
  return null;
}
