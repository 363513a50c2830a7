/**
 * The text that `memray parse` prints of a capture. Read only.
 *
 *     HEADER magic=memray version=12 python_version=030c01f0 … file_format=ALL_ALLOCATIONS … command_line=… sys.path=[…]
 *     CONTEXT_SWITCH tid=140001
 *     ALLOCATION address=0x7f10a0000030 size=48 allocator=pymalloc_malloc native_frame_id=0
 *     ALLOCATION address=0x7f10a0000030 size=0 allocator=pymalloc_free native_frame_id=0
 *     TRAILER
 *
 * Lines of other kinds are stacks, maps and times. A realloc is written as a free of the old address and, as the next ALLOCATION
 * of its thread, one by `realloc` or `pymalloc_realloc`: so a free waits for the line that may complete it. See
 * docs/trace-format.md.
 */
import { profileNames } from "../profiles.js";
import type { Domain } from "./builder.js";
import { decimalNumber, hasWord, hexNumber, text, wordEnd } from "./lines.js";
import { RecordingReader } from "./recording.js";
import { DOMAIN_OBJ, DOMAIN_RAW, TraceError } from "./trace.js";

const ascii = (word: string): Uint8Array => Uint8Array.from(word, (letter) => letter.charCodeAt(0));

const ALLOCATION = ascii("ALLOCATION address=");
const SIZE = ascii(" size=");
const ALLOCATOR = ascii(" allocator=");
const NIL = ascii("(nil)");
const HEX_PREFIX = ascii("0x");

const HEADER = "HEADER";
const TRAILER = "TRAILER";
const CONTEXT_SWITCH = "CONTEXT_SWITCH";

/** Kinds of lines but ALLOCATION, the most frequent first. */
const KIND_NAMES = [
  "FRAME_PUSH",
  "FRAME_POP",
  "CODE_OBJECT",
  CONTEXT_SWITCH,
  "MEMORY_RECORD",
  "OBJECT_RECORD",
  "NATIVE_FRAME_ID",
  "THREAD",
  "MEMORY_MAP_START",
  "SEGMENT_HEADER",
  "SEGMENT",
  HEADER,
  TRAILER,
];
const KINDS = KIND_NAMES.map((name) => ({ name, word: ascii(name) }));

type Op = "allocate" | "reallocate" | "free" | "map";

interface Allocator {
  readonly name: Uint8Array;
  readonly op: Op;
  readonly domain: Domain;
}

/** In an order that finds the frequent ones early. */
const ALLOCATORS: readonly Allocator[] = [
  ...(["malloc", "free", "calloc", "realloc"] as const).map((call) => `pymalloc_${call}`),
  "malloc",
  "free",
  "calloc",
  "realloc",
  "posix_memalign",
  "aligned_alloc",
  "memalign",
  "valloc",
  "pvalloc",
  "mmap",
  "munmap",
].map((name) => ({
  name: ascii(name),
  op: opOf(name),
  domain: name.startsWith("pymalloc_") ? DOMAIN_OBJ : DOMAIN_RAW,
}));

function opOf(name: string): Op {
  if (name.endsWith("map")) return "map";
  if (name.endsWith("free")) return "free";
  return name.endsWith("realloc") ? "reallocate" : "allocate";
}

const EXPECTED = '"ALLOCATION address=0x… size=… allocator=…" or a line of another kind that memray parse prints';

/** Whether a file that begins with `head` is one. */
export const isMemray = (head: string): boolean =>
  head.startsWith("HEADER magic=memray") ||
  new RegExp(`^(ALLOCATION address|(${KIND_NAMES.join("|")})(?=[ \t\r\n]))`).test(head);

export class MemrayReader extends RecordingReader {
  /** A free that may be the first half of a realloc: address, or −1, and domain. */
  #freed = -1;
  #freedDomain: Domain = DOMAIN_OBJ;
  /** Within the header, whose command line may have newlines. */
  #isInHeader = false;
  #tracesPython = true;
  #isEnded = false;
  #maps = 0;
  #failed = 0;
  #others = 0;

  protected override readLine(bytes: Uint8Array, start: number, end: number): void {
    if (hasWord(bytes, start, end, ALLOCATION)) {
      this.#isInHeader = false;
      if (!this.#readAllocation(bytes, start + ALLOCATION.length, end)) this.complain(bytes, start, end, EXPECTED);
      return;
    }
    const wordLength = wordEnd(bytes, start, end) - start;
    const kind = KINDS.find(({ word }) => word.length === wordLength && hasWord(bytes, start, end, word))?.name;
    if (kind === undefined && !this.#isInHeader) {
      this.complain(bytes, start, end, EXPECTED);
      return;
    }
    this.#others++;
    if (kind === HEADER || kind === undefined) this.#readHeader(text(bytes, start, end));
    else this.#isInHeader = false;
    if (kind === CONTEXT_SWITCH) this.#settle();
    else if (kind === TRAILER) this.#isEnded = true;
  }

  /** Returns whether the rest of the line, from `at`, is what it must be. */
  #readAllocation(bytes: Uint8Array, at: number, end: number): boolean {
    const addressEnd = wordEnd(bytes, at, end);
    const sizeAt = addressEnd + SIZE.length;
    const sizeEnd = wordEnd(bytes, sizeAt, end);
    const nameAt = sizeEnd + ALLOCATOR.length;
    const nameEnd = wordEnd(bytes, nameAt, end);
    if (!hasWord(bytes, addressEnd, end, SIZE) || !hasWord(bytes, sizeEnd, end, ALLOCATOR)) return false;
    const isNil = hasWord(bytes, at, addressEnd, NIL);
    if (!isNil && !hasWord(bytes, at, addressEnd, HEX_PREFIX)) return false;
    const address = isNil ? 0 : hexNumber(bytes, at + HEX_PREFIX.length, addressEnd);
    const nbytes = decimalNumber(bytes, sizeAt, sizeEnd);
    const length = nameEnd - nameAt;
    const allocator = ALLOCATORS.find(({ name }) => name.length === length && hasWord(bytes, nameAt, nameEnd, name));
    if (address < 0 || nbytes < 0 || allocator === undefined) return false;
    this.#request(allocator, address, nbytes);
    return true;
  }

  #request({ op, domain }: Allocator, address: number, nbytes: number): void {
    if (op === "map") {
      this.#maps++;
    } else if (address === 0) {
      this.#failed++;
    } else if (op === "reallocate" && this.#freed >= 0 && this.#freedDomain === domain) {
      const from = this.#freed;
      this.#freed = -1;
      this.judge(this.requests.reallocate(domain, from, address, nbytes));
    } else {
      this.#settle();
      if (op === "free") [this.#freed, this.#freedDomain] = [address, domain];
      else this.judge(this.requests.allocate(domain, address, nbytes));
    }
  }

  /** The free that waited was one. */
  #settle(): void {
    if (this.#freed >= 0) this.requests.free(this.#freed);
    this.#freed = -1;
  }

  /** One line of the header: the fields behind the command line may be on a later one than those before it. */
  #readHeader(line: string): void {
    this.#isInHeader = true;
    const [, traces] = /\bpython_allocator=.* trace_python_allocators=(true|false) /.exec(line) ?? [];
    if (traces !== undefined) this.#tracesPython = traces === "true";
    const [, version, format] = /^HEADER .*? python_version=([0-9a-f]{8}) .*? file_format=(\w+)/.exec(line) ?? [];
    if (version === undefined) return;
    const python = `${Number.parseInt(version.slice(0, 2), 16)}.${Number.parseInt(version.slice(2, 4), 16)}`;
    if (profileNames().includes(python)) this.requests.builder.recordedBy = python;
    if (format !== "AGGREGATED_ALLOCATIONS") return;
    throw new TraceError(
      `${this.name}: an aggregated capture of memray, which has no events; expected one made without --aggregate`,
    );
  }

  protected override readEnd(rest: string): readonly string[] {
    this.#settle();
    const isCut = rest !== "" && rest !== TRAILER;
    const summary = this.requests.summary("memray", [
      [this.#maps, "mmap or munmap call", ""],
      [this.#failed, "failed request", ""],
      [this.#others, "line", " of other kinds"],
      [isCut ? 1 : 0, "line", " cut off at the end"],
    ]);
    const notes = [
      this.#isEnded || rest === TRAILER ? `${summary}.` : `${summary}; no TRAILER: the capture ended early.`,
      "memray tells no domains of Python apart: what it calls pymalloc is replayed as OBJ, all else as RAW.",
    ];
    if (!this.#tracesPython) {
      notes.push("It was recorded without --trace-python-allocators: Python's small objects are not in it.");
    }
    return notes;
  }
}
