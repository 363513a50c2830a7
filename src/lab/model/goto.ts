/** The place where the page stands, which a link names: gone to, and read from what is shown. */

import { seek, select } from "./actions.js";
import { type Place, placeOf } from "./link.js";
import { lab } from "./state.js";

export const currentPlace = (): Place => placeOf(lab.state);

/** Goes to the moment of `place` in what is open, or, where it names none, to one at which there is something to see. */
export async function goTo({ position, colour, selection, a, b }: Place): Promise<void> {
  if (colour) lab.set({ colour });
  if (a !== null || b !== null) lab.set({ a, b });
  const { info } = lab.state;
  await seek(position ?? info?.marks[1]?.position ?? info?.events ?? 0);
  if (selection) await select(selection);
}
