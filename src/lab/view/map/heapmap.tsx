/** The map of one heap: a canvas that is drawn when something changed, with wheel, drag and keys to look around. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { select } from "../../model/actions.js";
import type { Selection } from "../../model/state.js";
import { useLab } from "../../model/uselab.js";
import type { SideIndex } from "../../protocol/index.js";
import { type Camera, cellAt, fit, fitItem, pan, type Size, zoom } from "./camera.js";
import { describeCell, describeMap } from "./describemap.js";
import { draw, type Marked, type Scene } from "./draw.js";
import { measured } from "./frames.js";
import { neighbour, selectFirst } from "./neighbour.js";
import { type Item, itemAt } from "./plane.js";
import { sceneOf } from "./scene.js";

type Cell = { readonly item: Item; readonly cell: number };

/** Selects what is at a cell: the arena first, and one of its pools when the arena is selected. */
function open(scene: Scene, side: SideIndex, { item, cell }: Cell, selection: Selection | null): void {
  const { arenas } = scene.view.map;
  if (item.kind !== "arena") {
    void select({ side, arena: -1, pool: null, address: item.address + cell * scene.plane.cellBytes });
    return;
  }
  const ordinal = arenas.ordinal[item.index];
  const isOpen = selection?.side === side && selection.arena === ordinal;
  const pools = arenas.firstPool[item.index + 1] - arenas.firstPool[item.index];
  void select({ side, arena: ordinal, pool: isOpen && cell < pools ? cell : null, address: null });
}

/** The size of an element, as it changes. */
function useSize(element: { current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const node = element.current as HTMLElement;
    const observer = new ResizeObserver(() => setSize({ width: node.clientWidth, height: node.clientHeight }));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** The scene of a side at the moment shown, or `null`; and keeps the rows' length while the trace is the same. */
function useScene(side: SideIndex, size: Size): Scene | null {
  const view = useLab((s) => s.view?.sides.find((v) => v.side === side) ?? null);
  const [info, sides, timelines] = [useLab((s) => s.info), useLab((s) => s.sides), useLab((s) => s.timelines)];
  const [theme, colour] = [useLab((s) => s.theme), useLab((s) => s.colour)];
  const peak = useRef({ info, side: sides[side], bytes: 0 });
  return useMemo(() => {
    if (!view || !info || !sides[side] || size.width === 0) return null;
    if (peak.current.info !== info || peak.current.side !== sides[side])
      peak.current = { info, side: sides[side], bytes: 0 };
    const ever = timelines[side]?.mapped.reduce((most, bytes) => Math.max(most, bytes), 0) ?? 0;
    peak.current.bytes = Math.max(peak.current.bytes, ever, view.map.top - view.map.base);
    const peakBytes = peak.current.bytes;
    const aspect = Math.max(size.width / Math.max(size.height - 30, 60), 0.2);
    return sceneOf({ side: sides[side], view, info, theme, colour, peakBytes, aspect });
  }, [view, info, sides, timelines, theme, colour, size]);
}

export function HeapMap({ side }: { side: SideIndex }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera>({ scale: 1, x: 0, y: 0 });
  /** Whether the camera follows the scene, or stays where the reader put it. */
  const isFree = useRef(false);
  const hover = useRef<Cell | null>(null);
  const frame = useRef(0);
  const size = useSize(box);
  const scene = useScene(side, size);
  const selection = useLab((s) => s.selection);
  const highlight = useLab((s) => s.highlight);
  const touched = useLab((s) => s.view?.sides.find((v) => v.side === side)?.touched ?? null);
  const [hoverText, setHoverText] = useState("");

  const latest = useRef({ scene, size, marked: null as Marked | null });
  const mine = selection?.side === side ? selection : null;
  latest.current = {
    scene,
    size,
    marked: {
      arena: mine?.arena ?? -1,
      pool: mine?.pool ?? -1,
      address: mine && mine.arena < 0 ? (mine.address ?? 0) : 0,
      touched: touched?.after || touched?.before || 0,
      arenas: highlight?.side === side && highlight.arenas.size > 0 ? highlight.arenas : null,
      hover: hover.current,
    },
  };

  const redraw = (): void => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const { scene, size, marked } = latest.current;
      const context = canvas.current?.getContext("2d", { alpha: false });
      if (!scene || !context || !marked) return;
      measured(() => {
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        draw(context, scene, camera.current, size, { ...marked, hover: hover.current });
      });
    });
  };

  useEffect(() => {
    const node = canvas.current as HTMLCanvasElement;
    node.width = Math.round(size.width * devicePixelRatio);
    node.height = Math.round(size.height * devicePixelRatio);
    redraw();
  }, [size]);

  const selectedItem = scene?.plane.items.find(
    (item) => item.kind === "arena" && scene.view.map.arenas.ordinal[item.index] === mine?.arena,
  );
  const selectedKey = mine ? `${mine.arena}` : "";
  useEffect(() => {
    isFree.current = false;
  }, [selectedKey]);
  useEffect(() => {
    if (!scene) return;
    if (!isFree.current)
      camera.current = selectedItem ? fitItem(scene.plane, selectedItem, size) : fit(scene.plane, size);
    redraw();
  }, [scene, selection, highlight, touched]);

  const moveCamera = (to: Camera): void => {
    camera.current = to;
    isFree.current = true;
    redraw();
  };
  const point = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const cellUnder = (event: MouseEvent): Cell | null => {
    const at = point(event);
    const cell = cellAt(camera.current, at.x, at.y);
    return scene ? itemAt(scene.plane, cell.x, cell.y) : null;
  };

  useEffect(() => {
    const node = canvas.current as HTMLCanvasElement;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const at = point(event);
      moveCamera(zoom(camera.current, Math.exp(-event.deltaY / 400), at.x, at.y));
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => node.removeEventListener("wheel", onWheel);
  }, []);

  const drag = useRef<{ x: number; y: number; isMoved: boolean } | null>(null);
  const onPointerDown = (event: PointerEvent): void => {
    drag.current = { ...point(event), isMoved: false };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const at = point(event);
    if (drag.current) {
      const [dx, dy] = [at.x - drag.current.x, at.y - drag.current.y];
      if (!drag.current.isMoved && Math.hypot(dx, dy) < 4) return;
      drag.current = { ...at, isMoved: true };
      if (scene) moveCamera(pan(camera.current, dx, dy, scene.plane, size));
      return;
    }
    const cell = cellUnder(event);
    if (cell?.item === hover.current?.item && cell?.cell === hover.current?.cell) return;
    hover.current = cell;
    setHoverText(cell && scene ? describeCell(scene, cell) : "");
    redraw();
  };
  const onPointerUp = (event: PointerEvent): void => {
    const wasDrag = drag.current?.isMoved;
    drag.current = null;
    if (wasDrag || !scene) return;
    const cell = cellUnder(event);
    if (cell) open(scene, side, cell, selection);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!scene || event.ctrlKey || event.altKey || event.metaKey) return;
    const [middleX, middleY] = [size.width / 2, size.height / 2];
    const direction = { w: [0, -1], a: [-1, 0], s: [0, 1], d: [1, 0] }[event.key.toLowerCase()];
    if (event.key === "+" || event.key === "=") moveCamera(zoom(camera.current, 1.3, middleX, middleY));
    else if (event.key === "-") moveCamera(zoom(camera.current, 1 / 1.3, middleX, middleY));
    else if (event.key === "0") {
      isFree.current = false;
      camera.current = fit(scene.plane, size);
      redraw();
    } else if (direction && event.shiftKey)
      moveCamera(pan(camera.current, -60 * direction[0], -60 * direction[1], scene.plane, size));
    else if (direction) neighbour(scene, side, selection, direction[0], direction[1]);
    else if (event.key !== "Enter") return;
    else if (mine === null || mine.arena < 0) selectFirst(scene, side);
    else if (mine.pool === null) void select({ ...mine, pool: 0 });
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="map-box" ref={box}>
      <canvas
        ref={canvas}
        class="map"
        tabIndex={0}
        role="img"
        aria-label={scene ? describeMap(scene) : "The map of the heap: nothing is open"}
        aria-description="Keys: w a s d move to the next arena or pool, Enter goes in, Escape out; + and − zoom, 0 shows all. The same as a table: button Tables."
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerLeave={() => {
          hover.current = null;
          setHoverText("");
          redraw();
        }}
        onDblClick={() => {
          isFree.current = false;
          void select(null);
        }}
        onKeyDown={onKeyDown}
      />
      {scene?.view.moment.mappedBytes === 0 ? <p class="map-empty">Nothing is mapped at this moment.</p> : null}
      <p class="map-hover" aria-hidden="true">
        {hoverText}
      </p>
    </div>
  );
}
