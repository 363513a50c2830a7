/** Makes src/experiment/validate.ts, which checks an experiment against docs/experiment.schema.json, so that nothing of Ajv is needed to run. */
import { readFile, writeFile } from "node:fs/promises";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";

const schema = JSON.parse(await readFile("docs/experiment.schema.json", "utf8"));
const ajv = new Ajv({ verbose: true, allowUnionTypes: true, strictTypes: false, code: { source: true, esm: true } });
const code = standalone.default(ajv, ajv.compile(schema));
if (/\brequire\(|\bimport\b/.test(code)) throw new Error("the schema needs a part of Ajv when it is run");
const header = "// @ts-nocheck\n/** Made by scripts/schema.mjs from docs/experiment.schema.json. */\n";
await writeFile("src/experiment/validate.ts", `${header}${code}\n`);
