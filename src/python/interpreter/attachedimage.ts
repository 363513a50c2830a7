/** A heap image of an attached heap: its tables and its arenas, and nothing else of the interpreter. */

import type { Profile } from "../../geometry/profiles.js";
import { HeapImage } from "../../inspect/image.js";
import type { Snapshot } from "../../inspect/snapshot.js";
import * as layout from "../../memory/layout.js";
import type { Segment } from "../../memory/memory.js";
import type { AttachedCore } from "./attachedcore.js";

export function attachedImage(profile: Profile, core: AttachedCore, snapshot: Snapshot): HeapImage {
  const { arenaSize } = profile.geometry;
  const segment = (start: number, bytes: number): Segment => ({ start, words: core.copy(start, start + bytes) });
  const state = core.stateBase + layout.STATE;
  const firstHeader = core.poolTable + snapshot.firstPoolUnit * layout.POOL_HEADER_SIZE;
  const arenas = (offset: number): number => core.read(core.stateBase + layout.ARENAS + offset);
  return new HeapImage(profile, { stateBase: core.stateBase, poolTable: core.poolTable }, [
    segment(state, layout.OS_PAGES - layout.STATE),
    { start: firstHeader, words: snapshot.poolWords },
    segment(arenas(layout.ARENAS_TABLE), arenas(layout.ARENAS_MAXARENAS) * layout.ARENA_OBJECT_SIZE),
    ...snapshot.arenas.map(({ address }) => segment(address, arenaSize)),
  ]);
}
