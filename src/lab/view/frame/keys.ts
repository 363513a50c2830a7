/** Keys that work wherever the focus is, unless it is where one types. */

import { seek, selectUp, step, togglePlay, toMark } from "../../model/actions.js";
import { showTourStep, toggleHelp, toggleTables } from "../../model/controls.js";
import { current } from "../../model/uselab.js";

export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["← →", "one event back, on"],
  ["Shift ← →", "a thousand events"],
  ["[ ]", "to the mark before, the next mark"],
  ["Home End", "to the start, the end"],
  ["Space", "play, stop"],
  ["Escape", "one level up: block, pool, arena, heap"],
  ["t", "maps as tables, and back"],
  ["?", "these keys"],
  ["on the map", ""],
  ["w a s d", "to the next arena, pool or block that way"],
  ["Enter", "into it"],
  ["+ − 0", "larger, smaller, all"],
  ["Shift w a s d", "move the picture"],
  ["on the time line", ""],
  ["+ − 0", "fewer events, more, all"],
];

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea") !== null);

/** Space presses a button, as everywhere. */
const isPressable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest("button, a, summary, input, [role=tab]") !== null;

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const isOnRadio = event.target instanceof HTMLInputElement && event.target.type === "radio";
  const many = event.shiftKey ? 1000 : 1;
  switch (event.key) {
    case "ArrowLeft":
      if (isOnRadio) return;
      void step(-many);
      break;
    case "ArrowRight":
      if (isOnRadio) return;
      void step(many);
      break;
    case "Home":
      void seek(0);
      break;
    case "End":
      void seek(current().info?.events ?? 0);
      break;
    case "[":
      void toMark(-1);
      break;
    case "]":
      void toMark(1);
      break;
    case " ":
      if (isPressable(event.target)) return;
      void togglePlay();
      break;
    case "Escape":
      if (current().isHelpOpen) toggleHelp();
      else if (current().tour !== null) showTourStep(null);
      else void selectUp();
      break;
    case "t":
      toggleTables();
      break;
    case "?":
      toggleHelp();
      break;
    default:
      return;
  }
  event.preventDefault();
}

/** Returns what ends it. */
export function listenForKeys(): () => void {
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
