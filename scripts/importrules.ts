/**
 * Which way imports may go. `npm run lint` checks it, and that each path here still matches a file.
 *
 * docs/architecture.md draws the layers.
 */

/** A rule that forbids imports: patterns of paths, as dependency-cruiser takes them. */
export interface ImportRule {
  readonly name: string;
  readonly comment: string;
  readonly severity: "error";
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: {
    readonly path?: string;
    readonly pathNot?: string;
    readonly circular?: boolean;
    readonly dependencyTypes?: ["core"];
    readonly dependencyTypesNot?: ["type-only"];
  };
}

/** The rooms of src/, the lowest layer first: a room imports from its own layer and from those below. */
const LAYERS = [
  ["text", "geometry"],
  ["memory"],
  ["trace"],
  ["inspect", "metrics", "record", "workload"],
  ["heap", "strategy"],
  ["replay"],
  ["report"],
  ["compare", "plots"],
  ["experiment"],
  ["python/layouts"],
  ["python/space"],
  ["python/objects"],
  ["python/graph"],
  ["python/interpreter"],
  ["python/run"],
  ["python/node"],
];

const inRooms = (rooms: readonly string[]): string => `^src/(${rooms.join("|")})/`;

const layers: ImportRule[] = LAYERS.slice(0, -1).map((rooms, index) => ({
  name: `layer-${rooms.join("-").replaceAll("/", "-")}`,
  comment: `${rooms.join(", ")} may import only from the layers below`,
  severity: "error",
  from: { path: inRooms(rooms) },
  to: { path: inRooms(LAYERS.slice(index + 1).flat()) },
}));

/** A rule that forbids imports. */
const rule = (name: string, comment: string, from: ImportRule["from"], to: ImportRule["to"]): ImportRule => ({
  name,
  comment,
  severity: "error",
  from,
  to,
});

export const IMPORT_RULES: readonly ImportRule[] = [
  ...layers,
  rule("no-circle", "files must not import each other in a circle", {}, { circular: true }),
  rule(
    "one-door-to-layout",
    "where things lie in memory, and what codes mean, has one door",
    { path: "^(src|test|bench|claims)/", pathNot: "^(src/memory/(layout|codes)\\.ts$|test/core/)" },
    { path: "^assembly/" },
  ),
  rule(
    "one-door-to-wasm",
    "the embedded builds of assembly/ have one door, src/memory/wasm.ts",
    { path: "^(src|test|bench|claims)/", pathNot: "^src/memory/wasm\\.ts$" },
    { path: "^build/generated/.*(wasm|exports)" },
  ),
  rule("cli-is-a-leaf", "nothing in src/ imports the commands", { path: "^src/(?!cli/)" }, { path: "^src/cli/" }),
  rule(
    "lab-is-a-leaf",
    "nothing in src/ but the command imports the page",
    { path: "^src/(?!lab/|cli/)" },
    { path: "^src/lab/" },
  ),
  rule(
    "view-writes-no-state",
    "views read the state by model/uselab.ts, and change it by calling the model",
    { path: "^src/lab/view/" },
    { path: "^src/lab/model/(store|state|engineclient)\\.ts$", dependencyTypesNot: ["type-only"] },
  ),
  rule("model-knows-no-view", "the model does not draw", { path: "^src/lab/model/" }, { path: "^src/lab/view/" }),
  rule(
    "browser-has-no-node",
    "code that runs in browsers imports no module of Node",
    {
      path: "^src/(text|geometry|memory|trace|inspect|heap|replay|report|metrics|workload|python/(layouts|space|objects|graph|interpreter|run)|lab/(view|model|engine|protocol|python))/",
      pathNot: "^src/(trace/file|report/statsfile)\\.ts$",
    },
    { dependencyTypes: ["core"] },
  ),
  rule(
    "product-needs-no-test",
    "the product imports nothing that is not published",
    { path: "^(src|assembly)/", pathNot: "^src/lab/vite\\.config\\.ts$" }, // it is part of the build
    { path: "^(test|bench|claims|scripts)/" },
  ),
];
