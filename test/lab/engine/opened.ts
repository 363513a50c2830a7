/** An engine with a trace open, and its view of a moment. */
import { type CursorView, Engine, encodeTrace, type Trace } from "./library.js";

export async function opened(trace: Trace, profiles: string[]): Promise<Engine> {
  const engine = new Engine();
  await engine.open(encodeTrace(trace), "t.pytrace", profiles);
  return engine;
}

export async function viewAt(engine: Engine, position: number, colour: "age" | "type" | "line" | null = null) {
  return (await engine.seek(position, { colour })) as CursorView;
}
