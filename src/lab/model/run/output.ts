/**
 * What a script prints, as the page keeps it: the last of it, in pieces of one stream each. A script may print a hundred thousand lines a
 * second, so that what came is shown several times a second and not at each line.
 */
import { Store } from "../store.js";

export interface Piece {
  /** `page`: what the page says of the run. */
  readonly stream: "stdout" | "stderr" | "page";
  readonly text: string;
}

export interface Output {
  readonly pieces: readonly Piece[];
  /** Whether there was more before the first piece. */
  readonly isCut: boolean;
}

const NONE: Output = { pieces: [], isCut: false };
export const output = new Store<Output>(NONE);

const PAUSE_MS = 50;
/** Characters that are kept, and after how many a piece is followed by another. */
const MOST = 200_000;
const PIECE = 4000;

let coming: Piece[] = [];
let comingLength = 0;
let timer: ReturnType<typeof setTimeout> | null = null;

export function clearOutput(): void {
  if (timer !== null) clearTimeout(timer);
  [coming, comingLength, timer] = [[], 0, null];
  output.set(NONE);
}

export function print(stream: "stdout" | "stderr", text: string): void {
  coming.push({ stream, text });
  comingLength += text.length;
  if (comingLength > MOST) show();
  else timer ??= setTimeout(show, PAUSE_MS);
}

/** A line of the page's own, at once. */
export function say(line: string): void {
  const last = coming.at(-1) ?? output.state.pieces.at(-1);
  const isInLine = last !== undefined && !last.text.endsWith("\n");
  coming.push({ stream: "page", text: `${isInLine ? "\n" : ""}${line}\n` });
  show();
}

function show(): void {
  if (timer !== null) clearTimeout(timer);
  const pieces = [...output.state.pieces];
  for (const { stream, text } of coming) {
    const last = pieces.at(-1);
    if (last?.stream === stream && last.text.length < PIECE)
      pieces[pieces.length - 1] = { stream, text: last.text + text };
    else pieces.push({ stream, text });
  }
  [coming, comingLength, timer] = [[], 0, null];
  const kept = lastOf(pieces);
  output.set({ pieces: kept, isCut: output.state.isCut || kept[0] !== pieces[0] });
}

/** The last `MOST` characters. */
function lastOf(pieces: readonly Piece[]): Piece[] {
  const kept: Piece[] = [];
  let room = MOST;
  for (let at = pieces.length - 1; at >= 0 && room > 0; at--) {
    const piece = pieces[at];
    kept.unshift(piece.text.length <= room ? piece : { ...piece, text: piece.text.slice(-room) });
    room -= piece.text.length;
  }
  return kept;
}
