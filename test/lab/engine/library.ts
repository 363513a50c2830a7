/** What the tests of the engine use. */
export * from "../../../src/index.js";
export { Engine } from "../../../src/lab/engine/engine.js";
export * from "../../../src/lab/protocol/index.js";
