/** A pool looked into: its header as the struct that it is, its blocks, its free list. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { select } from "../../model/actions.js";
import { useLab } from "../../model/uselab.js";
import { BLOCK_STATES, type PoolView, type SideInfo, type SideView, type TraceInfo } from "../../protocol/index.js";
import { Palette } from "../colour/mapcolours.js";
import { hex, nth, withCommas } from "../format.js";
import type { Size } from "./camera.js";
import { measured } from "./frames.js";
import { blockAt, drawPool, gridOf } from "./pooldraw.js";

export interface PoolMapProps {
  readonly pool: PoolView;
  readonly side: SideInfo;
  readonly view: SideView;
  readonly info: TraceInfo;
}

/** Fields of `struct pool_header`, in its order. */
function headerFields({ header, headerBytes }: PoolView): [name: string, value: string, what: string][] {
  const link = (address: number): string => (address === 0 ? "–" : hex(address));
  return [
    ["ref.count", withCommas(header.count), "blocks in use"],
    ["freeblock", header.freeblock === 0 ? "NULL" : hex(header.freeblock), "head of the free list"],
    ["nextpool", link(header.nextpool), "next of its ring, or of the empty pools"],
    ["prevpool", link(header.prevpool), "previous of its ring"],
    ["arenaindex", String(header.arenaindex), "whose pool this is"],
    ["szidx", header.szidx === null ? "–" : String(header.szidx), "size class"],
    ["nextoffset", withCommas(header.nextoffset), "first untouched block"],
    ["maxnextoffset", withCommas(header.maxnextoffset), `last place for one; header ${headerBytes} bytes`],
  ];
}

export function PoolMap({ pool, side, view, info }: PoolMapProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [hover, setHover] = useState(-1);
  const [theme, colour] = [useLab((s) => s.theme), useLab((s) => s.colour)];
  const selection = useLab((s) => s.selection);
  const position = useLab((s) => s.view?.position ?? 0);
  const palette = useMemo(() => new Palette(theme, colour, side, info, [view]), [theme, colour, side, info, view]);
  const grid = useMemo(() => gridOf(pool, size), [pool, size]);
  const addressOf = (block: number): number => pool.address + pool.headerBytes + block * pool.blockSize;
  const address = selection?.address ?? null;
  const selected =
    address === null || pool.blockSize === 0
      ? -1
      : Math.floor((address - pool.address - pool.headerBytes) / pool.blockSize);

  useEffect(() => {
    const node = box.current as HTMLElement;
    const observer = new ResizeObserver(() => setSize({ width: node.clientWidth, height: node.clientHeight }));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext("2d", { alpha: false });
    if (!node || !context || size.width === 0) return;
    const [width, height] = [size.width, size.height].map((n) => Math.round(n * devicePixelRatio));
    if (node.width !== width || node.height !== height) [node.width, node.height] = [width, height];
    measured(() => {
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      drawPool(context, pool, grid, palette, size, { selected, hover, position });
    });
  }, [pool, grid, palette, size, selected, hover, position]);

  const under = (event: MouseEvent): number => {
    const { left, top } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return blockAt(grid, event.clientX - left, event.clientY - top);
  };
  const choose = (block: number): void => {
    if (block >= 0 && block < pool.capacity && selection) void select({ ...selection, address: addressOf(block) });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const by = { w: -grid.columns, a: -1, s: grid.columns, d: 1 }[event.key];
    if (by !== undefined) choose(selected < 0 ? 0 : Math.min(Math.max(selected + by, 0), pool.capacity - 1));
    else if (event.key === "Enter") choose(Math.max(selected, 0));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hovered =
    hover < 0
      ? ""
      : `block ${hover} at ${hex(addressOf(hover))}, offset ${pool.headerBytes + hover * pool.blockSize}: ` +
        BLOCK_STATES[pool.blockState[hover]] +
        (pool.freeIndex[hover] >= 0 ? `, ${nth(pool.freeIndex[hover] + 1)} of the free list` : "") +
        (pool.id[hover] >= 0 ? `, id ${pool.id[hover]}, ${pool.asked[hover]} bytes asked for` : "");
  return (
    <div class="pool-view">
      <dl class="struct" aria-label="struct pool_header">
        {headerFields(pool).map(([name, value, what]) => (
          <div key={name} title={what}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="map-box" ref={box}>
        <canvas
          ref={canvas}
          class="map"
          tabIndex={0}
          role="img"
          aria-label={`Pool ${pool.index} of arena ${pool.arenaOrdinal}: ${pool.header.count} of ${pool.capacity} blocks of ${pool.blockSize} bytes are allocated`}
          aria-description="Keys: w a s d move from block to block, Escape goes out. The same as a table: button Tables."
          onPointerMove={(event) => setHover(under(event))}
          onPointerLeave={() => setHover(-1)}
          onClick={(event) => choose(under(event))}
          onKeyDown={onKeyDown}
        />
        <p class="map-hover" aria-hidden="true">
          {hovered}
        </p>
      </div>
    </div>
  );
}
