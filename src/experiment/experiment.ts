/** An experiment: what a sweep runs, as a JSON file says it (docs/experiment.schema.json, docs/sweep.md). */

import { validate } from "../../build/generated/validate.js";
import type { CustomGeometry } from "../geometry/profiles.js";
import { customProfile } from "../geometry/profiles.js";
import { isForeignName, strategy } from "../strategy/strategies.js";
import type { OsModel } from "../strategy/strategyheap.js";
import { InputError } from "../text/errors.js";
import { parseSize } from "../text/units.js";
import { WORKLOAD_KINDS } from "../workload/kinds.js";
import { parseWorkload } from "../workload/workload.js";
import { customStrategy, isCustomName } from "./customstrategy.js";

/** A program whose trace is made, but for its seed. */
export interface WorkloadSource {
  /** As in `survivors:p=0.001`. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  /** Where it stands in the experiment, as in `/traces/0`. */
  readonly path: string;
}

/** A recorded program. */
export interface FileSource {
  /** As the experiment has it: relative to its own folder. */
  readonly file: string;
  readonly path: string;
}

export type Source = WorkloadSource | FileSource;

export const isFile = (source: Source): source is FileSource => "file" in source;

/** The experiment with its lists of parameters multiplied out. */
export interface Experiment {
  /** What messages call its file. */
  readonly name: string;
  readonly title: string;
  readonly sources: readonly Source[];
  readonly seeds: readonly number[];
  readonly strategies: readonly string[];
  /** What `pymalloc:custom` runs on. */
  readonly geometries: readonly CustomGeometry[];
  readonly os: readonly OsModel[];
  readonly pageBytes: readonly number[];
  readonly samples: number;
}

/** What is wrong with an experiment, in one line: file, path in the JSON, what was expected. */
export class ExperimentError extends InputError {
  override name = "ExperimentError";
}

type OneOrMore<T> = T | readonly T[];

type Choice = Readonly<Record<string, number | string>>;

/** Members of which each is a value or a list to choose from. */
type Lists = Readonly<Record<string, OneOrMore<number | string>>>;

interface WorkloadJson {
  readonly workload: string;
  readonly parameters?: Lists;
}

/** What the schema lets through. */
interface ExperimentJson {
  readonly title?: string;
  readonly traces: readonly (string | WorkloadJson)[];
  readonly seeds?: readonly number[] | { readonly from: number; readonly to: number };
  readonly strategies: readonly string[];
  readonly geometries?: readonly Lists[];
  readonly os?: readonly OsModel[];
  readonly pages?: readonly string[];
  readonly samples?: number;
}

interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: { readonly additionalProperty?: string; readonly missingProperty?: string };
  readonly parentSchema: { readonly description?: string; readonly properties?: object };
  readonly message: string;
}

const check = validate as unknown as { (json: unknown): boolean; readonly errors: readonly SchemaError[] };

function schemaMessage({ keyword, params, parentSchema, message }: SchemaError): string {
  if (keyword === "additionalProperties") {
    const known = Object.keys(parentSchema.properties ?? {}).filter((member) => !member.startsWith("$"));
    return `no member ${JSON.stringify(params.additionalProperty)}, expected ${known.join(", ")}`;
  }
  if (keyword === "required") return `no member ${JSON.stringify(params.missingProperty)}, expected one`;
  return `expected ${parentSchema.description ?? message}`;
}

/** Most cells of one experiment; results are read whole lines at a time, but their places are kept. */
const MOST_CELLS = 10_000_000;
const MOST_SEEDS = 1_000_000;

/** All ways to choose a value of each list, the last member's changing fastest. */
function product(lists: Lists): Choice[] {
  return Object.entries(lists).reduce<Choice[]>(
    (chosen, [name, values]) =>
      chosen.flatMap((before) => [values].flat().map((value) => ({ ...before, [name]: value }))),
    [{}],
  );
}

const isWorkloadName = (text: string): boolean =>
  WORKLOAD_KINDS.some(({ name }) => text === name || text.startsWith(`${name}:`));

/** Parameters of a text as in `survivors:p=0.001`, which must be a good one. */
function parametersOf(text: string): Record<string, number | string> {
  const settings = text.split(":").slice(1).join(":").split(",").filter(Boolean);
  return Object.fromEntries(
    settings.map((setting) => {
      const [name, value] = setting.split("=");
      return [name, Number.isNaN(Number(value)) ? value : Number(value)];
    }),
  );
}

/** Numbers as the parser of workloads takes them: without an exponent that has a plus. */
const workloadText = (kind: string, parameters: Choice): string => {
  const settings = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return settings.length === 0 ? kind : `${kind}:${settings.join(",")}`;
};

/** Throws a `RangeError` for what is no workload, or has a seed of its own. */
function workloadSource(name: string, parameters: Choice, path: string): WorkloadSource {
  parseWorkload(name);
  if (Object.hasOwn(parameters, "seed")) throw new RangeError("expected no seed here, but in /seeds");
  return { name, parameters, path };
}

function messageOf(parse: () => unknown): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Refuses what stands in the experiment `file` twice, by `key`, however it is written. Throws an `ExperimentError`. */
export function refuseTwins(file: string, items: readonly { readonly key: string; readonly path: string }[]): void {
  const paths = new Map<string, string>();
  for (const { key, path } of items) {
    const twin = paths.get(key);
    if (twin !== undefined) {
      const other = twin === path ? "another of its own" : twin;
      throw new ExperimentError(`${file}: ${path}: is the same as ${other}, expected each once`);
    }
    paths.set(key, path);
  }
}

class Reader {
  constructor(private readonly name: string) {}

  fail(path: string, message: string): never {
    throw new ExperimentError(`${this.name}: ${path === "" ? "/" : path}: ${message}`);
  }

  /** Calls `parse`, whose `RangeError`s are of what stands at `path`. */
  at<T>(path: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof RangeError) this.fail(path, error.message);
      throw error;
    }
  }

  json(text: string): ExperimentJson {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new ExperimentError(`${this.name}: is no JSON: ${(error as Error).message.split("\n")[0]}`);
    }
    if (!check(json)) this.fail(check.errors[0].instancePath, schemaMessage(check.errors[0]));
    return json as ExperimentJson;
  }

  /**
   * What `parse` makes of each choice from `lists`, which stand at `path`. Its `RangeError`s are of the value that is wrong in the same
   * way by itself, or else of all of them together.
   */
  each<T>(path: string, lists: Lists, parse: (chosen: Choice) => T): T[] {
    for (const [name, values] of Object.entries(lists)) this.unique(`${path}/${name}`, [values].flat());
    return product(lists).map((chosen) => {
      try {
        return parse(chosen);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const { message } = error;
        const name = Object.keys(chosen).find((name) => messageOf(() => parse({ [name]: chosen[name] })) === message);
        if (name === undefined) return this.fail(path, message);
        const values = lists[name];
        const place = Array.isArray(values) ? `/${values.indexOf(chosen[name])}` : "";
        return this.fail(`${path}/${name}${place}`, message);
      }
    });
  }

  sources(traces: ExperimentJson["traces"]): Source[] {
    return traces.flatMap((item, index): Source[] => {
      const path = `/traces/${index}`;
      if (typeof item !== "string") return this.workloads(path, item);
      if (!isWorkloadName(item)) return [{ file: item, path }];
      return [this.at(path, () => workloadSource(item, parametersOf(item), path))];
    });
  }

  workloads(path: string, { workload, parameters = {} }: WorkloadJson): Source[] {
    this.at(`${path}/workload`, () => parseWorkload(workload));
    return this.each(`${path}/parameters`, parameters, (chosen) =>
      workloadSource(workloadText(workload, chosen), chosen, path),
    );
  }

  seeds(seeds: ExperimentJson["seeds"] = [1]): number[] {
    if (!("from" in seeds)) return this.unique("/seeds", seeds);
    if (seeds.to < seeds.from || seeds.to - seeds.from >= MOST_SEEDS)
      this.fail("/seeds/to", `expected an integer from ${seeds.from}, and fewer than ${MOST_SEEDS} seeds`);
    return Array.from({ length: seeds.to - seeds.from + 1 }, (_, i) => seeds.from + i);
  }

  geometries(list: readonly Lists[] = []): CustomGeometry[] {
    const geometries = list.flatMap((lists, index) => {
      const path = `/geometries/${index}`;
      return this.each(path, lists, geometryOf).map((geometry) => ({ geometry, path, key: JSON.stringify(geometry) }));
    });
    refuseTwins(this.name, geometries);
    return geometries.map(({ geometry }) => geometry);
  }

  strategies(names: readonly string[], geometries: readonly CustomGeometry[]): string[] {
    for (const [index, name] of names.entries()) {
      const path = `/strategies/${index}`;
      if (isForeignName(name)) continue;
      if (!isCustomName(name)) this.at(path, () => strategy(name));
      else if (geometries.length === 0) this.fail(path, "pymalloc:custom needs a list of geometries");
      else for (const geometry of geometries) this.at(path, () => customStrategy(name, geometry));
    }
    if (geometries.length > 0 && !names.some(isCustomName))
      this.fail("/strategies", "expected pymalloc:custom among them, as there are geometries");
    return this.unique("/strategies", names);
  }

  unique<T>(path: string, values: readonly T[]): T[] {
    const again = values.findIndex((value, index) => values.indexOf(value) < index);
    if (again >= 0) this.fail(`${path}/${again}`, `${JSON.stringify(values[again])} stands there already`);
    return [...values];
  }
}

const GEOMETRY_DEFAULTS = { arena: "1MiB", pool: "16KiB", align: 16, threshold: 512, header: 48, release: "keep-last" };

/** A profile's geometry from the members of a geometry; what is not given is as in `--profile custom`. */
function geometryOf(json: Choice): CustomGeometry {
  const { release, ...sizes } = { ...GEOMETRY_DEFAULTS, ...json };
  const { arena, pool, align, threshold, header } = sizes;
  const [arenaSize, poolSize, alignment, most, poolOverhead] = [arena, pool, align, threshold, header].map((size) =>
    typeof size === "number" ? size : parseSize(size),
  );
  const { geometry } = customProfile({
    arenaSize,
    poolSize,
    alignment,
    threshold: most,
    poolOverhead,
    release: release as CustomGeometry["release"],
  });
  return geometry;
}

/** Reads the text of an experiment, which messages call `name`. Throws an `ExperimentError`. */
export function readExperiment(text: string, name: string): Experiment {
  const reader = new Reader(name);
  const json = reader.json(text);
  const geometries = reader.geometries(json.geometries);
  const experiment = {
    name,
    title: json.title ?? "",
    sources: reader.sources(json.traces),
    seeds: reader.seeds(json.seeds),
    strategies: reader.strategies(json.strategies, geometries),
    geometries,
    os: reader.unique<OsModel>("/os", json.os ?? ["mmap"]),
    pageBytes: reader.unique("/pages", json.pages ?? ["4KiB"]).map(parseSize),
    samples: json.samples ?? 100,
  };
  if (cellCount(experiment) > MOST_CELLS)
    reader.fail("", `${cellCount(experiment)} cells, expected at most ${MOST_CELLS}`);
  return experiment;
}

/** How many runs it is. */
export function cellCount({ sources, seeds, strategies, geometries, os, pageBytes }: Experiment): number {
  const traces = sources.reduce((count, source) => count + (isFile(source) ? 1 : seeds.length), 0);
  const custom = strategies.filter(isCustomName).length;
  return traces * (strategies.length + custom * (geometries.length - 1)) * os.length * pageBytes.length;
}
