/** What reads and writes files, and runs programs: for Node only. */
export { type NativeRecording, type NativeRecordOptions, RecordError, recordNative } from "./record/native.js";
export { readTraceFile, writeTraceFile } from "./trace/file.js";
