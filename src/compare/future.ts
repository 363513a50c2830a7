/** One way for a program to go: all of it on a strategy, or up to an event, and from there on another. */

import { StrategyRun } from "../strategy/run.js";
import type { Strategy } from "../strategy/strategies.js";
import type { SystemOptions } from "../strategy/strategyheap.js";
import type { Trace } from "../trace/trace.js";

export interface Future {
  readonly strategy: Strategy;
  /** The counterfactual: what serves from before event `at` on. */
  readonly next: { readonly at: number; readonly strategy: Strategy } | null;
}

export const futureName = ({ strategy, next }: Future): string =>
  next === null ? strategy.name : `${strategy.name}, from ${next.at} ${next.strategy.name}`;

const POLICIES = /^(profile=.*|arena=.*|pool=.*|release=(never|profile))$/;

/**
 * Whether the second strategy can take over the heap as it is: both are pymalloc under one profile, and differ in what may change while
 * it runs. Otherwise it has a heap of its own beside the first one's.
 */
export function isInPlace({ strategy, next }: Future): boolean {
  if (next === null || strategy.profile === null || strategy.profile.name !== next.strategy.profile?.name) return false;
  return [strategy, next.strategy].every(({ name }) =>
    name
      .split("+")
      .slice(1)
      .every((option) => POLICIES.test(option)),
  );
}

/** The strategies that are foreign wasm. */
const foreignOf = ({ strategy, next }: Future): Strategy[] =>
  [strategy, ...(next ? [next.strategy] : [])].filter(({ kind }) => kind === null);

/** What `run` returns. Foreign wasm may trap, where there is no more memory, say: a `RangeError` then, with its name. */
function orTrap<T>(future: Future, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const foreign = foreignOf(future);
    if (!(error instanceof WebAssembly.RuntimeError) || foreign.length === 0) throw error;
    throw new RangeError(`${foreign.map(({ name }) => name).join(" or ")} traps: ${error.message}`);
  }
}

/** Runs a future: an advance never goes past the switch without making it. */
export class FutureRun {
  readonly run: StrategyRun;
  #isSwitched: boolean;

  constructor(
    trace: Trace,
    readonly future: Future,
    system: SystemOptions,
  ) {
    this.run = orTrap(future, () => new StrategyRun(trace, future.strategy, system));
    this.#isSwitched = future.next === null;
  }

  /** Runs to before event `position`. Throws a `RangeError` where foreign wasm traps, or gives addresses that cannot be. */
  runTo(position: number): void {
    orTrap(this.future, () => this.#runTo(position));
  }

  #runTo(position: number): void {
    const { next } = this.future;
    if (next !== null && !this.#isSwitched && position > next.at) {
      this.run.runTo(next.at);
      if (isInPlace(this.future)) this.run.switchPolicies(next.strategy);
      else this.run.switchTo(next.strategy);
      this.#isSwitched = true;
    }
    this.run.runTo(position);
  }
}
