/** "Did you mean" hints. */
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * Maximum number of candidates compared: with more, the search would take longer than the hint is
 * worth.
 */
const CANDIDATES_MAX = 10_000;

/**
 * Returns the candidate nearest to `word` by Levenshtein distance, regardless of case, or undefined
 * if none is near.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const similar = candidates.slice(0, CANDIDATES_MAX)
    .filter((it) => Math.abs(it.length - word.length) <= limit);
  if (similar.length === 0) return undefined;
  const best = closestString(word, similar);
  return isTypo(word.toLowerCase(), best.toLowerCase(), limit) ? best : undefined;
}

/**
 * Whether two words are some edits apart, or have two letters swapped ("laod", "load"). Words that
 * share no letter are different words: "x" is no typo of "a".
 *
 * @param limit Maximum number of edits.
 */
export function isTypo(word: string, other: string, limit: number): boolean {
  const distance = levenshteinDistance(word, other);
  const isSwapped = distance === 2 && [...word].sort().join() === [...other].sort().join();
  return isSwapped || (distance <= limit && distance < Math.max(word.length, other.length));
}

/**
 * The end of a message about an unknown word: `; did you mean "load"?`; empty if no candidate is
 * near.
 */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}
