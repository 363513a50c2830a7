/** AssemblyScript's own allocator, as `heap` has it. */
export function malloc(nbytes: usize): usize {
  return heap.alloc(nbytes);
}

export function calloc(nelem: usize, elsize: usize): usize {
  const nbytes = nelem * elsize;
  const ptr = heap.alloc(nbytes);
  memory.fill(ptr, 0, nbytes);
  return ptr;
}

export function realloc(ptr: usize, nbytes: usize): usize {
  return heap.realloc(ptr, nbytes);
}

export function free(ptr: usize): void {
  heap.free(ptr);
}
