/** Pools or arenas with room, in the order in which they die. */

const NONE = -1;

export class OpenByDeath {
  /** In order of death, and of number among those that die together. */
  readonly #order: number[] = [];

  /** `death` says when each dies, and changes only by `redate` while one is here. */
  constructor(private readonly death: number[]) {}

  /**
   * The one that dies next at or after `death`, else the one that dies last before it; of both only what lives, from `now` on, at most
   * `factor` times as long, or as short. NONE when there is none.
   */
  choose(death: number, now: number, factor: number): number {
    const index = this.#indexOf(death, NONE);
    const after = this.#order[index];
    if (after !== undefined && this.death[after] - now <= factor * (death - now)) return after;
    const before = this.#order[index - 1];
    return before !== undefined && death - now <= factor * (this.death[before] - now) ? before : NONE;
  }

  add(item: number): void {
    this.#order.splice(this.#indexOf(this.death[item], item), 0, item);
  }

  delete(item: number): void {
    this.#order.splice(this.#indexOf(this.death[item], item), 1);
  }

  redate(item: number, death: number): void {
    this.delete(item);
    this.death[item] = death;
    this.add(item);
  }

  /** How many come before `item`, were it to die at `death`. */
  #indexOf(death: number, item: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#order[middle];
      if (this.death[other] < death || (this.death[other] === death && other < item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
