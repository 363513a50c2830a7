/** The allocator that strategyloop.ts has serve new requests after a switch; before one, the owner again. */
export declare function malloc(nbytes: usize): usize;
export declare function calloc(nelem: usize, elsize: usize): usize;
export declare function realloc(ptr: usize, nbytes: usize): usize;
export declare function free(ptr: usize): void;
export declare function rawMalloc(nbytes: usize): usize;
export declare function rawCalloc(nelem: usize, elsize: usize): usize;
export declare function rawRealloc(ptr: usize, nbytes: usize): usize;
export declare function rawFree(ptr: usize): void;
/** The holder writes a block that was handed out. */
export declare function touch(ptr: usize, nbytes: usize): void;
/** Bytes held, and resident, now. */
export declare function heldBytes(): usize;
export declare function residentBytes(): usize;
