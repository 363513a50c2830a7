/**
 * Where things are in the core's memory, and what its codes mean: the constants that asc compiles into the core. No file of src/
 * but this one and codes.ts imports from assembly/.
 */
export * from "../../assembly/layout/layout.js";
export * from "../../assembly/layout/strategylayout.js";
export * from "./codes.js";
