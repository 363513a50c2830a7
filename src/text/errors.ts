/** What the library throws beside `RangeError`. */

/** Bad input: one line that names the file or the place in it. A command prints the line and ends with status 1. */
export class InputError extends Error {
  override name = "InputError";
}

/** free or realloc of an address that is no live block; says what is there instead. The heap is as it was. */
export class InvalidPointerError extends Error {
  override name = "InvalidPointerError";
  readonly address: number;

  constructor(address: number, what: string) {
    super(what);
    this.address = address;
  }
}

/** Blocks were asked of a snapshot whose heap has changed since. */
export class StaleSnapshotError extends Error {
  override name = "StaleSnapshotError";
}

/** A request could not be served, and the heap was made with `throwOnExhaustion`. The heap is as it was. */
export class HeapExhaustedError extends Error {
  override name = "HeapExhaustedError";
}
