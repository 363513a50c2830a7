/** From a name to what is open: an example, the trace that `pymalloc lab TRACE` serves, a link. */
import { SCRIPTS, scriptSource, TRACES } from "./examples.js";
import { type Place, placeOf, readPlace } from "./link.js";
import { lineOf, openBytes, seek, select } from "./session.js";
import { lab } from "./state.js";

export async function openExample(id: string, profiles: readonly string[] | null = null): Promise<boolean> {
  const example = TRACES.find((trace) => trace.id === id);
  if (!example) return false;
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

async function goTo(place: Place): Promise<void> {
  if (place.colour) lab.set({ colour: place.colour });
  const served = new URLSearchParams(location.search).get("trace");
  const isOpen = served
    ? await openServed(served, place.profiles)
    : await openExample(place.example ?? "pinned", place.profiles);
  if (!isOpen) return;
  if (place.a !== null || place.b !== null) lab.set({ a: place.a, b: place.b });
  const { info } = lab.state;
  const start = info?.marks[1]?.position ?? info?.events ?? 0;
  await seek(place.position ?? start);
  if (place.selection) await select(place.selection);
}

/** Opens what the link asks for, else a first example at the moment that it is about. */
export async function openFromLink(): Promise<void> {
  const place = await readPlace(location.hash);
  if (place.code !== null) lab.set({ code: place.code });
  else await openScript(SCRIPTS.includes("first.py") ? "first.py" : (SCRIPTS[0] ?? ""));
  await goTo(place);
}

export const currentPlace = (): Place => placeOf(lab.state);
