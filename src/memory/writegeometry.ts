/** How a profile's geometry gets into a build of the core: as the struct GEOMETRY, before `init` or `start`. */
import type { Profile } from "../geometry/profiles.js";
import type { ReleasePolicy } from "../geometry/release.js";
import * as layout from "./layout.js";
import type { LinearMemory } from "./memory.js";

const RELEASE: Readonly<Record<ReleasePolicy, number>> = {
  never: layout.RELEASE_NEVER,
  eager: layout.RELEASE_EAGER,
  "keep-last": layout.RELEASE_KEEP_LAST,
};

/** Writes the fields of GEOMETRY that the host gives; the build derives the others. The geometry is valid. */
export function writeGeometry(memory: LinearMemory, { geometry, takesOverRaw, maxRequest }: Profile): void {
  const write = (field: number, word: number): void => memory.write(memory.stateBase + layout.GEOMETRY + field, word);
  write(layout.GEOMETRY_ARENA_BITS, Math.log2(geometry.arenaSize));
  write(layout.GEOMETRY_POOL_BITS, Math.log2(geometry.poolSize));
  write(layout.GEOMETRY_ALIGNMENT_SHIFT, Math.log2(geometry.alignment));
  write(layout.GEOMETRY_THRESHOLD, geometry.threshold);
  write(layout.GEOMETRY_POOL_OVERHEAD, geometry.poolOverhead);
  write(layout.GEOMETRY_RELEASE, RELEASE[geometry.release]);
  write(layout.GEOMETRY_FINGERS, Number(geometry.order === "fingers"));
  write(layout.GEOMETRY_TAKES_OVER_RAW, Number(takesOverRaw));
  write(layout.GEOMETRY_MAX_REQUEST, maxRequest);
}
