/** What `pymalloc run` reports: the run, and the same requests on other profiles. */
import { renderReport } from "../../report/renderreplay.js";
import type { ReplayReport } from "../../report/replayreport.js";
import { renderRun } from "./renderrun.js";
import type { RunReport } from "./runreport.js";

/** What `--json` prints. */
export interface RunJson extends RunReport {
  /** The same requests on other profiles, the run's own first; `null` without `--compare`. */
  readonly comparison: ReplayReport | null;
}

/** The report as text for people. */
export const renderRunJson = ({ comparison, ...run }: RunJson, ascii: boolean): string =>
  renderRun(run, ascii) + (comparison === null ? "" : `\n${renderReport(comparison, ascii)}`);
