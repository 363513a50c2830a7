/**
 * Makes build/generated/validate.ts, which checks an experiment against docs/experiment.schema.json, so that nothing of Ajv is
 * needed at run time.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";

const OUT = "build/generated";

export async function buildExperimentValidator(): Promise<void> {
  const schema = JSON.parse(await readFile("docs/experiment.schema.json", "utf8"));
  const ajv = new Ajv({ verbose: true, allowUnionTypes: true, strictTypes: false, code: { source: true, esm: true } });
  const code = standalone.default(ajv, ajv.compile(schema));
  if (/\brequire\(|\bimport\b/.test(code)) throw new Error("the schema needs a part of Ajv at run time");
  const header = "// @ts-nocheck\n/** Made by scripts/experimentvalidator.ts from docs/experiment.schema.json. */\n";
  await mkdir(OUT, { recursive: true });
  await writeFile(`${OUT}/validate.ts`, `${header}${code}\n`);
}
