/** To the moment before, or after: by an event, a thousand, a mark; at a speed. And which event that was. */

import { useEffect, useRef } from "preact/hooks";
import { seek, step, togglePlay, toMark } from "../../model/actions.js";
import { setSpeed } from "../../model/controls.js";
import { showWhole, zoomIn, zoomOut } from "../../model/span.js";
import { current, useLab } from "../../model/uselab.js";
import type { CursorView, EventInfo, MarkInfo } from "../../protocol/index.js";
import { withCommas } from "../format.js";

const SPEEDS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** An event in words. */
function eventText({ op, domain, id, nbytes, name }: EventInfo): string {
  const of = domain === "obj" ? "" : ` in domain ${domain}`;
  switch (op) {
    case "mark":
      return name ? `mark “${name}”` : "mark";
    case "free":
      return `free of block ${id}, ${withCommas(nbytes)} bytes${of}`;
    case "realloc":
      return `realloc of block ${id} to ${withCommas(nbytes)} bytes${of}`;
    default:
      return `${op} of ${withCommas(nbytes)} bytes as block ${id}${of}`;
  }
}

export function Transport() {
  const view = useLab((s) => s.view);
  const events = useLab((s) => s.info?.events ?? 0);
  const marks = useLab((s) => s.info?.marks ?? []);
  const [playing, speed] = [useLab((s) => s.playing), useLab((s) => s.speed)];
  const isLive = useLab((s) => s.isLive);
  const position = view?.position ?? 0;
  const mark = view && view.mark >= 0 ? marks[view.mark] : null;
  const button = (text: string, label: string, key: string, go: () => unknown) => (
    <button type="button" aria-label={label} title={`${label} (${key})`} onClick={() => void go()}>
      {text}
    </button>
  );
  return (
    <div class="transport">
      <fieldset class="buttons">
        <legend class="hidden">Move in time</legend>
        {button("|◂", "To the start", "Home", () => seek(0))}
        {button("[", "To the mark before", "[", () => toMark(-1))}
        {button("◂◂", "1,000 events back", "Shift ←", () => step(-1000))}
        {button("◂", "One event back", "←", () => step(-1))}
        <button
          type="button"
          class="play"
          aria-pressed={playing !== null}
          title="Play (space)"
          onClick={() => void togglePlay()}
        >
          {playing === null ? "Play" : "Stop"}
        </button>
        {button("▸", "One event on", "→", () => step(1))}
        {button("▸▸", "1,000 events on", "Shift →", () => step(1000))}
        {button("]", "To the next mark", "]", () => toMark(1))}
        {button("▸|", "To the end", "End", () => seek(events))}
      </fieldset>
      <label class="speed">
        <span class="hidden">Events a second</span>
        <select value={speed} onChange={(event) => setSpeed(Number(event.currentTarget.value))}>
          {SPEEDS.map((n) => (
            <option key={n} value={n}>
              {withCommas(n)}/s
            </option>
          ))}
        </select>
      </label>
      <ZoomButtons />
      <Position position={position} events={events} />
      <p class="event" role="status" aria-live={playing === null ? "polite" : "off"} aria-atomic="true">
        {isLive ? <span>Python runs: this is its heap now</span> : view ? <Events view={view} mark={mark} /> : null}
      </p>
    </div>
  );
}

/** How much of the time line is shown. */
function ZoomButtons() {
  const [span, isLive] = [useLab((s) => s.span), useLab((s) => s.isLive)];
  return (
    <fieldset class="buttons" disabled={isLive}>
      <legend class="hidden">Zoom of the time line</legend>
      <button type="button" aria-label="Fewer events" title="Fewer events, around this moment (+)" onClick={zoomIn}>
        +
      </button>
      <button type="button" aria-label="More events" title="More events (−)" disabled={span === null} onClick={zoomOut}>
        −
      </button>
      <button type="button" aria-label="All events" title="All events (0)" disabled={span === null} onClick={showWhole}>
        all
      </button>
    </fieldset>
  );
}

/** What happened last, and what will. */
function Events({ view, mark }: { view: CursorView; mark: MarkInfo | null }) {
  const { last, next } = view;
  return (
    <>
      {last ? <span>{eventText(last)}</span> : <span class="dim">before the first event</span>}
      {next ? <span class="dim">next: {eventText(next)}</span> : <span class="dim">at the end</span>}
      {mark && last?.op !== "mark" ? <span class="dim">after mark “{mark.name}”</span> : null}
    </>
  );
}

function Position({ position, events }: { position: number; events: number }) {
  const field = useRef<HTMLInputElement>(null);
  const show = (): void => {
    if (field.current) field.current.value = String(current().view?.position ?? 0);
  };
  useEffect(show, [position]);
  return (
    <label class="position">
      Event{" "}
      <input
        ref={field}
        type="text"
        inputMode="numeric"
        size={8}
        data-testid="position"
        onBlur={show}
        onKeyDown={(event) => {
          if (event.key === "Escape") show();
          if (event.key !== "Enter") return;
          const text = event.currentTarget.value.replaceAll(/[,\s]/g, "");
          if (/^\d+$/.test(text)) void seek(Number(text)).then(show);
          else show();
        }}
      />{" "}
      of <span data-testid="events">{withCommas(events)}</span>
    </label>
  );
}
