/** What the core's codes mean: events, answer lines, stop bits, policies. */
export * from "../../assembly/layout/codes.js";
