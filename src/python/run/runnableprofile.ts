/** The profiles that the bundled interpreter can run on. */
import type { Profile } from "../../geometry/profiles.js";

/** Why the interpreter, a 32-bit build of today, cannot run on this profile, and what to do; `null` if it can. */
export function whyUnfit({ name, takesOverRaw, pointerBits }: Profile): string | null {
  if (takesOverRaw) return "no running Python can use it; use --compare";
  if (pointerBits === 32 || name === "custom") return null;
  const instead = name === "3.15-hugepages" ? "use --compare" : `use ${name}-32, or --compare`;
  return `the program runs on 32 bits; ${instead}`;
}
