/** How long the page's own work was for each frame of the map: the last thousand, for whoever measures. */
const KEPT = 1000;
const times: number[] = [];

/** Runs `work` and keeps how many milliseconds it took. */
export function measured(work: () => void): void {
  const start = performance.now();
  work();
  times.push(performance.now() - start);
  if (times.length > KEPT) times.shift();
}

declare global {
  /** Milliseconds of scripted work of the map's last frames, the newest last. */
  var labFrames: readonly number[];
}

globalThis.labFrames = times;
