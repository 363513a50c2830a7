/** pymalloc under a geometry that no CPython has, as a strategy: `pymalloc:custom`, also with choices of arena and pool. */
import { type CustomGeometry, customProfile } from "../geometry/profiles.js";
import { type Strategy, strategy } from "../strategy/strategies.js";
import { StrategyHeap } from "../strategy/strategyheap.js";

export const isCustomName = (name: string): boolean =>
  name === "pymalloc:custom" || name.startsWith("pymalloc:custom+");

let compiled: WebAssembly.Module | undefined;

/** The strategy but for its geometry. Throws a `RangeError` that calls it as it was called. */
function policiesOf(name: string): Pick<Strategy, "kind" | "policies"> {
  const [own, standIn] = ["pymalloc:custom", "pymalloc:3.12"];
  try {
    return strategy(name.replace(own, standIn));
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(error.message.replace(standIn, own));
    throw error;
  }
}

/** The strategy that `name` names under `geometry`. Throws a `RangeError` of one line. */
export function customStrategy(name: string, geometry: CustomGeometry): Strategy {
  if (/\+release=/.test(name)) throw new RangeError(`${name}: the geometry says when arenas are released`);
  if (/\+arena=/.test(name) && geometry.release === "never")
    throw new RangeError(`${name}: a geometry that never releases arenas chooses none`);
  const { kind, policies } = policiesOf(name);
  if (kind === null || policies === null) throw new RangeError(`${name}: is no pymalloc`);
  const profile = customProfile(geometry);
  return {
    name,
    kind,
    policies,
    profile,
    start(system = {}) {
      compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kind.wasm), (char) => char.charCodeAt(0)));
      return new StrategyHeap(compiled, name, policies, profile, system);
    },
  };
}
