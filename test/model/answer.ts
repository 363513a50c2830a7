/**
 * The answer to a trace: where each block went, line by line, or the golden form of that, a hash.
 *
 *     line of the full answer   the two words that are hashed
 *     A+ N                      0xfffffffe, N
 *     A- N                      0xfffffffd, N
 *     ARENA POOL OFFSET         ARENA, POOL × 65,536 + OFFSET
 *     L                         0xffffffff, 0
 *     -                         0xfffffffc, 0
 *
 * FNV-1a in 32 bits, the words' bytes least significant first. The golden form has the hash so far after every 65,536 ops.
 */
import type { Block } from "./model.js";
import { RAW } from "./model.js";

const FNV_OFFSET_BASIS = 2166136261;
const FNV_PRIME = 16777619;
const OPS_A_HASH = 65536;

const ARENA_OBTAINED = 0xfffffffe;
const ARENA_RELEASED = 0xfffffffd;
const RAW_BLOCK = 0xffffffff;
const FREED = 0xfffffffc;

export class Answer {
  opCount = 0;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #hashes: string[] = [];
  #hash = FNV_OFFSET_BASIS;
  #obtained = 0;
  #released = 0;
  #high = 0;
  #small = 0;
  #firstArenaAtOp: number | null = null;

  /** `onLine` gets each line of the full answer, without its newline. */
  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** An arena was obtained or released during the op that `placed` or `freed` tells of next. */
  arena(event: "A+" | "A-", ordinal: number): void {
    if (event === "A+") {
      this.#obtained++;
      this.#firstArenaAtOp ??= this.opCount;
    } else {
      this.#released++;
    }
    this.#high = Math.max(this.#high, this.#obtained - this.#released);
    this.#word(event === "A+" ? ARENA_OBTAINED : ARENA_RELEASED);
    this.#word(ordinal);
    this.#onLine?.(`${event} ${ordinal}`);
  }

  /** A malloc, calloc or realloc answered with `block`. */
  placed(block: Block): void {
    if (block === RAW) {
      this.#word(RAW_BLOCK);
      this.#word(0);
      this.#onLine?.("L");
    } else {
      this.#small++;
      this.#word(block.arena);
      this.#word(block.pool * 65536 + block.offset);
      this.#onLine?.(`${block.arena} ${block.pool} ${block.offset}`);
    }
    this.#opDone();
  }

  freed(): void {
    this.#word(FREED);
    this.#word(0);
    this.#onLine?.("-");
    this.#opDone();
  }

  /** Lines with `h`, as many as there are so far. */
  hashes(): string {
    return this.#hashes.map((line) => `${line}\n`).join("");
  }

  /** The three lines with `=`, which end the full answer and the golden form alike. */
  totals(): string {
    const live = this.#obtained - this.#released;
    return [
      `= ops ${this.opCount} hash ${this.#hex()}\n`,
      `= arenas obtained ${this.#obtained} released ${this.#released} live ${live} high ${this.#high}\n`,
      `= blocks small ${this.#small} first-arena-at-op ${this.#firstArenaAtOp ?? this.opCount}\n`,
    ].join("");
  }

  golden(): string {
    return this.hashes() + this.totals();
  }

  #opDone(): void {
    this.opCount++;
    if (this.opCount % OPS_A_HASH === 0) this.#hashes.push(`h ${this.opCount} ${this.#hex()}`);
  }

  #hex(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  #word(word: number): void {
    for (let shift = 0; shift < 32; shift += 8) {
      this.#hash = Math.imul(this.#hash ^ ((word >>> shift) & 255), FNV_PRIME);
    }
  }
}
