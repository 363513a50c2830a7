/**
 * The place where the page stands, as the hash of its address: example, profiles, moment, colour, selection, script.
 *
 *     #example=pinned&profile=3.12,2.7&at=60011&colour=occupancy&in=0.3.12&a=0&b=100&code=…
 *     #run=first.py&profile=wasm32&at=482866&code=…
 *
 * `code` is the script, deflated and in base64url; `run` its name, where the moment is one of its run. A file of one's own is not in
 * a link: who opens it opens the file first.
 */
import type { SideIndex } from "../protocol/index.js";
import type { ColourMode, LabState, Selection } from "./state.js";

export interface Place {
  readonly example: string | null;
  /** Name of the script whose run it is. */
  readonly run: string | null;
  readonly profiles: readonly string[] | null;
  readonly position: number | null;
  readonly colour: ColourMode | null;
  readonly selection: Selection | null;
  readonly a: number | null;
  readonly b: number | null;
  readonly code: string | null;
}

export const NOWHERE: Place = {
  example: null,
  run: null,
  profiles: null,
  position: null,
  colour: null,
  selection: null,
  a: null,
  b: null,
  code: null,
};

const COLOURS: readonly ColourMode[] = ["class", "occupancy", "age", "type", "line"];

const base64 = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function through(bytes: Uint8Array<ArrayBuffer>, transform: GenericTransformStream): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(transform as ReadableWritablePair<Uint8Array, BufferSource>);
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

async function pack(text: string): Promise<string> {
  return base64(await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")));
}

async function unpack(text: string): Promise<string | null> {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  } catch {
    return null;
  }
}

export function placeOf({ info, example, sides, view, colour, selection, a, b, code }: LabState): Place {
  const profiles = sides.map(({ profile }) => profile);
  return {
    example,
    run: info?.kind === "recording" ? info.name : null,
    profiles,
    position: view?.position ?? null,
    colour,
    selection,
    a,
    b,
    code: code === "" ? null : code,
  };
}

/** Without the script unless it is wanted. */
export async function writePlace(place: Place, withCode: boolean): Promise<string> {
  const { example, run, profiles, position, colour, selection, a, b, code } = place;
  const parts: string[] = [];
  const add = (name: string, value: string | number | null): void => {
    if (value !== null && value !== "") parts.push(`${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`);
  };
  add("example", example);
  if (withCode && code !== null) add("run", run);
  add("profile", profiles?.join(",") ?? null);
  add("at", position);
  add("colour", colour === "class" ? null : colour);
  if (selection) add("in", [selection.side, selection.arena, selection.pool ?? "", selection.address ?? ""].join("."));
  add("a", a);
  add("b", b);
  if (withCode && code !== null) add("code", await pack(code));
  return `#${parts.join("&")}`;
}

/** What of a hash makes sense, and a line on what does not, which is passed over. */
export async function readPlace(hash: string): Promise<{ place: Place; problem: string | null }> {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const bad: string[] = [];
  const part = async <T>(name: string, read: (text: string) => T, expected: string): Promise<Awaited<T> | null> => {
    const text = values.get(name);
    if (text === null) return null;
    const value = await read(text);
    if (value === null) bad.push(`${name}=${text.length > 20 ? `${text.slice(0, 20)}…` : text}, expected ${expected}`);
    return value;
  };
  const place = {
    example: values.get("example"),
    run: await part("run", (text) => (/^[\w-][\w.-]*$/.test(text) ? text : null), "the name of a script"),
    profiles: values.get("profile")?.split(",").slice(0, 2) ?? null,
    position: await part("at", whole, "the number of an event"),
    colour: await part("colour", (text) => COLOURS.find((colour) => colour === text) ?? null, COLOURS.join(", ")),
    selection: await part("in", readSelection, "side.arena.pool.address"),
    a: await part("a", whole, "the number of an event"),
    b: await part("b", whole, "the number of an event"),
    code: await part("code", unpack, "a packed script"),
  };
  return { place, problem: bad.length === 0 ? null : `The link has ${bad.join("; ")}.` };
}

const whole = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

function readSelection(text: string): Selection | null {
  const [, side, arena, pool, address] = /^([01])\.(-?\d+)\.(\d*)\.(\d*)$/.exec(text) ?? [];
  if (arena === undefined) return null;
  const number = (digits: string): number | null => (digits === "" ? null : Number(digits));
  return { side: Number(side) as SideIndex, arena: Number(arena), pool: number(pool), address: number(address) };
}
