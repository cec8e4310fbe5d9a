/**
 * "Did you mean" hints. Own code rather than a package, because every worker that loads a user's
 * module loads this file.
 */

/**
 * Maximum number of candidates compared: with more, the search would take longer than the hint is
 * worth.
 */
const CANDIDATES_MAX = 10_000;

/**
 * Returns the candidate nearest to `word` by edit distance, or undefined if none is near. The same
 * word in different case is nearest.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best = candidates.slice(0, CANDIDATES_MAX).find((it) => it.toLowerCase() === lower);
  if (best !== undefined) return best;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = editDistance(word, candidate);
    // A candidate that shares no character is another word: "x" is no misspelling of "a".
    if (distance >= limit || distance >= Math.max(word.length, candidate.length)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/**
 * The end of a message about an unknown word: `; did you mean "load"?`; empty if no candidate is
 * near.
 */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/**
 * The Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions
 * and transpositions ("laod") count one each.
 */
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
