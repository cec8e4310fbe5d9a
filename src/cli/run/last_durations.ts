/** The task durations of the last run, from its journal. */
import { UsageError } from "../../base/errors.ts";
import { readLastRun } from "../../journal/last_run.ts";
import type { Request } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";
import { journalKeyFor } from "./journal_key.ts";

/** The durations of a run. */
export interface LastDurations {
  /** Duration of each task's last attempt by name, in milliseconds, where known. */
  readonly durationsMs: Readonly<Record<string, number>>;
  /** Start of the run, ISO 8601. */
  readonly startedAt: string;
}

/**
 * Reads the durations of the last run of a module with the same selection and shard. Prints a note
 * if the journal cannot be read.
 *
 * @param url The URL of the module.
 * @returns Undefined if there is no such run.
 */
export async function readLastDurations(
  request: Pick<Request, "selection" | "shard" | "modules">,
  url: string,
  system: System,
): Promise<LastDurations | undefined> {
  const { key } = await journalKeyFor(request, url, system);
  const durationsMs: Record<string, number> = Object.create(null);
  try {
    const run = readLastRun(system.folder, key);
    if (run === undefined) return undefined;
    for (const [index, ms] of run.tookMs.entries()) {
      if (ms !== undefined) durationsMs[run.head.names[index]!] = ms;
    }
    return { durationsMs, startedAt: run.head.startedAt };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printNote(system, `no recorded durations: ${error.message}`);
    return undefined;
  }
}
