/** The door to the builds of assembly/: their bytes in base64, and the types of their exports. scripts/wasm.ts makes them. */

export type { instantiate as AttachedInstantiate } from "../../build/generated/attached-exports.js";
export type { instantiate as CoreInstantiate } from "../../build/generated/core-exports.js";
export type { instantiate as LoopInstantiate } from "../../build/generated/loop-exports.js";
export type { instantiate as StrategyInstantiate } from "../../build/generated/strategy-exports.js";
export type { instantiate as StrategyLoopInstantiate } from "../../build/generated/strategyloop-exports.js";
export * from "../../build/generated/wasm.js";
