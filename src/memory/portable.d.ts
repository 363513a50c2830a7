/** What AssemblyScript calls its integers: assembly/layout/layout.ts is read by asc and by tsc. */
type usize = number;
type u32 = number;
