/** The sides of what is open: chosen, made, told of. */
import type { Profile } from "../../../geometry/profiles.js";
import { profileOrNull } from "../../../report/replayreport.js";
import type { OnProgress, ProfileChoice, SideInfo } from "../../protocol/index.js";
import { type ImageDocument, TraceDocument } from "../document/document.js";
import { profileOf, Side } from "./side.js";
import { Pauses } from "./tasks.js";

/** Throws a `RangeError` unless it is one choice or two. */
export function profilesOf(choices: readonly ProfileChoice[]): Profile[] {
  if (choices.length < 1 || choices.length > 2)
    throw new RangeError(`there are one or two sides, not ${choices.length}`);
  return choices.map(profileOf);
}

/** The profile of the Python that recorded the trace, else 3.12. */
export const ownProfile = ({ trace: { recordedBy } }: TraceDocument): Profile =>
  (recordedBy === null ? null : profileOrNull(recordedBy)) ?? profileOf("3.12");

const isSame = (a: Profile, b: Profile): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A side for each profile; one that was there before is kept. Two of the same profile are two heaps. */
export async function makeSides(
  { requests }: TraceDocument,
  profiles: readonly Profile[],
  had: readonly Side[],
  isWanted: () => boolean,
  onProgress: OnProgress,
): Promise<Side[]> {
  const free = [...had];
  const kept = profiles.map((profile) => {
    const index = free.findIndex((side) => isSame(side.profile, profile));
    return index < 0 ? null : free.splice(index, 1)[0];
  });
  const missing = kept.filter((side) => side === null).length;
  let made = 0;
  const sides: Side[] = [];
  for (const [index, profile] of profiles.entries()) {
    const onDone = (done: number): void => onProgress({ doing: "first pass", done: (made + done) / missing });
    const old = kept[index];
    sides.push(old ?? (await Side.replayed(requests, profile, new Pauses(isWanted), onDone)));
    if (old === null) made++;
  }
  return sides;
}

export function sideInfos(document: TraceDocument | ImageDocument, sides: readonly Side[]): SideInfo[] {
  const profiles = sides.map(({ profile }) => profile);
  return sides.map((side) => side.info(document instanceof TraceDocument ? document.trace : null, profiles));
}
