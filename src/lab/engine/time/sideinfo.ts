/** Describes a side for the page. */
import { classCount } from "../../../geometry/geometry.js";
import type { Profile } from "../../../geometry/profiles.js";
import type { SideInfo } from "../../protocol/index.js";

export const sideInfo = (
  { name, geometry, pointerBits, witness, source }: Profile,
  about: Pick<SideInfo, "notes" | "keyframeBytes">,
): SideInfo => ({
  profile: name,
  geometry,
  pointerBits,
  witness,
  source,
  classCount: classCount(geometry),
  ...about,
});
