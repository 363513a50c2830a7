/** Options that several commands have. Each has one meaning everywhere. */
import { profile } from "../geometry/profiles.js";
import { flag, list, outputFile } from "./option.js";

export const jsonOption = flag("print JSON for programs instead of the report");

export const lenientOption = flag("skip what is wrong with a trace, and say how much that was");

export const htmlOption = (help: string) =>
  outputFile("FILE", `also write one HTML file that needs no network: ${help}`);

/** Names of profiles; `custom` among them only if the command has the options of its geometry. */
export const profilesOption = (help: string, { custom = true } = {}) =>
  list("P,P…", "names like 3.8,3.12, none of them empty", help, (name) => {
    if (!(custom && name === "custom")) profile(name);
  });
