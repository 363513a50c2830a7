/** The engine of the lab: answers the page's questions about what is open. See ../protocol. */
import { timelineCsv, timelineSamples } from "../../replay/timeline.js";
import type {
  CursorView,
  Difference,
  LabCondition,
  LabEngine,
  OnProgress,
  Opened,
  PinTable,
  PlaceView,
  PoolView,
  ProfileChoice,
  RecordedRun,
  SearchOptions,
  SearchResult,
  SideIndex,
  SideInfo,
  Timeline,
  TimelineRange,
  ViewOptions,
} from "../protocol/index.js";
import { pinTable } from "./block/arenapins.js";
import { AddressInfo } from "./block/describeplace.js";
import { difference } from "./block/difference.js";
import { poolView } from "./block/poolview.js";
import { type ImageDocument, openDocument, openRun, TraceDocument } from "./document/document.js";
import { Origins } from "./document/origins.js";
import { probesOf, search } from "./search/search.js";
import { SAMPLES, sampleStretch } from "./time/firstpass.js";
import { Side } from "./time/side.js";
import { makeSides, ownProfile, profilesOf, sideInfos } from "./time/sides.js";
import { nextTask, Pauses, Superseded, Tickets } from "./time/tasks.js";
import { timelineJson } from "./time/timelinejson.js";
import { cursorView } from "./time/viewcursor.js";

/** What is open, with its sides: replaced as a whole. */
interface Session {
  readonly document: TraceDocument | ImageDocument;
  readonly sides: readonly Side[];
}

const nobody: OnProgress = () => {};

export class Engine implements LabEngine {
  #session: Session | null = null;
  #position = 0;
  /** Of what moves the cursor; of what takes long. */
  readonly #seeks = new Tickets();
  readonly #works = new Tickets();
  readonly #opens = new Tickets();

  // ---- opening -------------------------------------------------------------------------------------

  open(
    bytes: Uint8Array,
    name: string,
    profiles: readonly ProfileChoice[] | null = null,
    onProgress: OnProgress = nobody,
  ): Promise<Opened> {
    return this.#open(() => openDocument(bytes, name, onProgress), profiles, onProgress);
  }

  openRecording(
    run: RecordedRun,
    profiles: readonly ProfileChoice[] | null = null,
    onProgress: OnProgress = nobody,
  ): Promise<Opened> {
    return this.#open(async () => openRun(run), profiles, onProgress);
  }

  async #open(
    read: () => Promise<TraceDocument | ImageDocument>,
    choices: readonly ProfileChoice[] | null,
    onProgress: OnProgress,
  ): Promise<Opened> {
    const isLatest = this.#opens.take();
    const chosen = choices === null ? null : profilesOf(choices);
    const document = await read();
    const sides =
      document instanceof TraceDocument
        ? await makeSides(document, chosen ?? [ownProfile(document)], [], isLatest, onProgress)
        : [new Side(document.source, null, null)];
    if (!isLatest()) throw new Superseded("something else was opened since");
    this.#replace({ document, sides });
    this.#position = document.info.events;
    return { info: document.info, sides: sideInfos(document, sides) };
  }

  async setProfiles(choices: readonly ProfileChoice[], onProgress: OnProgress = nobody): Promise<SideInfo[]> {
    const { document, sides: had } = this.#opened;
    const chosen = profilesOf(choices);
    if (!(document instanceof TraceDocument)) throw new RangeError("a heap image has its own profile");
    const isLatest = this.#opens.take();
    const sides = await makeSides(document, chosen, had, isLatest, onProgress);
    if (!isLatest()) throw new Superseded("other profiles were chosen since");
    this.#replace({ document, sides });
    return sideInfos(document, sides);
  }

  #replace(session: Session): void {
    this.#seeks.take();
    this.#works.take();
    this.#session = session;
  }

  // ---- the cursor ----------------------------------------------------------------------------------

  async seek(position: number, options: ViewOptions = {}): Promise<CursorView | null> {
    const { document } = this.#opened;
    if (Number.isNaN(position)) throw new RangeError("NaN is no position");
    this.#position = Math.min(Math.max(Math.trunc(position), 0), document.info.events);
    const isLatest = this.#seeks.take();
    await nextTask(); // a newer one may have come already
    if (!isLatest()) return null;
    const { document: opened, sides } = this.#opened;
    const wanted = options.sides ?? sides.map((_, index) => index as SideIndex);
    return cursorView(
      opened,
      wanted.map((index) => [index, this.#side(index)]),
      this.#position,
      options.colour ?? null,
    );
  }

  async step(count: number, options: ViewOptions = {}): Promise<CursorView | null> {
    return this.seek(this.#position + count, options);
  }

  async toMark(direction: 1 | -1, options: ViewOptions = {}): Promise<CursorView | null> {
    const { events, marks } = this.#opened.document.info;
    const places = marks.map(({ position }) => position);
    const next =
      direction > 0
        ? (places.find((place) => place > this.#position) ?? events)
        : (places.findLast((place) => place < this.#position) ?? 0);
    return this.seek(next, options);
  }

  async cancel(): Promise<void> {
    this.#opens.take();
    this.#seeks.take();
    this.#works.take();
  }

  // ---- questions -----------------------------------------------------------------------------------

  async timeline(side: SideIndex, range?: TimelineRange, onProgress: OnProgress = nobody): Promise<Timeline | null> {
    const heap = this.#side(side);
    if (range === undefined) return { side, ...structuredClone(this.#wholeTimeline(heap)) };
    const { requests } = this.#trace;
    const from = Math.max(Math.trunc(range.from), 0);
    const to = Math.min(Math.trunc(range.to), requests.length);
    if (!(from <= to)) throw new RangeError(`there are no events from ${range.from} to ${range.to}`);
    return this.#work(async (pauses) => {
      const stretch = { from, to, samples: range.samples ?? SAMPLES };
      const sampled = await sampleStretch(
        () => heap.moving,
        requests,
        stretch,
        pauses,
        (done) => onProgress({ doing: "sampling", done }),
      );
      return { side, ...sampled };
    });
  }

  async pool(side: SideIndex, arenaOrdinal: number, index: number): Promise<PoolView> {
    const look = this.#side(side).at(this.#position);
    return poolView(look, this.#origins(side), arenaOrdinal, index, this.#position);
  }

  async block(side: SideIndex, address: number): Promise<PlaceView> {
    const heap = this.#side(side);
    const look = heap.at(this.#position);
    return new AddressInfo(look, heap.source, this.#origins(side), this.#position).at(address);
  }

  async locate(side: SideIndex, id: number): Promise<number> {
    const heap = this.#side(side);
    heap.at(this.#position);
    return heap.addresses[id] ?? 0;
  }

  async pins(side: SideIndex): Promise<PinTable> {
    const look = this.#side(side).at(this.#position);
    return pinTable(look, this.#origins(side), this.#position);
  }

  async diff(side: SideIndex, a: number, b: number): Promise<Difference | null> {
    const { requests, labels } = this.#trace;
    const heap = this.#side(side);
    const [from, to] = [a, b].map((place) => Math.min(Math.max(Math.trunc(place), 0), requests.length));
    if (Number.isNaN(from + to)) throw new RangeError("a difference is between two positions");
    const range = [Math.min(from, to), Math.max(from, to)] as const;
    return this.#work(async () => difference(heap, requests, labels, this.#trace.liveAt(range[0]), range));
  }

  async runUntil(
    conditions: readonly LabCondition[],
    direction: 1 | -1,
    options: SearchOptions = {},
    onProgress: OnProgress = nobody,
  ): Promise<SearchResult | null> {
    const { requests } = this.#trace;
    const { side } = options;
    const all = this.#opened.sides.map((heap, index) => [index as SideIndex, heap] as const);
    const wanted = probesOf(
      all.filter(([index]) => side === undefined || index === side),
      requests,
      conditions,
    );
    const cursor = this.#position;
    const range: [number, number] =
      direction > 0
        ? [cursor, Math.min(options.limit ?? requests.length, requests.length)]
        : [Math.max((options.limit ?? 1) - 1, 0), Math.max(cursor - 1, 0)];
    return this.#work(async (pauses) => {
      const found = await search(wanted, range, direction, pauses, (done) => onProgress({ doing: "searching", done }));
      if (found === null) return { position: null, hits: [] };
      const hits = found.hits.map((hit) => ({ side: hit.side, condition: hit.condition }));
      return { position: found.position, hits };
    });
  }

  // ---- taking away ---------------------------------------------------------------------------------

  async exportTimeline(side: SideIndex, format: "csv" | "json"): Promise<string> {
    const heap = this.#side(side);
    const timeline = this.#wholeTimeline(heap);
    if (format === "csv") return timelineCsv(timelineSamples(timeline));
    const { name, marks } = this.#trace.info;
    return timelineJson(timeline, { trace: name, profile: heap.profile.name, marks });
  }

  async exportImage(side: SideIndex): Promise<Uint8Array> {
    const heap = this.#side(side);
    heap.at(this.#position);
    return heap.source.save();
  }

  // ---- inside --------------------------------------------------------------------------------------

  get #opened(): Session {
    if (this.#session === null) throw new RangeError("nothing is open");
    return this.#session;
  }

  get #trace(): TraceDocument {
    const { document } = this.#opened;
    if (document instanceof TraceDocument) return document;
    throw new RangeError("a heap image is one moment: it has no events");
  }

  #side(index: SideIndex): Side {
    const side = this.#opened.sides[index];
    if (side === undefined) throw new RangeError(`there is no side ${index}`);
    return side;
  }

  #wholeTimeline({ timeline }: Side): Omit<Timeline, "side"> {
    if (timeline === null) throw new RangeError("a heap image is one moment: it has no time line");
    return timeline;
  }

  /** What the live blocks at the cursor were asked for; the side must stand there. */
  #origins(side: SideIndex): Origins | null {
    const { document } = this.#opened;
    if (!(document instanceof TraceDocument)) return null;
    const { requests, labels } = document;
    return new Origins(requests, labels, document.liveAt(this.#position), this.#side(side).addresses, this.#position);
  }

  /** What takes long: `null` where something newer supersedes it. */
  async #work<T>(run: (pauses: Pauses) => Promise<T>): Promise<T | null> {
    const isLatestWork = this.#works.take();
    const isLatestSeek = this.#seeks.look();
    const isWanted = (): boolean => isLatestWork() && isLatestSeek();
    try {
      await nextTask();
      if (!isWanted()) return null;
      return await run(new Pauses(isWanted));
    } catch (error) {
      if (error instanceof Superseded) return null;
      throw error;
    }
  }
}
