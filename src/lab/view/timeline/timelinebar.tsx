/** The bottom of the page: where in time the page stands, and the life of the program's memory around it. */

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { seek } from "../../model/actions.js";
import { follow, pan, shownSpan, showWhole, zoom, zoomIn, zoomOut } from "../../model/span.js";
import { current, useLab } from "../../model/uselab.js";
import { css } from "../colour/scales.js";
import { bytes, withCommas } from "../format.js";
import { makePlot, SERIES, type Series } from "./timelineplot.js";
import { TimelineTable } from "./timelinetable.js";
import { Transport } from "./transport.js";
import "uplot/dist/uPlot.min.css";

const ZOOM_KEYS: Readonly<Record<string, () => void>> = {
  "+": zoomIn,
  "=": zoomIn,
  "-": zoomOut,
  "0": showWhole,
};

export function TimelinePane() {
  const info = useLab((s) => s.info);
  const asTables = useLab((s) => s.asTables);
  const position = useLab((s) => s.view?.position ?? 0);
  useEffect(() => follow(position), [position]);
  if (info === null || info.events === 0) return null;
  return (
    <section class="timeline" aria-label="Time line">
      <Transport />
      {asTables ? <TimelineTable /> : <Plot />}
    </section>
  );
}

function Plot() {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const info = useLab((s) => s.info);
  const timelines = useLab((s) => s.closer ?? s.timelines);
  const span = useLab((s) => s.span);
  const theme = useLab((s) => s.theme);
  const position = useLab((s) => s.view?.position ?? 0);
  const [a, b] = [useLab((s) => s.a), useLab((s) => s.b)];
  const events = info?.events ?? 0;

  useEffect(() => {
    const element = box.current;
    const known = timelines.filter((timeline) => timeline !== null);
    if (!element || !info || known.length === 0) return;
    const made = makePlot({
      element,
      timelines: known,
      marks: info.marks,
      span: shownSpan(current()),
      theme,
      position: () => current().view?.position ?? 0,
      moments: () => current(),
      onSeek: (to) => void seek(to),
    });
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [timelines, info, span, theme]);

  useEffect(() => plot.current?.redraw(false), [position, a, b]);

  /** The position under the pointer. */
  const positionAt = ({ clientX }: MouseEvent): number | null => {
    const made = plot.current;
    return made ? made.posToVal(clientX - made.over.getBoundingClientRect().left, "x") : null;
  };

  useEffect(() => {
    const element = box.current as HTMLElement;
    const onWheel = (event: WheelEvent): void => {
      const at = positionAt(event);
      if (at === null || current().isLive) return;
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / 1000);
      else zoom(Math.exp(event.deltaY / 400), at);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);

  const isDown = useRef(false);
  const seekTo = (event: PointerEvent): void => {
    const { from, to } = shownSpan(current());
    const at = positionAt(event);
    if (at !== null) void seek(Math.min(Math.max(at, from), to));
  };
  return (
    <div class="plot-and-legend">
      <div
        class="plot"
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Moment"
        aria-valuemin={0}
        aria-valuemax={events}
        aria-valuenow={position}
        aria-valuetext={`event ${withCommas(position)} of ${withCommas(events)}`}
        onKeyDown={(event) => {
          const does = ZOOM_KEYS[event.key];
          if (!does || current().isLive) return;
          does();
          event.preventDefault();
        }}
        onPointerDown={(event) => {
          isDown.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          seekTo(event);
        }}
        onPointerMove={(event) => {
          if (isDown.current) seekTo(event);
        }}
        onPointerUp={() => {
          isDown.current = false;
        }}
      />
      <SeriesLegend />
    </div>
  );
}

/** A line of the second side. */
function OtherLine({ series, name, value }: { series: Series; name: string; value: number }) {
  return (
    <div>
      <dt>
        <svg width="18" height="8" aria-hidden="true">
          <line x1="0" x2="18" y1="4" y2="4" stroke={css(series.colour)} stroke-dasharray="7 2 1 2" />
        </svg>
        {name}
      </dt>
      <dd>{bytes(value)}</dd>
    </div>
  );
}

/** The lines' names, and their values at the moment shown. */
function SeriesLegend() {
  const view = useLab((s) => s.view?.sides[0] ?? null);
  const other = useLab((s) => s.view?.sides[1] ?? null);
  if (view === null) return null;
  const { moment } = view;
  const values = {
    mapped: moment.mappedBytes,
    live: moment.liveBytes,
    pinned: moment.pinned.pinnedBytes,
    available: moment.ledgerBytes.available,
    unused: moment.ledgerBytes.unusedPools,
  };
  return (
    <dl class="series">
      {SERIES.map(({ key, name, colour, dash, what }) => (
        <div key={key} title={what}>
          <dt>
            <svg width="18" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="18"
                y1="4"
                y2="4"
                stroke={css(colour)}
                stroke-width="2"
                stroke-dasharray={dash.join(" ")}
              />
            </svg>
            {name}
          </dt>
          <dd data-series={key}>{bytes(values[key])}</dd>
        </div>
      ))}
      {other ? (
        <>
          <OtherLine series={SERIES[0]} name={`mapped, ${other.stats.profile}`} value={other.moment.mappedBytes} />
          <OtherLine
            series={SERIES[2]}
            name={`pinned, ${other.stats.profile}`}
            value={other.moment.pinned.pinnedBytes}
          />
        </>
      ) : null}
      <div class="dim">
        <dt>
          <svg width="18" height="10" aria-hidden="true">
            <path d="M4.5 0v4M13.5 6v4" stroke="currentColor" />
          </svg>
          arenas +, −
        </dt>
        <dd>
          {moment.arenas.obtained}, {moment.arenas.released}
        </dd>
      </div>
    </dl>
  );
}
