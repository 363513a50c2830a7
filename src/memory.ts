/** The bytes of an emulated process, as what looks into it reads them: linear memory itself, or a saved image of it. */
export interface Memory {
  /** The word at `address`, a multiple of 4, unsigned. */
  read(address: number): number;
  /** A copy of the words from `start` to `end`, both multiples of 4; in `into`, where that has the length. */
  copy(start: number, end: number, into?: Uint32Array): Uint32Array;
}

/** A piece of memory with its place. */
export interface Segment {
  readonly start: number;
  readonly words: Uint32Array;
}

/** The memory that `segments`, in order of address, keep; what lies between them reads as 0. */
export function memoryOf(segments: readonly Segment[]): Memory {
  const segmentAt = (address: number): Segment | undefined =>
    segments.find((s) => address >= s.start && address < s.start + s.words.length * 4);
  return {
    read: (address) => {
      const segment = segmentAt(address);
      return segment ? segment.words[(address - segment.start) >>> 2] : 0;
    },
    copy: (start, end) => {
      const words = new Uint32Array((end - start) / 4);
      for (const { start: at, words: kept } of segments) {
        const from = Math.max(start, at);
        const to = Math.min(end, at + kept.length * 4);
        if (from < to) words.set(kept.subarray((from - at) / 4, (to - at) / 4), (from - start) / 4);
      }
      return words;
    },
  };
}
