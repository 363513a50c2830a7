/** A floor: functions that do nothing. What is left is the loop, its calls, and the workload's own misses and mispredictions. */
export function malloc(_nbytes: usize): usize {
  return 16;
}

export function calloc(_nelem: usize, _elsize: usize): usize {
  return 16;
}

export function realloc(ptr: usize, _nbytes: usize): usize {
  return ptr;
}

export function free(_ptr: usize): void {}
