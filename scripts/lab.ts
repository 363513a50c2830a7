/** Builds the page of the lab: dist/lab. */
import { build } from "vite";

export async function buildLab(): Promise<void> {
  await build({ configFile: "src/lab/vite.config.ts", logLevel: "warn" });
}
