/** How many random cases a property is tried on. */
export const RUNS = Number(process.env.PYMALLOC_RUNS ?? 1500);
