/**
 * Reads the task durations of the last runs from their journals, for the estimate of the remaining
 * time. Results are not decoded: only the beginning of each line is read.
 */
import { isGranted } from "../runtime/permissions.ts";
import type { RecordedDurations } from "../events/run_estimate.ts";
import { JOURNAL_FOLDER, listJournals } from "./journal_folder.ts";
import { JOURNAL_VERSION, type JournalHead } from "./journal_format.ts";

/** Maximum size of a journal that is read, in bytes: reading it takes about 10 ms. */
const SIZE_MAX = 8 * 1024 * 1024;

const OUTCOME = /^\{"(passed|failed|skipped|cancelled)":(\d+)(?:,"ms":([\d.]+))?/gm;

/**
 * Reads the duration of each task's last attempt, by name: from the last run, and for other tasks
 * from the run before it, since a rerun does not repeat tasks that passed. The duration is 0 for a
 * task that was skipped in a run without failures.
 *
 * @returns The durations; empty if there are no readable journals. Never throws.
 */
export function readRecordedDurations(folder: string, key: string): RecordedDurations {
  const durationsMs = new Map<string, number>();
  if (!isGranted({ name: "read", path: `${folder}/${JOURNAL_FOLDER}` })) return durationsMs;
  try {
    for (const path of listJournals(folder, key)) {
      addDurations(`${folder}/${path}`, durationsMs);
    }
  } catch {
    // an estimate is not worth a message: `--rerun-failed` reports damaged journals
  }
  return durationsMs;
}

function addDurations(path: string, durationsMs: Map<string, number>): void {
  if (Deno.statSync(path).size > SIZE_MAX) return;
  const text = Deno.readTextFileSync(path);
  const { journal, names }: JournalHead = JSON.parse(text.slice(0, text.indexOf("\n")));
  if (journal !== JOURNAL_VERSION) return;
  const skipped: string[] = [];
  let isGreen = true;
  for (const [, status, index, ms] of text.matchAll(OUTCOME)) {
    const name = names[Number(index)];
    if (name === undefined || durationsMs.has(name)) continue;
    if (ms !== undefined) durationsMs.set(name, Number(ms));
    else if (status === "skipped") skipped.push(name);
    if (status === "failed" || status === "cancelled") isGreen = false;
  }
  if (isGreen) { for (const name of skipped) durationsMs.set(name, 0); }
}
