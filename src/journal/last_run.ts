/** The last run of a module, as its journal has it. */
import { UsageError } from "../base/errors.ts";
import { listJournals } from "./journal_folder.ts";
import { type JournalledRun, parseJournal } from "./read_journal.ts";

/**
 * What is known of the last run.
 *
 * @returns Undefined when nothing is.
 * @throws {UsageError} when its journal cannot be read.
 */
export function lastRun(folder: string, key: string): JournalledRun | undefined {
  for (const path of listJournals(folder, key)) {
    const run = parseJournal(readBytes(folder, path), path);
    if (run) return run; // else it has not begun, and the one before it counts
  }
  return undefined;
}

function readBytes(folder: string, path: string): Uint8Array {
  try {
    return Deno.readFileSync(`${folder}/${path}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read the journal "${path}": ${why}`);
  }
}
