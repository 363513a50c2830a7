/** The options that describe the geometry of the profile `custom`. */
import { customProfile, type Profile, profile } from "../geometry/profiles.js";
import type { ReleasePolicy } from "../geometry/release.js";
import { parseSize } from "../text/units.js";
import { UsageError } from "./command.js";

/** For `parseArgs`. */
export const GEOMETRY_OPTIONS = {
  arena: { type: "string" },
  pool: { type: "string" },
  align: { type: "string" },
  threshold: { type: "string" },
  header: { type: "string" },
  release: { type: "string" },
} as const;

/** What was given of them. */
export type GeometryValues = { readonly [Option in keyof typeof GEOMETRY_OPTIONS]?: string | undefined };

/** The profiles with these names, `custom` among them as `values` describe it. Throws for what is none. */
export function namedProfiles(names: readonly string[], values: GeometryValues): Profile[] {
  const options = Object.keys(GEOMETRY_OPTIONS) as (keyof GeometryValues)[];
  const given = options.find((option) => values[option] !== undefined);
  if (given && !names.includes("custom")) throw new UsageError(`--${given} needs --profile custom`);
  return names.map((name) => (name === "custom" ? custom(values) : profile(name)));
}

function custom({ arena, pool, align, threshold, header, release }: GeometryValues): Profile {
  const size = (option: string, text: string | undefined, usual: string): number => {
    const bytes = parseSize(text ?? usual);
    if (Number.isNaN(bytes)) throw new UsageError(`--${option} takes a size like 512, 64KiB or 2MiB, not ${text}`);
    return bytes;
  };
  return customProfile({
    arenaSize: size("arena", arena, "1MiB"),
    poolSize: size("pool", pool, "16KiB"),
    alignment: size("align", align, "16"),
    threshold: size("threshold", threshold, "512"),
    poolOverhead: size("header", header, "48"),
    release: (release ?? "keep-last") as ReleasePolicy,
  });
}
