/** A block looked into: its bytes in rows of sixteen, and what each of them is for. */
import type { BlockPlace, SideInfo } from "../../protocol/index.js";
import { hex } from "../format.js";

const PARTS: Readonly<Record<BlockPlace["parts"][number]["what"], string>> = {
  asked: "the holder's",
  managed: "pointers to its managed weakrefs and dict",
  "gc-head": "PyGC_Head: its neighbours in a generation",
  ob_refcnt: "ob_refcnt",
  ob_type: "ob_type",
  object: "the rest of the object",
  rounding: "rounded up to the size of its class",
  link: "the next free block of this pool",
  "left-over": "left over from its last holder",
  untouched: "never handed out",
  unknown: "not known",
};

const ROW = 16;
/** Rows of a block of 512 bytes; a custom threshold may be more. */
const MOST_ROWS = 64;

/** The bytes of a link as memory has them: little-endian, as wide as a pointer. */
function linkByte(place: BlockPlace, at: number, pointerBytes: number): string {
  if (at >= pointerBytes) return "··";
  const byte = at < 4 ? ((place.nextFree ?? 0) >>> (8 * at)) & 255 : 0;
  return byte.toString(16).padStart(2, "0");
}

export function BlockBytes({ place, side }: { place: BlockPlace; side: SideInfo }) {
  const pointerBytes = side.pointerBits / 8;
  const partAt = (at: number): BlockPlace["parts"][number] | undefined =>
    place.parts.find(({ offset, bytes }) => at >= offset && at < offset + bytes);
  const text = (at: number): string => {
    const part = partAt(at);
    if (part?.what === "link") return linkByte(place, at - part.offset, pointerBytes);
    return place.bytes?.[at]?.toString(16).padStart(2, "0") ?? "··";
  };
  const rows = Array.from({ length: Math.min(Math.ceil(place.size / ROW), MOST_ROWS) }, (_, row) => row * ROW);
  return (
    <section class="block-bytes" aria-label="Bytes of the block">
      <table class="hex">
        <caption>
          Block {place.blockIndex} at {hex(place.blockAddress)}: {place.size} bytes, {place.state}
        </caption>
        <tbody>
          {rows.map((start) => (
            <tr key={start}>
              <th scope="row">+{start}</th>
              {Array.from({ length: Math.min(ROW, place.size - start) }, (_, i) => (
                <td key={i} class={`part-${partAt(start + i)?.what ?? "unknown"}`}>
                  {text(start + i)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <ul class="part-legend">
        {place.parts.map(({ what, offset, bytes }) => (
          <li key={offset}>
            <span class={`swatch part-${what}`} />
            {bytes} bytes from +{offset}: {PARTS[what]}
            {what === "link" ? (place.nextFree ? `, ${hex(place.nextFree)}` : ", NULL: the last of the list") : ""}
          </li>
        ))}
        {place.bytes === null ? <li class="dim">·· a trace records requests, not contents</li> : null}
      </ul>
    </section>
  );
}
