/** The word that somebody who mistyped one may have meant. */

/** The candidate that `word` begins, or that differs least from it; `null` if all differ in more than a third of its letters. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: candidate.startsWith(word) ? 0 : editsBetween(word, candidate) }))
    .filter(({ edits }) => edits <= Math.floor(word.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate ?? null;
}

/** The least number of letters inserted, deleted, replaced, or swapped with the next one, that turns `a` into `b`. */
function editsBetween(a: string, b: string): number {
  let [before, above] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + Number(a[i - 1] !== b[j - 1]));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length];
}
