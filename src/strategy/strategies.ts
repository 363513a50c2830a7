/** The strategies there are, and how they are named: `pymalloc:3.12+arena=emptiest`, `first-fit:lifo`, `tlsf`, `path/to/file.wasm`. */

import { type Profile, profile } from "../geometry/profiles.js";
import { RELEASES } from "../geometry/release.js";
import * as layout from "../memory/layout.js";
import {
  BOUNDARY_TAGS_WASM,
  BUDDY_WASM,
  BUMP_WASM,
  POWER_OF_TWO_WASM,
  PYMALLOC_POLICIES_WASM,
  SIZE_CLASS_PAGES_WASM,
  SLAB_WASM,
} from "../memory/wasm.js";
import { orList } from "../text/orlist.js";
import { parseSize } from "../text/units.js";
import { foreignAllocator } from "./foreign.js";
import type { HeapOfStrategy, SystemOptions } from "./strategyheap.js";
import { ForeignHeap, StrategyHeap } from "./strategyheap.js";

/** An option of a strategy: `+key=value`, where the first option's value may also stand behind a colon. */
export interface StrategyOption {
  readonly key: string;
  /** The values there are, the default first; `null` for a profile's name. */
  readonly values: readonly string[] | null;
}

/** A row of the table. */
export interface StrategyKind {
  readonly name: string;
  /** What it is, in one sentence. */
  readonly summary: string;
  readonly options: readonly StrategyOption[];
  /** Whether it is a model of somebody else's allocator, not the allocator itself. */
  readonly isModel: boolean;
  /** The build of assembly/strategies/ that it is, and its bytes in base64. */
  readonly build: string;
  readonly wasm: string;
  /** What the build's `start` is given. */
  readonly numbers: (value: (key: string) => string) => readonly number[];
  /** The profile whose geometry the build is given; only of pymalloc. Throws a `RangeError` for values that do not go together. */
  readonly profile?: (value: (key: string) => string) => Profile;
}

const ARENA_POLICIES = ["fullest", "emptiest", "lowest", "random"];
const POOL_POLICIES = ["recent", "fullest", "lowest"];
const RELEASE_POLICIES = ["profile", ...RELEASES];
const FIT_ORDERS = ["address", "lifo"];

const fit = (rule: number) => (value: (key: string) => string) => [rule, Number(value("order") === "lifo")];

/** The profile whose geometry the build is given: as it is named, with the release policy that was asked for. */
function givenProfile(value: (key: string) => string): Profile {
  const named = profile(value("profile"));
  const [arena, release] = [value("arena"), value("release")];
  if (named.geometry.release === "never" && (arena !== "fullest" || release !== "profile"))
    throw new RangeError(`${value("profile")} chooses no arena and gives none back: it has one stack of pools for all`);
  const wanted = release === "eager" || release === "keep-last" ? release : named.geometry.release;
  return { ...named, geometry: { ...named.geometry, release: wanted }, takesOverRaw: false };
}

/** The seed of the policy `random`. */
const SEED = 1;

/** What `setPolicies` of assembly/strategies/pymalloc-policies.ts is given. */
const policyNumbers = (arena: string, pool: string, release: string): number[] => [
  ARENA_POLICIES.indexOf(arena),
  POOL_POLICIES.indexOf(pool),
  Number(release === "never"),
  SEED,
];

export const STRATEGIES: readonly StrategyKind[] = [
  {
    name: "pymalloc",
    summary:
      "CPython's allocator, exact to the address, under any profile; with other choices of arena and pool where asked for",
    options: [
      { key: "profile", values: null },
      { key: "arena", values: ARENA_POLICIES },
      { key: "pool", values: POOL_POLICIES },
      { key: "release", values: RELEASE_POLICIES },
    ],
    isModel: false,
    build: "pymalloc-policies",
    wasm: PYMALLOC_POLICIES_WASM,
    numbers: (value) => policyNumbers(value("arena"), value("pool"), value("release")),
    profile: givenProfile,
  },
  {
    name: "bump",
    summary: "never uses memory again",
    options: [],
    isModel: false,
    build: "bump",
    wasm: BUMP_WASM,
    numbers: () => [],
  },
  {
    name: "tlsf",
    summary: "two-level segregated fit: boundary tags, immediate coalescing, a free block found in constant time",
    options: [],
    isModel: false,
    build: "boundary-tags",
    wasm: BOUNDARY_TAGS_WASM,
    numbers: () => [layout.FIT_SEGREGATED, 0],
  },
  {
    name: "first-fit",
    summary:
      "boundary tags, immediate coalescing; the first free block that is large enough, by address or the last freed first",
    options: [{ key: "order", values: FIT_ORDERS }],
    isModel: false,
    build: "boundary-tags",
    wasm: BOUNDARY_TAGS_WASM,
    numbers: fit(layout.FIT_FIRST),
  },
  {
    name: "best-fit",
    summary:
      "boundary tags, immediate coalescing; the smallest free block that is large enough, of those the lowest or the last freed",
    options: [{ key: "order", values: FIT_ORDERS }],
    isModel: false,
    build: "boundary-tags",
    wasm: BOUNDARY_TAGS_WASM,
    numbers: fit(layout.FIT_BEST),
  },
  {
    name: "buddy",
    summary: "binary buddies in chunks of 1 MiB, joined as soon as both are free; the least block has 16 or 32 bytes",
    options: [{ key: "least", values: ["16", "32"] }],
    isModel: false,
    build: "buddy",
    wasm: BUDDY_WASM,
    numbers: (value) => [Math.log2(Number(value("least")))],
  },
  {
    name: "power-of-two",
    summary: "a free list for each power of two; nothing is split, joined or given back",
    options: [],
    isModel: false,
    build: "power-of-two",
    wasm: POWER_OF_TWO_WASM,
    numbers: () => [],
  },
  {
    name: "slab",
    summary: "pages of one size class without arenas: an empty page goes back at once",
    options: [{ key: "page", values: ["16KiB", "4KiB", "64KiB"] }],
    isModel: false,
    build: "slab",
    wasm: SLAB_WASM,
    numbers: (value) => [Math.log2(parseSize(value("page")))],
  },
  {
    name: "size-class-pages",
    summary: "a model of mimalloc's design: pages of one size class, four classes to a doubling, in segments of 4 MiB",
    options: [],
    isModel: true,
    build: "size-class-pages",
    wasm: SIZE_CLASS_PAGES_WASM,
    numbers: () => [],
  },
];

/** A strategy with its options: what makes heaps. */
export interface Strategy {
  /** As it was asked for. */
  readonly name: string;
  /** The row of the table; `null` for foreign wasm, of which nothing but the footprint is known. */
  readonly kind: StrategyKind | null;
  /** An empty heap of its own. Throws a `RangeError` where memory cannot hold its tables. Tests pass the debug build of the kind. */
  start(system?: SystemOptions, module?: WebAssembly.Module): HeapOfStrategy;
  /** What `setPolicies` is given, where this is pymalloc. */
  readonly policies: readonly number[] | null;
  /** The profile, where this is pymalloc. */
  readonly profile: Profile | null;
}

/** The modules, compiled once. */
const compiled = new Map<string, WebAssembly.Module>();

function moduleOf(wasm: string): WebAssembly.Module {
  let module = compiled.get(wasm);
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0)));
    compiled.set(wasm, module);
  }
  return module;
}

const DEFAULT_PROFILE = "3.12";

/** Key and value of each option that stands behind the name: `:VALUE` is the first one's. */
function parseOptions(kind: StrategyKind, name: string, texts: readonly string[], first: string | undefined) {
  const values = new Map<string, string>();
  const set = (key: string, value: string): void => {
    const option = kind.options.find((option) => option.key === key);
    if (option === undefined) throw new RangeError(`${name}: ${kind.name} has ${optionNames(kind)}, no ${key}`);
    if (values.has(key)) throw new RangeError(`${name}: ${key} is given twice`);
    if (option.values === null) profile(value);
    else if (!option.values.includes(value))
      throw new RangeError(`${name}: ${key} is ${orList(option.values)}, not ${JSON.stringify(value)}`);
    values.set(key, value);
  };
  if (first !== undefined) {
    if (kind.options.length === 0) throw new RangeError(`${name}: ${kind.name} has no options`);
    set(kind.options[0].key, first);
  }
  for (const text of texts) {
    const [, key, value] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
    if (key === undefined) throw new RangeError(`${name}: expected +KEY=VALUE, not +${text}`);
    set(key, value);
  }
  return (key: string): string =>
    values.get(key) ?? kind.options.find((option) => option.key === key)?.values?.[0] ?? DEFAULT_PROFILE;
}

const optionNames = (kind: StrategyKind): string =>
  kind.options.length === 0 ? "no options" : kind.options.map(({ key }) => key).join(", ");

/** Whether a name is that of a wasm file, which `foreignStrategy` takes. */
export const isForeignName = (name: string): boolean => name.endsWith(".wasm");

/**
 * The strategy that `name` names: `NAME`, `NAME:VALUE` or either with `+KEY=VALUE`s behind it. Throws a `RangeError` of one line that
 * says what there is.
 */
export function strategy(name: string): Strategy {
  const [head, ...texts] = name.split("+");
  const [kindName, ...rest] = head.split(":");
  const kind = STRATEGIES.find((row) => row.name === kindName);
  if (kind === undefined) {
    const names = STRATEGIES.map((row) => row.name);
    throw new RangeError(
      `no strategy ${JSON.stringify(kindName)}: there are ${names.join(", ")}, and wasm files by their path`,
    );
  }
  const value = parseOptions(kind, name, texts, rest.length === 0 ? undefined : rest.join(":"));
  const numbers = kind.numbers(value);
  const given = kind.profile?.(value) ?? null;
  return {
    name,
    kind,
    start: (system = {}, module = moduleOf(kind.wasm)) => new StrategyHeap(module, name, numbers, given, system),
    policies: given && numbers,
    profile: given && profile(value("profile")),
  };
}

/**
 * A foreign allocator as a strategy: wasm that exports `memory`, `malloc`, `free` and `realloc`. Of its heap only what it holds is
 * known. Throws a `RangeError` that says what is missing or of another type.
 */
export function foreignStrategy(name: string, bytes: Uint8Array<ArrayBuffer>): Strategy {
  const allocator = foreignAllocator(name, bytes);
  return { name, kind: null, policies: null, profile: null, start: () => new ForeignHeap(name, allocator.watched()) };
}
