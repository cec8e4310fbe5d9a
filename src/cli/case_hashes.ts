/** Hashes of the values of cases, by which a later run knows whether a case is the same. */
import { sha256 } from "../journal/journal_folder.ts";
import { caseName } from "../task/cases.ts";
import type { RunCases } from "../pool/run_cases.ts";

/**
 * The hash of each case's value, by the name of its task; null where the value cannot be compared with that
 * of another process: a function may enclose anything.
 */
export async function caseHashes(run: RunCases = []): Promise<Map<string, string | null>> {
  const entries = run.flatMap(([task, cases]) =>
    cases.map(async ({ key, text, isShareable }) =>
      [caseName(task, key), isShareable ? await sha256(text) : null] as const
    )
  );
  return new Map(await Promise.all(entries));
}
