/** The memory of a WebAssembly instance: one buffer from address 0 on, words of 32 bits. */
import type { Space } from "./space.js";

export class FlatSpace implements Space {
  readonly wordBytes = 4;
  readonly buffer: ArrayBuffer;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  /** Reads `buffer` up to `end`, until memory grows and detaches it. */
  constructor(buffer: ArrayBuffer, end = buffer.byteLength) {
    this.buffer = buffer;
    this.#words = new Uint32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#end = end;
  }

  word(address: number): number {
    return address < this.#end ? this.#words[address >>> 2] : 0;
  }

  uint32(address: number): number {
    return address < this.#end ? this.#words[address >>> 2] : 0;
  }

  byte(address: number): number {
    return address < this.#end ? this.#bytes[address] : 0;
  }

  bytes(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  has(address: number, length: number): boolean {
    return address >= 0 && address + length <= this.#end;
  }
}
