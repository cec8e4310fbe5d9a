/** The last run of a module, as its journal has it. */
import { isGranted } from "../runtime/permissions.ts";
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import { isHeld, JOURNAL_FOLDER, listJournals } from "./journal_folder.ts";
import { type JournalledRun, parseJournal } from "./read_journal.ts";

/** A run, and whether somebody still writes its journal. */
export interface LastRun extends JournalledRun {
  readonly isRunning: boolean;
}

/**
 * What is known of the last run.
 *
 * @returns Undefined when nothing is.
 * @throws {UsageError} when its journal cannot be read, or may not be.
 */
export function lastRun(folder: string, key: string): LastRun | undefined {
  refuseForbidden(folder);
  for (const path of journalsIn(folder, key)) {
    const isRunning = isHeld(`${folder}/${path}`); // first: what ends in the meantime is read to its end
    const run = parseJournal(readBytes(folder, path), path);
    if (run) return Object.assign(run, { isRunning }); // else it has not begun, and the one before it counts
  }
  return undefined;
}

/** Nobody is asked for leave: a run does without, or is refused. */
function refuseForbidden(folder: string): void {
  const path = `${folder}/${JOURNAL_FOLDER}`;
  if (isGranted({ name: "read", path })) return;
  throw new UsageError(
    `Cannot read the journals in "${JOURNAL_FOLDER}": run with --allow-read=${JOURNAL_FOLDER}`,
  );
}

function journalsIn(folder: string, key: string): string[] {
  try {
    return listJournals(folder, key);
  } catch (error) {
    throw new UsageError(`Cannot read the journals in "${JOURNAL_FOLDER}": ${errorText(error)}`);
  }
}

function readBytes(folder: string, path: string): Uint8Array {
  try {
    return Deno.readFileSync(`${folder}/${path}`);
  } catch (error) {
    throw new UsageError(`Cannot read the journal "${path}": ${errorText(error)}`);
  }
}
