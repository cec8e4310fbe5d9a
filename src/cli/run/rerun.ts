/** `--rerun-failed`: what is taken over from the last run, and what runs again. */
import { NothingToRunError, UsageError } from "../../base/errors.ts";
import { abbreviateList, onOneLine, plural, quoteList } from "../../base/text_format.ts";
import type { Graph } from "../../graph/graph.ts";
import { selectTasks } from "../../graph/select.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import type { JournalHead } from "../../journal/journal_format.ts";
import { type LastRun, lastRun } from "../../journal/last_run.ts";
import { planRerun, type RerunPlan } from "../../journal/plan_rerun.ts";
import type { JournalledRun } from "../../journal/read_journal.ts";
import { timestamp } from "../../report/timestamp.ts";
import { formatPathStep } from "../../state/replica/value_encoder.ts";
import { moduleVersion } from "../../task/load.ts";
import type { System } from "../system/system.ts";
import { journalKeyFor, selects } from "./journal_key.ts";
import type { Request } from "../args/request.ts";

/** The tasks to run. */
export interface ReusedResults {
  readonly graph: Graph;
  /** Results of tasks that are not run, since they have passed before. */
  readonly taken: ReadonlyMap<string, unknown>;
  /** The keys of the state that those tasks had written, of those that had. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
  /** The head of the last run's journal, if the run goes on from there. */
  readonly resumed?: JournalHead;
}

/** What is to be run, were there no journal. */
export interface Selected {
  readonly url: string;
  /** All tasks of the module. */
  readonly all: Graph;
  /** Those selected, without the mocked. */
  readonly selected: Graph;
  /** Hashes of the values of cases, by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
}

/**
 * Goes on with the last run of a module, and says what that means.
 *
 * @throws {UsageError} when there was none, its journal cannot be read, or the graph has changed.
 * @throws {NothingToRunError} when all is done.
 */
export async function reuseResults(
  request: Request,
  { url, all, selected, cases }: Selected,
  system: System,
): Promise<ReusedResults> {
  const { key } = await journalKeyFor(request, url, system);
  const run = lastRun(system.folder, key);
  if (run === undefined) throw noJournal(request);
  const when = `the run of ${minuteOf(run.head.startedAt)}`;
  if (run.isRunning && !request.force) {
    throw new UsageError(
      `Cannot rerun what failed: ${when} has not ended (process ${run.head.pid}); wait for it, or use ` +
        "--force to run beside it what it has not finished",
    );
  }
  const { mocks, skipDependents } = request;
  const plan = planRerun({ graph: selected, all, mocks, cases, skipDependents }, run);
  const changes = changesOf(plan);
  if (changes.length > 0 && !request.force) {
    throw new UsageError(
      `Cannot rerun what failed: since ${when}, ${changes.join(", and ")}; ` +
        "run all tasks, or use --force to take over what still fits",
    );
  }
  const { taken, idle, rerun } = plan;
  if (rerun.length === 0) throw nothingLeft(plan, when);
  for (const change of changes) system.err(`Note: since ${when}, ${change}`);
  for (const note of notesOn(plan, run, when)) system.err(`Note: ${note}`);
  if (await hasChanged(run, url)) {
    system.err(`Note: "${request.module}" has changed since; what passed is taken over as it was`);
  }
  const graph = selectTasks(selected, { mocked: [...taken.keys(), ...idle] });
  return { graph, taken, wrote: plan.wrote, resumed: run.head };
}

/** `2026-11-24 03:00`, local time. */
function minuteOf(time: string): string {
  return timestamp(new Date(time)).replace(/:\d\d,\d+$/, "");
}

function noJournal({ module, selection }: Request): UsageError {
  const why = selects(selection)
    ? `there is no journal of a run of "${module}" with this selection in "${JOURNAL_FOLDER}"; ` +
      "a selection goes on with the last run that had the same"
    : `there is no journal of a run of "${module}" in "${JOURNAL_FOLDER}"; run it once without ` +
      "--rerun-failed, in this folder";
  return new UsageError(`Cannot rerun what failed: ${why}`);
}

function changesOf({ gone, rewired }: RerunPlan): string[] {
  return [
    ...(gone.length === 0 ? [] : [`${quoteList(gone)} ${gone.length === 1 ? "is" : "are"} gone`]),
    ...(rewired.length === 0 ? [] : [
      `${quoteList(rewired)} ${rewired.length === 1 ? "comes" : "come"} after other tasks`,
    ]),
  ];
}

function nothingLeft({ taken, omitted, idle }: RerunPlan, when: string): NothingToRunError {
  const passed = `${plural(taken.size + omitted.length, "task")} passed in ${when}`;
  return new NothingToRunError(
    idle.length === 0
      ? `Nothing to rerun: all ${passed}`
      : `Nothing to rerun: ${passed}, and there is no failure for ${quoteList(idle)} to wait for`,
  );
}

function notesOn(
  { rerun, taken, omitted, revalued, wrote }: RerunPlan,
  run: LastRun,
  when: string,
): string[] {
  const { head, tasks, finishedAt, isRunning } = run;
  const isCut = finishedAt === undefined;
  const all = plural(taken.size + rerun.length, "task");
  const cut = isRunning ? ", which has not ended" : isCut ? ", which was cut short" : "";
  const notes = [`going on with ${when}${cut}; taken over as passed: ${taken.size} of ${all}`];
  // Where a run was killed for what a task did (its memory, say), this tells which it may have been.
  const running = head.names.filter((_, place) => tasks[place]?.status === "started");
  if (isCut && running.length > 0) {
    const since = isRunning ? "there, and may still be" : "when it was cut short";
    notes.push(`${quoteList(running)} ${were(running)} running ${since}`);
  }
  const keys = [...new Set([...wrote.values()].flat())].sort();
  if (keys.length > 0) {
    const paths = keys.map((key) => onOneLine(`state${formatPathStep(key)}`));
    notes.push(
      `${abbreviateList(paths, NAMES_MAX)} ${
        were(keys)
      } written by tasks that are taken over, and these ` +
        "writes are not repeated",
    );
  }
  if (revalued.length > 0) {
    const run = revalued.length === 1 ? "runs" : "run";
    notes.push(
      `${
        quoteList(revalued, NAMES_MAX)
      } ${run} again: the value of the case has changed, or cannot be compared`,
    );
  }
  if (omitted.length > 0) {
    const [run, result] = omitted.length === 1 ? ["runs", "its result"] : ["run", "their results"];
    notes.push(
      `${quoteList(omitted)} ${run} again: ${result} ${were(omitted)} too large to be kept`,
    );
  }
  return notes;
}

/** A note is one line. */
const NAMES_MAX = 5;

function were({ length }: readonly unknown[]): string {
  return length === 1 ? "was" : "were";
}

async function hasChanged({ head }: JournalledRun, url: string): Promise<boolean> {
  return head.hash !== null && head.hash !== await moduleVersion(url);
}
