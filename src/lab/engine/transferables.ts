/**
 * How answers of the engine get from its worker to the page: comlink moves their typed arrays, and copies nothing. Both ends register
 * the handler, because the page must know what the worker sends; only the worker moves arrays.
 */
import { type TransferHandler, transferHandlers } from "comlink";

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

const handler = (moves: boolean): TransferHandler<object, object> => ({
  canHandle: (value): value is object => moves && typeof value === "object" && value !== null,
  serialize: (answer) => [answer, transferables(answer)],
  deserialize: (answer) => answer,
});

/** For the worker. */
export const moveAnswers = (): void => void transferHandlers.set("answer", handler(true));

/** For the page. What it sends to its workers is copied, or moved by comlink's `transfer`. */
export const takeAnswers = (): void => void transferHandlers.set("answer", handler(false));
