/**
 * A floor: a pointer that moves on. Never reuses memory but when nothing is live, and grows as the others should.
 * A word before each block says its size, for realloc.
 */
let top: usize = 16;
let live: u32 = 0;
let peak: usize = 16;

function reach(end: usize): bool {
  const size = (<usize>memory.size()) << 16;
  if (end <= size) return true;
  return memory.grow(<i32>(max<usize>(end - size, 16 << 20) >>> 16) + 1) >= 0;
}

export function malloc(nbytes: usize): usize {
  const block = top + 16;
  const end = block + ((nbytes + 15) & ~15);
  if (end < top || !reach(end)) return 0;
  store<usize>(block - 4, nbytes);
  top = end;
  live++;
  return block;
}

export function calloc(nelem: usize, elsize: usize): usize {
  const ptr = malloc(nelem * elsize);
  if (ptr) memory.fill(ptr, 0, nelem * elsize);
  return ptr;
}

export function realloc(ptr: usize, nbytes: usize): usize {
  const moved = malloc(nbytes);
  if (!moved) return 0;
  memory.copy(moved, ptr, min<usize>(load<usize>(ptr - 4), nbytes));
  free(ptr);
  return moved;
}

export function free(ptr: usize): void {
  if (ptr && --live == 0) {
    peak = max<usize>(peak, top);
    top = 16;
  }
}
