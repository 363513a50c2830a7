/**
 * The text that `memray parse` prints of a capture. Read only.
 *
 *     HEADER magic=memray version=12 python_version=030c01f0 … file_format=ALL_ALLOCATIONS … command_line=… sys.path=[…]
 *     CONTEXT_SWITCH tid=140001
 *     ALLOCATION address=0x7f10a0000030 size=48 allocator=pymalloc_malloc native_frame_id=0
 *     ALLOCATION address=0x7f10a0000030 size=0 allocator=pymalloc_free native_frame_id=0
 *     TRAILER
 *
 * Up to memray 1.18 the HEADER has no Python version, stacks are FRAME_ID lines, and an allocation with a native stack is an
 * ALLOCATION_WITH_NATIVE. Lines of other kinds are stacks, maps and times. A realloc is written as a free of the old address and, as the next ALLOCATION
 * of its thread, one by `realloc` or `pymalloc_realloc`: so a free waits for the line that may complete it. See
 * docs/trace-format.md.
 */

import { profileNames } from "../../geometry/profiles.js";
import { DOMAIN_OBJ, DOMAIN_RAW, type Domain } from "../event.js";
import { TraceError } from "../trace.js";
import { RecordingReader } from "./foreignrecording.js";
import { decimalNumber, hasWord, hexNumber, text, wordEnd } from "./lines.js";

const ascii = (word: string): Uint8Array => Uint8Array.from(word, (letter) => letter.charCodeAt(0));

const ALLOCATIONS = [ascii("ALLOCATION address="), ascii("ALLOCATION_WITH_NATIVE address=")];
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
  "FRAME_ID",
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

/** SMALL_REQUEST_THRESHOLD of every CPython that memray runs on. */
const SMALL_BYTES = 512;

const EXPECTED = '"ALLOCATION address=0x… size=… allocator=…" or a line of another kind that memray parse prints';

/** Whether a file that begins with `head` is one. */
export const isMemray = (head: string): boolean =>
  head.startsWith("HEADER magic=memray") ||
  new RegExp(`^(ALLOCATION(_WITH_NATIVE)? address|(${KIND_NAMES.join("|")})(?=[ \t\r\n]))`).test(head);

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
    const allocation = ALLOCATIONS.find((word) => hasWord(bytes, start, end, word));
    if (allocation !== undefined) {
      this.#isInHeader = false;
      if (!this.#readAllocation(bytes, start + allocation.length, end)) this.complain(bytes, start, end, EXPECTED);
      return;
    }
    const wordLength = wordEnd(bytes, start, end) - start;
    const kind = KINDS.find(({ word }) => word.length === wordLength && hasWord(bytes, start, end, word))?.name;
    if (this.#isInHeader || kind === HEADER) {
      this.#readHeader(text(bytes, start, end));
    } else if (kind === undefined) {
      this.complain(bytes, start, end, EXPECTED);
    } else {
      this.#others++;
      if (kind === CONTEXT_SWITCH) this.#settle();
      else if (kind === TRAILER) this.#isEnded = true;
    }
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
    if (op === "reallocate" && address > 0 && this.#freedDomain === domain && this.#mayHaveMoved(address, nbytes)) {
      const from = this.#freed;
      this.#freed = -1;
      this.judge(this.requests.reallocate(domain, from, address, nbytes));
      return;
    }
    this.#settle();
    if (op === "map") this.#maps++;
    else if (address === 0) this.#failed++;
    else if (op === "free") [this.#freed, this.#freedDomain] = [address, domain];
    else this.judge(this.requests.allocate(domain, address, nbytes));
  }

  /**
   * Whether a realloc may have moved the block that waits to be freed to the address `to`. A large one that shrinks stays where it
   * is, as the C library's: a small block elsewhere is a new one, and lies in a pool.
   */
  #mayHaveMoved(to: number, nbytes: number): boolean {
    if (this.#freed < 0) return false;
    return to === this.#freed || nbytes > SMALL_BYTES || this.requests.sizeAt(this.#freed) <= SMALL_BYTES;
  }

  /** The free that waited was one. */
  #settle(): void {
    if (this.#freed >= 0) this.requests.free(this.#freed);
    this.#freed = -1;
  }

  /** One line of the header. Its command line may have several, which may look like anything; python_allocator is behind it. */
  #readHeader(line: string): void {
    this.#others++;
    const [allocator, traces] =
      / python_allocator=[a-z]+(?: debug)?(?: trace_python_allocators=(true|false))?(?= |$)/.exec(line) ?? [];
    this.#isInHeader = allocator === undefined;
    if (traces !== undefined) this.#tracesPython = traces === "true";
    const [, version] = /^HEADER magic=memray version=\d+ python_version=([0-9a-f]{8}) /.exec(line) ?? [];
    const python =
      version && [version.slice(0, 2), version.slice(2, 4)].map((byte) => Number.parseInt(byte, 16)).join(".");
    if (python && profileNames().includes(python)) this.requests.builder.recordedBy = python;
    const [, format] = /^HEADER .*? file_format=(\w+)/.exec(line) ?? [];
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
      notes.push(
        "It was recorded without --trace-python-allocators: Python's small objects are not in it; " +
          "with PYTHONMALLOC=malloc they are, as malloc, and are replayed as RAW.",
      );
    }
    return notes;
  }
}
