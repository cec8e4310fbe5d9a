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
  const near = closest(word, candidates) ?? onlyContaining(word, candidates);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** Minimum length of a part within a name: fewer letters are in too many names. */
const PART_MIN = 3;

/** The only candidate that contains a word, regardless of case; undefined if there are several. */
function onlyContaining(word: string, candidates: readonly string[]): string | undefined {
  if (word === "") return undefined;
  const part = word.toLowerCase();
  const containing = candidates.slice(0, CANDIDATES_MAX)
    .filter((candidate) => candidate.toLowerCase().includes(part));
  // A part that ends a name is a better match: "D" of "load", "sterilize_D".
  const ending = containing.filter((candidate) => candidate.toLowerCase().endsWith(`_${part}`));
  if (ending.length === 1) return ending[0];
  return containing.length === 1 && part.length >= PART_MIN ? containing[0] : undefined;
}
