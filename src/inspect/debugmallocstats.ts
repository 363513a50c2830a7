/**
 * The text of `sys._debugmallocstats()` and `PYTHONMALLOCSTATS`, written and read.
 *
 *     label, padded to 35 columns        =  number with commas, in 21 columns
 *
 * Source: obmalloc.c, `_PyObject_DebugMallocStats` and `printone`. The free lists of types that
 * `sys._debugmallocstats()` prints after it are not the allocator's: they are not written, and are skipped when read.
 */

import { withCommas } from "../text/units.js";
import type { ArenaMapStats, ArenaStats, PymallocStats, SizeClassStats } from "./stats.js";

const numberLine = (label: string, n: number): string => `${label.padEnd(35)}=${withCommas(n).padStart(21)}`;

const COLUMNS = "class   size   num pools   blocks in use  avail blocks";
const RULE = "-----   ----   ---------   -------------  ------------";

/** The text that the emulated build prints, byte for byte; ends with a newline. */
export function formatDebugMallocStats(stats: PymallocStats): string {
  const { threshold, classCount, arenaSize, poolSize, mallocCalls, arenas, unusedPools, ledger, arenaMap } = stats;
  const lines = [
    `Small block threshold = ${threshold}, in ${classCount} size classes.`,
    "",
    COLUMNS,
    RULE,
    ...stats.classes.map(classLine),
    "",
    ...(mallocCalls === null ? [] : [numberLine(LABELS.calls, mallocCalls)]),
    ...(stats.reportsArenas ? arenaLines(arenas) : []),
    numberLine(`${arenas.live} arenas * ${arenaSize} bytes/arena`, arenas.live * arenaSize),
    "",
    numberLine(LABELS.allocated, ledger.allocated),
    numberLine(LABELS.available, ledger.available),
    numberLine(`${unusedPools} unused pools * ${poolSize} bytes`, ledger.unusedPools),
    numberLine(LABELS.headers, ledger.headers),
    numberLine(LABELS.quantization, ledger.quantization),
    numberLine(LABELS.arenaAlignment, ledger.arenaAlignment),
    numberLine(LABELS.total, ledger.total),
    ...(arenaMap === null ? [] : arenaMapLines(arenaMap)),
  ];
  return `${lines.join("\n")}\n`;
}

const classLine = ({ szidx, blockSize, pools, blocks, available }: SizeClassStats): string =>
  [
    String(szidx).padStart(5),
    String(blockSize).padStart(6),
    String(pools).padStart(11),
    String(blocks).padStart(15),
    String(available).padStart(13),
  ].join(" ");

const arenaLines = ({ obtained, released, high, live }: ArenaStats): string[] => [
  numberLine(LABELS.obtained, obtained),
  numberLine(LABELS.released, released),
  numberLine(LABELS.high, high),
  numberLine(LABELS.live, live),
];

function arenaMapLines({ levels, midNodes, botNodes, rootBytes, midBytes, botBytes }: ArenaMapStats): string[] {
  if (levels === 1) return ["", LABELS.map, numberLine(LABELS.rootBytes, rootBytes)];
  return [
    "",
    LABELS.map,
    numberLine(LABELS.midNodes, midNodes),
    numberLine(LABELS.botNodes, botNodes),
    "",
    numberLine(LABELS.rootBytes, rootBytes),
    numberLine(LABELS.midBytes, midBytes),
    numberLine(LABELS.botBytes, botBytes),
    numberLine(LABELS.total, rootBytes + midBytes + botBytes),
  ];
}

/** What each kind of line says; N stands for a number. */
const LABELS = {
  threshold: "Small block threshold = N, in N size classes.",
  columns: COLUMNS,
  row: "N N N N N",
  calls: "# times object malloc called",
  obtained: "# arenas allocated total",
  released: "# arenas reclaimed",
  high: "# arenas highwater mark",
  live: "# arenas allocated current",
  arenas: "N arenas * N bytes/arena",
  allocated: "# bytes in allocated blocks",
  available: "# bytes in available blocks",
  unused: "N unused pools * N bytes",
  headers: "# bytes lost to pool headers",
  quantization: "# bytes lost to quantization",
  arenaAlignment: "# bytes lost to arena alignment",
  total: "Total",
  map: "arena map counts",
  midNodes: "# arena map mid nodes",
  botNodes: "# arena map bot nodes",
  rootBytes: "# bytes lost to arena map root",
  midBytes: "# bytes lost to arena map mid",
  botBytes: "# bytes lost to arena map bot",
  mimalloc: "Medium block threshold",
} as const;

type Kind = keyof typeof LABELS;

const KINDS = Object.keys(LABELS) as Kind[];
const WITHOUT_VALUE: ReadonlySet<Kind> = new Set<Kind>(["threshold", "columns", "map", "mimalloc"]);

/**
 * A text that holds no report, or one that is cut off or contradicts itself. The message is one line and names the
 * line, where there is one.
 */
export class DebugMallocStatsError extends Error {
  override name = "DebugMallocStatsError";
  /** The reports before it, where it is the last one that is no good, as in the log of a process that was killed. */
  whole: readonly PymallocStats[] = [];

  constructor(
    message: string,
    /** Counted from 1; `null` when the text as a whole is meant. */
    readonly line: number | null,
  ) {
    super(line === null ? message : `line ${line}: ${message}`);
  }
}

/**
 * The reports in `text`, in their order: at least one. Lines that belong to none are skipped, also in between, and so
 * is what stands before a line, as logs and quotations put it there. Line ends may be Windows'.
 *
 * Throws a `DebugMallocStatsError` when there is no report, and when one is cut off or does not add up.
 */
export function parseDebugMallocStats(text: string): PymallocStats[] {
  const lines = text.split(/\r*\n|\r/);
  const starts = lines.flatMap((line, i) => (PATTERNS.threshold.test(line) ? [i] : []));
  if (starts.length === 0) throw noReport(text);
  const reports: PymallocStats[] = [];
  for (const [i, start] of starts.entries()) {
    try {
      reports.push(readReport(new Reader(lines, start, starts[i + 1] ?? lines.length)));
    } catch (error) {
      if (error instanceof DebugMallocStatsError && i === starts.length - 1) error.whole = reports;
      throw error;
    }
  }
  return reports;
}

function noReport(text: string): DebugMallocStatsError {
  const expected = `expected the text of sys._debugmallocstats(), with a line "${LABELS.threshold}"`;
  const freeLists = /\d+ free .+ \* \d+ bytes each/.test(text);
  const found = freeLists ? "; here are only free lists of types, as a Python without pymalloc prints them" : "";
  return new DebugMallocStatsError(expected + found, null);
}

const PATTERNS = Object.fromEntries(KINDS.map((kind) => [kind, pattern(kind)])) as Readonly<Record<Kind, RegExp>>;

/** Matches a line of this kind, whatever is before it. A value is caught as it is, so that an error can quote it. */
function pattern(kind: Kind): RegExp {
  if (kind === "row") return /(?:^|\s)(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/;
  const label = LABELS[kind].replace(/[.*]/g, "\\$&").replaceAll("N", "(\\d+)").replace(/ +/g, " +");
  return new RegExp(WITHOUT_VALUE.has(kind) ? label : `(?<!\\w)${label}\\s*=(.*)$`);
}

/** A line of a report, with the numbers in it. */
interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly values: readonly number[];
  /** The last of `values`: what stands after the "=". */
  readonly value: number;
}

/** Reads the lines of one report in order, from index `next` up to `end`, and skips what is none of its lines. */
class Reader {
  readonly #lines: readonly string[];
  readonly #end: number;
  #next: number;
  /** Number of the line taken last. */
  #last = 0;

  constructor(lines: readonly string[], next: number, end: number) {
    this.#lines = lines;
    this.#next = next;
    this.#end = end;
  }

  /** Whether the next line of the report is of this kind. Five numbers are a row only where a row is asked for. */
  at(kind: Kind): boolean {
    for (; this.#next < this.#end; this.#next++) {
      const text = this.#lines[this.#next];
      if (PATTERNS[kind].test(text)) return true;
      if (KINDS.some((other) => other !== "row" && PATTERNS[other].test(text))) return false;
    }
    return false;
  }

  take(kind: Kind): Line {
    if (!this.at(kind)) {
      const cut = this.#next === this.#end ? "the report is cut off after this line: " : "";
      fail(this.#last, `${cut}expected "${LABELS[kind]}" next`);
    }
    const texts = PATTERNS[kind].exec(this.#lines[this.#next])?.slice(1) ?? [];
    const number = (this.#last = ++this.#next);
    const values = texts.map((text) => toNumber(text, number));
    return { number, values, value: values[values.length - 1] };
  }
}

function fail(line: number, message: string): never {
  throw new DebugMallocStatsError(message, line);
}

function toNumber(text: string, line: number): number {
  const digits = text.trim();
  const n = /^(\d+|\d{1,3}(,\d{3})+)$/.test(digits) ? Number(digits.replaceAll(",", "")) : Number.NaN;
  return Number.isSafeInteger(n) ? n : fail(line, `expected a number, not "${digits}"`);
}

/** The value of `line`, which the lines before it already say in another way. */
function agreed({ number, value }: Line, expected: number, whence: string): number {
  return value === expected
    ? value
    : fail(number, `${withCommas(value)} does not add up: ${whence} ${withCommas(expected)}`);
}

function readReport(reader: Reader): PymallocStats {
  const { threshold, classCount } = readHeader(reader);
  const rows = readRows(reader, threshold / classCount, classCount);
  const mallocCalls = reader.at("calls") ? reader.take("calls").value : null;
  const counters = reader.at("arenas") ? null : readCounters(reader);
  const arenas = readProduct(reader, "arenas");
  const [live, arenaSize] = arenas.values;
  if (counters !== null && counters.live !== live)
    fail(arenas.number, `expected ${counters.live} arenas, as in the line above`);
  const { misaligned, ...ledger } = readLedger(reader, rows, arenas);
  return {
    threshold,
    classCount,
    arenaSize,
    ...ledger,
    classes: rows.map(({ stats }) => stats),
    mallocCalls,
    arenas: { ...(counters ?? { obtained: live, released: 0, high: live, live }), misaligned },
    reportsArenas: counters !== null,
    arenaMap: reader.at("map") ? readArenaMap(reader) : null,
  };
}

function readHeader(reader: Reader): { threshold: number; classCount: number } {
  const { number, values } = reader.take("threshold");
  const [threshold, classCount] = values;
  if (reader.at("mimalloc")) fail(number, "expected pymalloc's report, this is mimalloc's");
  if (!(threshold > 0 && threshold % classCount === 0))
    fail(number, `${classCount} classes do not divide ${threshold}`);
  reader.take("columns");
  return { threshold, classCount };
}

interface Row {
  readonly line: number;
  readonly stats: SizeClassStats;
}

function readRows(reader: Reader, alignment: number, classCount: number): Row[] {
  const rows: Row[] = [];
  for (let least = 0; reader.at("row"); least = rows[rows.length - 1].stats.szidx + 1) {
    const { number: line, values } = reader.take("row");
    const [szidx, blockSize, pools, blocks, available] = values;
    const expect = (holds: boolean, what: string) => holds || fail(line, `expected ${what}`);
    expect(szidx >= least && szidx < classCount, `a class from ${least} to ${classCount - 1}, not ${szidx}`);
    expect(
      blockSize === (szidx + 1) * alignment,
      `blocks of ${(szidx + 1) * alignment} bytes in class ${szidx}, not ${blockSize}`,
    );
    expect(pools > 0, "a class with pools in use");
    rows.push({ line, stats: { szidx, blockSize, pools, blocks, available } });
  }
  return rows;
}

function readCounters(reader: Reader): Omit<ArenaStats, "misaligned"> {
  const obtained = reader.take("obtained").value;
  const released = reader.take("released").value;
  const high = reader.take("high").value;
  const live = agreed(reader.take("live"), obtained - released, "allocated and reclaimed leave");
  return { obtained, released, high, live };
}

function readProduct(reader: Reader, kind: "arenas" | "unused"): Line {
  const line = reader.take(kind);
  agreed(line, line.values[0] * line.values[1], "the product is");
  return line;
}

type LedgerPart = Pick<PymallocStats, "poolSize" | "poolOverhead" | "unusedPools" | "ledger"> & { misaligned: number };

function readLedger(reader: Reader, rows: readonly Row[], arenas: Line): LedgerPart {
  const allocated = agreed(
    reader.take("allocated"),
    sum(rows, (c) => c.blocks * c.blockSize),
    "the classes have",
  );
  const available = agreed(
    reader.take("available"),
    sum(rows, (c) => c.available * c.blockSize),
    "the classes have",
  );
  const unused = readProduct(reader, "unused");
  const [unusedPools, poolSize] = unused.values;
  const { headers, quantization, poolOverhead } = readPoolLoss(reader, rows, poolSize);
  const alignment = reader.take("arenaAlignment");
  const misaligned = Math.min(Math.floor(alignment.value / poolSize), arenas.values[0]);
  const arenaAlignment = agreed(alignment, misaligned * poolSize, "whole pools, one an arena at most, are");
  const parts = { allocated, available, unusedPools: unused.value, headers, quantization, arenaAlignment };
  const lineTotal = reader.take("total");
  const total = agreed(
    lineTotal,
    Object.values(parts).reduce((a, b) => a + b),
    "the six lines above have",
  );
  agreed(lineTotal, arenas.value, "the arenas have");
  return { poolSize, poolOverhead, unusedPools, ledger: { ...parts, total }, misaligned };
}

/** The pool header is what explains both lines, and how many blocks each class has in its pools. */
function readPoolLoss(reader: Reader, rows: readonly Row[], poolSize: number) {
  const lineHeaders = reader.take("headers");
  const pools = sum(rows, (c) => c.pools);
  const poolOverhead = pools === 0 ? null : Math.floor(lineHeaders.value / pools);
  const room = poolSize - (poolOverhead ?? 0);
  const headers = agreed(
    lineHeaders,
    pools * (poolOverhead ?? 0),
    `one size of header in ${withCommas(pools)} pools makes`,
  );
  for (const { line, stats } of rows) {
    const expected = stats.pools * Math.floor(room / stats.blockSize);
    const found = stats.blocks + stats.available;
    if (found !== expected)
      fail(line, `expected ${withCommas(expected)} blocks in these pools, not ${withCommas(found)}`);
  }
  const lost = sum(rows, (c) => c.pools * (room % c.blockSize));
  return { headers, quantization: agreed(reader.take("quantization"), lost, "the classes lose"), poolOverhead };
}

function readArenaMap(reader: Reader): ArenaMapStats {
  reader.take("map");
  if (reader.at("rootBytes")) {
    const rootBytes = reader.take("rootBytes").value;
    return { levels: 1, midNodes: 0, botNodes: 0, rootBytes, midBytes: 0, botBytes: 0 };
  }
  const midNodes = reader.take("midNodes").value;
  const botNodes = reader.take("botNodes").value;
  const rootBytes = reader.take("rootBytes").value;
  const midBytes = reader.take("midBytes").value;
  const botBytes = reader.take("botBytes").value;
  agreed(reader.take("total"), rootBytes + midBytes + botBytes, "the three lines above have");
  return { levels: 3, midNodes, botNodes, rootBytes, midBytes, botBytes };
}

const sum = (rows: readonly Row[], count: (c: SizeClassStats) => number): number =>
  rows.reduce((total, { stats }) => total + count(stats), 0);
