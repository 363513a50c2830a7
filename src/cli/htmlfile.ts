/** `--html FILE`: a report file. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Profile } from "../geometry/profiles.js";
import { fillReport, type ReportContent } from "../report/htmlreport.js";
import { InputError } from "../text/errors.js";
import { writeOutput } from "./outputs.js";

/** The template: beside the built commands, also when the sources run. */
const TEMPLATES = ["../../lab/report.html", "../../dist/lab/report.html"];

/** Writes `content` on the first two of `profiles`, at the event `position`. Throws an `InputError`. */
export async function writeHtmlFile(
  path: string,
  {
    profiles,
    position,
    ...content
  }: Omit<ReportContent, "profiles" | "place"> & { profiles: readonly Profile[]; position: number },
): Promise<void> {
  const template = TEMPLATES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (template === undefined) throw new InputError("the page is not built: npm run build");
  const sides = profiles.slice(0, 2).map(({ name, geometry }) => (name === "custom" ? geometry : name));
  const html = await fillReport(await readFile(template, "utf8"), {
    ...content,
    profiles: sides,
    place: `#at=${position}`,
  });
  writeOutput(path, html);
}
