/**
 * A floor: free lists by size and nothing else. Blocks come from a moving pointer and go back to the list of their size, rounded up
 * to 16 bytes, to a power of two above 1,024; lists never share memory. A word before each block says its list.
 */
const LISTS: usize = 1024;
let top: usize = 4096;

function reach(end: usize): bool {
  const size = (<usize>memory.size()) << 16;
  if (end <= size) return true;
  return memory.grow(<i32>(max<usize>(end - size, 16 << 20) >>> 16) + 1) >= 0;
}

function listOf(nbytes: usize): usize {
  if (nbytes <= 1024) return (nbytes + 15) >>> 4;
  return 65 + <usize>(32 - clz<u32>(<u32>nbytes - 1));
}

function roomOf(list: usize): usize {
  return list <= 64 ? max<usize>(list << 4, 16) : (<usize>1) << (list - 65);
}

export function malloc(nbytes: usize): usize {
  const list = listOf(nbytes);
  const head = LISTS + (list << 2);
  const first = load<usize>(head);
  if (first) {
    store<usize>(head, load<usize>(first));
    return first;
  }
  const block = top + 16;
  const end = block + roomOf(list);
  if (end < top || !reach(end)) return 0;
  store<usize>(block - 4, list);
  top = end;
  return block;
}

export function calloc(nelem: usize, elsize: usize): usize {
  const ptr = malloc(nelem * elsize);
  if (ptr) memory.fill(ptr, 0, nelem * elsize);
  return ptr;
}

export function realloc(ptr: usize, nbytes: usize): usize {
  const room = roomOf(load<usize>(ptr - 4));
  if (nbytes <= room) return ptr;
  const moved = malloc(nbytes);
  if (!moved) return 0;
  memory.copy(moved, ptr, room);
  free(ptr);
  return moved;
}

export function free(ptr: usize): void {
  if (!ptr) return;
  const head = LISTS + (load<usize>(ptr - 4) << 2);
  store<usize>(ptr, load<usize>(head));
  store<usize>(head, ptr);
}
