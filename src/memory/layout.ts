/**
 * Where things are in the core's memory, and what its codes mean: the constants that asc compiles into the core. No other file of
 * src/ imports from assembly/.
 */
export * from "../../assembly/layout/codes.js";
export * from "../../assembly/layout/layout.js";
export * from "../../assembly/layout/strategylayout.js";
