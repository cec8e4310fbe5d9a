/** "Did you mean": the nearest of a few words, if it is near enough to be meant. */
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** With more candidates than this, looking would take longer than the hint is worth. */
const CANDIDATES_MAX = 10_000;

/** The candidate nearest to `word` by edit distance, or undefined when none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = levenshteinDistance(word, candidate);
    if (distance >= limit) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}
