/**
 * "Did you mean": the nearest of a few words, if it is near enough to be meant. Our own dozen lines
 * rather than a package, because every worker that loads a user's module loads this file.
 */

/** With more candidates than this, looking would take longer than the hint is worth. */
const CANDIDATES_MAX = 10_000;

/**
 * The candidate nearest to `word` by edit distance, or undefined when none is near. Nothing is nearer than
 * the same word in capitals.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best = candidates.slice(0, CANDIDATES_MAX).find((it) => it.toLowerCase() === lower);
  if (best !== undefined) return best;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = editDistance(word, candidate);
    // A word of which no letter is left is another word: "x" is no slip for "a".
    if (distance >= limit || distance >= Math.max(word.length, candidate.length)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/** What ends a message about a word that means nothing: `; did you mean "load"?`, if one is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** Insertions, deletions, substitutions, and swaps of neighbours ("laod"), each counted as one. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? beforePrevious[j - 2]! + 1 : Infinity;
      current.push(Math.min(substitution, swap, previous[j]! + 1, current[j - 1]! + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
