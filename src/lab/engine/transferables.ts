/** The memory of the typed arrays in an answer, to be moved with it. The engine keeps none of the arrays that it answers with. */
export function transferables(answer: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
    else if (Array.isArray(value) && typeof value[0] !== "object")
      return; // of numbers or names
    else for (const part of Object.values(value)) look(part);
  };
  look(answer);
  return [...found];
}
