/** Which of many ranges of addresses has an address. */

/** Index of the range with `address` in it; −1 if none has. The ranges are in order, and apart from each other. */
export function rangeWith(starts: Float64Array, ends: Float64Array, address: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (address < starts[middle]) high = middle - 1;
    else if (address >= ends[middle]) low = middle + 1;
    else return middle;
  }
  return -1;
}
