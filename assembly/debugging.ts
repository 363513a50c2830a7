/** The exports of the debug build: those of `core`, and the check of every invariant. */

export { check } from "./check/check";
export * from "./core";
