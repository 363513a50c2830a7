/** The model as something that the vectors run on. */
import type { Geometry } from "../../src/geometry/geometry.js";
import type { Block } from "./model.js";
import { Model, RAW } from "./model.js";
import type { Executor } from "./vectors.js";

/** `report` writes the text of the statistics; it gets the model as it is then. */
export function modelExecutor(geometry: Geometry, report: (model: Model) => string): Executor<Block> {
  let skew = 0;
  let events: ["A+" | "A-", number][] = [];
  const model = new Model(geometry, {
    bases: () => skew,
    onArena: (event, ordinal) => events.push([event, ordinal]),
  });
  return {
    malloc: (nbytes) => model.malloc(nbytes),
    calloc: (count, nbytes) => model.calloc(count, nbytes),
    realloc: (block, nbytes) => model.realloc(block, nbytes),
    free: (block) => model.free(block),
    place: (block) => (block === RAW ? null : block),
    takeArenaEvents: () => {
      const taken = events;
      events = [];
      return taken;
    },
    skewArenas: (nbytes) => {
      skew = nbytes;
    },
    liveArenas: () => model.arenasLive,
    header: (block) => {
      if (block === RAW) throw new Error("a block of the raw allocator is in no pool");
      return model.header(block);
    },
    report: () => report(model),
  };
}
