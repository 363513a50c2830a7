/** The options that describe the geometry of the profile `custom`. */
import { customProfile, type Profile, profile } from "../geometry/profiles.js";
import { RELEASES } from "../geometry/release.js";
import { parseSize } from "../text/units.js";
import type { Values } from "./command.js";
import { choice, size } from "./option.js";
import { UsageError, usage } from "./usageerror.js";

export const GEOMETRY_OPTIONS = {
  arena: size("bytes of an arena, a power of two: 2 to 65,536 pools, at most 64MiB").usually("1MiB"),
  pool: size("bytes of a pool, a power of two from 1KiB to 64KiB").usually("16KiB"),
  align: size("alignment of blocks in bytes, a power of two from 8 to 64").usually("16"),
  threshold: size("bytes of the largest small request, a multiple of --align").usually("512"),
  header: size("bytes of a pool's header, a multiple of --align").usually("48"),
  release: choice(RELEASES, "when an empty arena is returned to the system").usually("keep-last"),
};

export type GeometryValues = Values<{ geometry: typeof GEOMETRY_OPTIONS }>;

/** The title of the group in a command's help. */
export const GEOMETRY_TITLE = "geometry of the profile custom";

/** The profiles with these names; `custom` has the geometry of `values`. Throws a `UsageError`. */
export function namedProfiles(names: readonly string[], values: GeometryValues): Profile[] {
  const options = Object.keys(GEOMETRY_OPTIONS) as (keyof GeometryValues)[];
  const given = options.find((option) => values[option] !== null);
  if (given && !names.includes("custom")) throw new UsageError(`--${given} needs --profile custom`);
  return names.map((name) => (name === "custom" ? usage(() => custom(values)) : profile(name)));
}

function custom(values: GeometryValues): Profile {
  const bytes = (name: Exclude<keyof GeometryValues, "release">): number =>
    values[name] ?? parseSize(GEOMETRY_OPTIONS[name].usual ?? "");
  return customProfile({
    arenaSize: bytes("arena"),
    poolSize: bytes("pool"),
    alignment: bytes("align"),
    threshold: bytes("threshold"),
    poolOverhead: bytes("header"),
    release: values.release ?? "keep-last",
  });
}
