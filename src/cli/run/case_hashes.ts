/** Hashes of the values of cases, by which a later run knows whether a case is the same. */
import { sha256 } from "../../journal/journal_folder.ts";
import type { RunCases } from "../../lane/run_cases.ts";
import { caseName } from "../../task/cases.ts";

/**
 * A text of this length stands for itself: to hash 10,000 of them takes 0.3 s, and most cases are names of
 * files, or numbers.
 */
const PLAIN_LENGTH = 64;

/**
 * A hash of each case's value, by the name of its task; null where the value cannot be compared with that of
 * another process: a function may enclose anything.
 */
export async function caseHashes(run: RunCases = []): Promise<Map<string, string | null>> {
  const hashes = new Map<string, string | null>();
  for (const [task, cases, strings] of run) {
    const ofStrings = strings.length === 0 ? "" : await sha256(JSON.stringify(strings));
    const found: string[] = [];
    for (const { key, text, isShareable, needs, hasStrings } of cases) {
      const parts = [text, ...needs.map((distance) => found[found.length - distance]!)];
      if (hasStrings) parts.push(ofStrings);
      const isPlain = parts.length === 1 && text.length <= PLAIN_LENGTH;
      found.push(isPlain ? text : await sha256(parts.join()));
      hashes.set(caseName(task, key), isShareable ? found.at(-1)! : null);
    }
  }
  return hashes;
}
