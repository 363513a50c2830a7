/** From a name to what is open: an example, the trace that `pymalloc lab TRACE` serves, a link. */

import { withCommas } from "../../text/units.js";
import { complain, lineOf, openBytes, setProfiles } from "./actions.js";
import { SCRIPTS, scriptSource, TRACES } from "./examples.js";
import { goTo } from "./goto.js";
import { NOWHERE, type Place, readPlace } from "./link.js";
import { lab } from "./state.js";

/** The example that the page begins with. */
const FIRST = "pinned";

export async function openExample(id: string, profiles: readonly string[] | null = null): Promise<boolean> {
  const example = TRACES.find((trace) => trace.id === id);
  if (!example) {
    lab.set({ message: { kind: "problem", text: `There is no example “${id}”.` } });
    return false;
  }
  lab.set({ busy: { text: `${example.title}: reading`, done: null } });
  try {
    return await openBytes(await example.bytes(), example.title, { profiles, example: id });
  } catch (error) {
    lab.set({ busy: null, message: { kind: "problem", text: lineOf(error) } });
    return false;
  }
}

/** Puts a script into the editor. */
export async function openScript(name: string): Promise<void> {
  const code = await scriptSource(name);
  if (code !== null) lab.set({ code, script: name, hasEditor: true });
}

/** What `pymalloc lab TRACE` serves beside the page; the query names it. */
async function openServed(name: string, profiles: readonly string[] | null): Promise<boolean> {
  lab.set({ busy: { text: `${name}: reading`, done: null } });
  try {
    const response = await fetch("./trace");
    if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
    return await openBytes(new Uint8Array(await response.arrayBuffer()), name, { profiles });
  } catch (error) {
    lab.set({ busy: null, message: { kind: "problem", text: lineOf(error) } });
    return false;
  }
}

/** What the link is of, or else an example. */
async function openPlace(place: Place): Promise<void> {
  const served = new URLSearchParams(location.search).get("trace");
  const isOpen = served
    ? await openServed(served, place.profiles)
    : await openExample(place.example ?? FIRST, place.profiles);
  if (isOpen) return goTo(place);
  // The page is not left empty: beside what went wrong stands the example that it begins with.
  const { message } = lab.state;
  if (await openExample(FIRST)) await goTo(NOWHERE);
  lab.set({ message });
}

async function goToOn(place: Place): Promise<void> {
  if (place.profiles) await setProfiles(place.profiles);
  await goTo(place);
}

/** Goes to `place` when its script has been run, by the click of whoever opened the link; not if something else is opened instead. */
function goToWhenRun(place: Place): void {
  const { info: before } = lab.state;
  const end = lab.subscribe(() => {
    const { info, busy, isLive, code } = lab.state;
    if (info === before || isLive || busy !== null) return;
    end();
    if (info?.kind === "recording" && code === place.code) void goToOn(place);
  });
}

/** Opens what the link asks for, else a first example at the moment that it is about. */
export async function openFromLink(): Promise<void> {
  const { place, problem } = await readPlace(location.hash);
  await openLinked(place);
  if (problem !== null) complain(problem);
}

/** A script from a link is shown, and not run. */
async function openLinked(place: Place): Promise<void> {
  if (place.code !== null) lab.set({ code: place.code, script: place.run ?? lab.state.script });
  else await openScript(SCRIPTS.includes("first.py") ? "first.py" : (SCRIPTS[0] ?? ""));
  if (place.run === null || place.code === null) return openPlace(place);
  await openPlace(NOWHERE);
  goToWhenRun(place);
  const at = place.position === null ? "" : `event ${withCommas(place.position)} of `;
  const text = `This link is to ${at}a run of ${place.run}. Read the script; Run runs it and goes there.`;
  lab.set({ hasEditor: true, message: { kind: "offer", text } });
}
