/** The allocator cannot be attached to this interpreter, or not now; says why. Nothing was changed. */
export class AttachError extends Error {
  override name = "AttachError";
}
