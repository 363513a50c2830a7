/** What the attached build imports of the process that it lives in: its memory's span, its C library, its raw allocator, its host. */

/** Address of the span that holds the tables: all zero, a multiple of 16. */
export declare const base: usize;
/** What the raw allocator's functions want to be given first: `PyMemAllocatorEx.ctx`. */
export declare const rawContext: usize;

/** The C library's: memory for arenas. */
export declare function aligned_alloc(alignment: usize, nbytes: usize): usize;
export declare function free(ptr: usize): void;

/** The interpreter's own allocator of the RAW domain. It owns large blocks, and all that is older than the attaching. */
export declare function rawMalloc(context: usize, nbytes: usize): usize;
export declare function rawCalloc(context: usize, nelem: usize, elsize: usize): usize;
export declare function rawRealloc(context: usize, ptr: usize, nbytes: usize): usize;
export declare function rawFree(context: usize, ptr: usize): void;

/** The event log is full. The host takes it, and must not call the interpreter. */
export declare function takeLog(): void;
/** The number of the source line of the instruction at `instr` in a code object that runs. The host must not call the interpreter's allocator. */
export declare function findSite(code: usize, instr: usize): u32;
