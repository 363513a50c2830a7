/** What reads and writes files: for Node only. */
export { readTraceFile, writeTraceFile } from "./trace/file.js";
