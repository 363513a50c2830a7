/** The four functions of whatever allocator loop.ts runs: imports of the module "allocator". */
export declare function malloc(nbytes: usize): usize;
export declare function calloc(nelem: usize, elsize: usize): usize;
export declare function realloc(ptr: usize, nbytes: usize): usize;
export declare function free(ptr: usize): void;
