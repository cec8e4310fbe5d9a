/** Reads the journal of the last run of a module. */
import { isGranted } from "../runtime/permissions.ts";
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import {
  isJournalLocked,
  JOURNAL_FOLDER,
  listJournals,
  listModuleJournals,
} from "./journal_folder.ts";
import { type JournalledRun, parseJournal } from "./parse_journal.ts";

/** The last run of a module and selection. */
export interface LastRun extends JournalledRun {
  /** Whether another process is still writing the journal. */
  readonly isRunning: boolean;
}

/**
 * Reads the last run.
 *
 * @returns The run; undefined if there is no journal.
 * @throws {UsageError} when the journal cannot be read, or the permission to read it is missing.
 */
export function readLastRun(folder: string, key: string): LastRun | undefined {
  checkReadPermission(folder);
  for (const path of journalsIn(folder, key)) {
    // Checked before reading: a run that ends in between is read completely.
    const isRunning = isJournalLocked(`${folder}/${path}`);
    const run = parseJournal(readBytes(folder, path), path);
    // A journal that has not begun does not count.
    if (run) return Object.assign(run, { isRunning });
  }
  return undefined;
}

/**
 * Reads the latest run of a module, of any selection, that has some tasks.
 *
 * @param module The module as in the heads of journals.
 * @returns The run; undefined if there is none.
 * @throws {UsageError} when a journal cannot be read, or the permission to read it is missing.
 */
export function readLatestRun(
  folder: string,
  module: string,
  tasks: readonly string[],
): LastRun | undefined {
  checkReadPermission(folder);
  let latest: LastRun | undefined;
  for (const path of journalsOfModule(folder, module)) {
    const isRunning = isJournalLocked(`${folder}/${path}`);
    const run = parseJournal(readBytes(folder, path), path);
    if (run?.head.module !== module) continue; // another one with the same file name
    const isLatest = latest === undefined || run.head.startedAt > latest.head.startedAt;
    if (!isLatest || !tasks.every((name) => run.head.names.includes(name))) continue;
    latest = Object.assign(run, { isRunning });
  }
  return latest;
}

/** Throws if the permission to read the journals is missing: Deno must not prompt for it. */
function checkReadPermission(folder: string): void {
  const path = `${folder}/${JOURNAL_FOLDER}`;
  if (isGranted({ name: "read", path })) return;
  throw new UsageError(
    `Cannot read the journals in "${JOURNAL_FOLDER}": run with --allow-read=${JOURNAL_FOLDER}`,
  );
}

function journalsIn(folder: string, key: string): string[] {
  return listed(() => listJournals(folder, key));
}

function journalsOfModule(folder: string, module: string): string[] {
  return listed(() => listModuleJournals(folder, module));
}

function listed(list: () => string[]): string[] {
  try {
    return list();
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
