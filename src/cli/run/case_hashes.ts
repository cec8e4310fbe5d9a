/** Hashes of case values: a rerun compares them to detect changed cases. */
import { sha256 } from "../../runtime/sha256.ts";
import type { RunCases } from "../../lane/run_cases.ts";
import { caseName } from "../../task/cases.ts";

/**
 * Maximum length, in UTF-16 units, of a value that is stored as it is. Hashing 10,000 values takes
 * 0.3 s, and most cases are file names or numbers.
 */
const PLAIN_LENGTH = 64;

/**
 * Hashes the value of each case, by task name. The hash is null where a value cannot be compared
 * across processes: a function may capture any variable.
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
