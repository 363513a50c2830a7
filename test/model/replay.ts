/** Replays `.rep` text on the model. Reads valid traces only: what is wrong with a trace is the business of src/trace. */
import type { Geometry } from "../../src/geometry/geometry.js";
import { Answer } from "./answer.js";
import type { Block, ModelOptions } from "./model.js";
import { MemoryError, Model, RAW } from "./model.js";

export interface ReplayOptions extends Omit<ModelOptions, "bases" | "onArena" | "failArena" | "failRaw"> {
  /** Whether op n of the trace, from 0, is refused an arena if it asks for one. */
  readonly failArena?: (op: number) => boolean;
  /** Whether the raw allocator cannot serve op n if the op reaches it. */
  readonly failRaw?: (op: number) => boolean;
  /** Arena bases past a multiple of the pool size, in turn over all arenas; the trace's `p` lines are then passed over. */
  readonly shift?: readonly number[];
  /**
   * Whether the shifts go with places in the address space, of which an arena gets the lowest free one, and not with the order
   * of arenas: as the driver of the goldens did where 32 bits had no room for all arenas of a trace.
   */
  readonly reusePlaces?: boolean;
  /** Gets each line of the full answer. */
  readonly onLine?: (line: string) => void;
  /** Called at each mark, with the heap as it is there. */
  readonly onMark?: (name: string, model: Model) => void;
}

export interface Replayed {
  readonly answer: Answer;
  /** The heap at the end. */
  readonly model: Model;
  /** Requests that failed. The id keeps its block if it had one. */
  readonly failures: number;
}

export function replay(rep: string, geometry: Geometry, options: ReplayOptions = {}): Replayed {
  const { shift, reusePlaces, onLine, onMark, failArena, failRaw, ...rest } = options;
  const answer = new Answer(onLine);
  const queue: number[] = [];
  const places = new Places();
  const model = new Model(geometry, {
    ...rest,
    failArena: () => failArena?.(answer.opCount) ?? false,
    failRaw: () => failRaw?.(answer.opCount) ?? false,
    bases: (ordinal) => {
      if (shift === undefined) return queue.shift() ?? 0;
      const place = reusePlaces ? places.take(ordinal) : ordinal;
      return shift[place % shift.length];
    },
    onArena: (event, ordinal) => {
      if (event === "A-" && reusePlaces) places.giveBack(ordinal);
      answer.arena(event, ordinal);
    },
  });
  const blocks = new Map<number, Block>();
  let failures = 0;

  const serve = (id: number, request: (old: Block | null) => Block): void => {
    const old = blocks.get(id) ?? null;
    try {
      blocks.set(id, request(old));
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error;
      failures++;
    }
    answer.placed(blocks.get(id) ?? RAW);
  };
  for (const line of linesOf(rep)) {
    const fields = line.split(" ");
    const [id, first, second] = fields.slice(1, 4).map(Number);
    // The four header lines start with digits, the raw domain's with capitals: no case for either.
    switch (fields[0]) {
      case "a":
        serve(id, () => model.malloc(first));
        break;
      case "c":
        serve(id, () => model.calloc(first, second));
        break;
      case "r":
        serve(id, (old) => model.realloc(old, first));
        break;
      case "f":
        model.free(blocks.get(id) ?? null);
        blocks.delete(id);
        answer.freed();
        break;
      case "p":
        queue.push(id);
        break;
      case "m":
        onMark?.(fields.slice(1).join(" "), model);
        break;
    }
  }
  return { answer, model, failures };
}

/** Places in the address space, of which each arena takes the lowest free one. */
class Places {
  readonly #arenas: (number | null)[] = [];

  take(ordinal: number): number {
    const free = this.#arenas.indexOf(null);
    const place = free < 0 ? this.#arenas.length : free;
    this.#arenas[place] = ordinal;
    return place;
  }

  giveBack(ordinal: number): void {
    this.#arenas[this.#arenas.indexOf(ordinal)] = null;
  }
}

/** Lines without comment and blanks at the end. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, end).replace(/#.*/, "").trimEnd();
    start = end + 1;
  }
}
