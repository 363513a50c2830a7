/** State that the page is drawn from: one object, replaced in part, and who wants to know. */
import { useEffect, useState } from "preact/hooks";

export class Store<State extends object> {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /** Replaces some members, and tells the listeners if any of them is another. */
  set(part: Partial<State>): void {
    const keys = Object.keys(part) as (keyof State)[];
    if (keys.every((key) => Object.is(this.#state[key], part[key]))) return;
    this.#state = { ...this.#state, ...part };
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` after every change. Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** What `select` finds in the state; the component is drawn again when that is another. */
export function useStore<State extends object, Part>(store: Store<State>, select: (state: State) => Part): Part {
  const part = select(store.state);
  const [, redraw] = useState(0);
  useEffect(() => {
    let last = select(store.state);
    if (!Object.is(last, part)) redraw((n) => n + 1);
    return store.subscribe(() => {
      const now = select(store.state);
      if (Object.is(now, last)) return;
      last = now;
      redraw((n) => n + 1);
    });
  }, [store]);
  return part;
}
