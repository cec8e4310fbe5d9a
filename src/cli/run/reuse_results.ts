/** `--rerun-failed`: reuses results of the last run. */
import { NothingToRunError, UsageError } from "../../base/errors.ts";
import { abbreviateList, onOneLine, plural, quoteList } from "../../base/text_format.ts";
import type { Graph } from "../../graph/graph.ts";
import { withoutResources } from "../../graph/resources.ts";
import { selectTasks } from "../../graph/select.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import type { JournalHead } from "../../journal/journal_format.ts";
import { type LastRun, readLastRun } from "../../journal/last_run.ts";
import { planRerun, type RerunPlan } from "../../journal/plan_rerun.ts";
import type { JournalledRun } from "../../journal/parse_journal.ts";
import { formatMinute } from "../../report/timestamp.ts";
import { formatPathStep } from "../../state/replica/value_encoder.ts";
import { moduleVersion } from "../../task/load.ts";
import type { System } from "../system/system.ts";
import { hasSelection, journalKeyFor } from "./journal_key.ts";
import type { Request } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";

/** The tasks to run, and the results of those that are not run. */
export interface ReusedResults {
  readonly graph: Graph;
  /** Results of tasks that passed in the last run and are not run again. */
  readonly reused: ReadonlyMap<string, unknown>;
  /** The keys of the state that those tasks wrote, for tasks that wrote any. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
  /** In a watch, values of the resources that earlier rounds hold for this one. */
  readonly held?: ReadonlyMap<string, unknown>;
  /** The head of the last run's journal, in a rerun. */
  readonly resumed?: JournalHead;
}

/** The tasks that would run without a journal. */
export interface RerunInput {
  readonly url: string;
  /** All tasks of the module. */
  readonly all: Graph;
  /** The selected tasks without the mocked ones. */
  readonly selected: Graph;
  /** Hashes of the values of cases, by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
}

/**
 * Plans the rerun of a module's last run, and prints notes on the differences.
 *
 * @throws {UsageError} when there is no last run, its journal is unreadable, or the graph changed.
 * @throws {NothingToRunError} when there is nothing to rerun.
 */
export async function reuseResults(
  request: Request,
  { url, all, selected, cases }: RerunInput,
  system: System,
): Promise<ReusedResults> {
  const { key } = await journalKeyFor(request, url, system);
  const run = readLastRun(system.folder, key);
  if (run === undefined) throw noJournalError(request);
  const when = `the run of ${formatMinute(run.head.startedAt)}`;
  if (run.isRunning && !request.force) {
    throw new UsageError(
      `Cannot rerun failed tasks: ${when} is still active (process ${run.head.pid}); wait for it, or use ` +
        "--force to run its unfinished tasks concurrently",
    );
  }
  const { mocks, skipDependents } = request;
  const graphOfTasks = withoutResources(selected);
  const plan = planRerun({ graph: graphOfTasks, all, mocks, cases, skipDependents }, run);
  const changes = graphChanges(plan);
  if (changes.length > 0 && !request.force) {
    throw new UsageError(
      `Cannot rerun failed tasks: since ${when}, ${changes.join(", and ")}; ` +
        "run all tasks, or use --force to reuse the results that still apply",
    );
  }
  const { reused, idle, rerun } = plan;
  if (rerun.length === 0) throw nothingToRerunError(plan, when);
  for (const change of changes) printNote(system, `since ${when}, ${change}`);
  for (const note of rerunNotes(plan, run, when)) printNote(system, note);
  if (await hasModuleChanged(run, url)) {
    printNote(
      system,
      `"${request.module}" has changed since; the results of passed tasks are reused`,
    );
  }
  const graph = selectTasks(selected, { mocked: [...reused.keys(), ...idle] });
  return { graph, reused, wrote: plan.wrote, resumed: run.head };
}

function noJournalError({ module, selection }: Request): UsageError {
  const why = hasSelection(selection)
    ? `no run of "${module}" with this selection is recorded in "${JOURNAL_FOLDER}"; ` +
      "each selection is rerun from its own last run"
    : `no run of "${module}" is recorded in "${JOURNAL_FOLDER}"; run the module once without ` +
      "--rerun-failed in this folder";
  return new UsageError(`Cannot rerun failed tasks: ${why}`);
}

function graphChanges({ removed, rewired }: RerunPlan): string[] {
  return [
    ...(removed.length === 0 ? [] : [`${quoteList(removed)} ${were(removed)} removed`]),
    ...(rewired.length === 0 ? [] : [
      `${quoteList(rewired)} ${rewired.length === 1 ? "has" : "have"} other dependencies`,
    ]),
  ];
}

function nothingToRerunError(
  { reused, omitted, idle }: RerunPlan,
  when: string,
): NothingToRunError {
  const passed = `${plural(reused.size + omitted.length, "task")} passed in ${when}`;
  return new NothingToRunError(
    idle.length === 0
      ? `Nothing to rerun: all ${passed}`
      : `Nothing to rerun: ${passed}, and ${quoteList(idle)} ${
        idle.length === 1 ? "runs" : "run"
      } only after a failure`,
  );
}

function rerunNotes(
  { rerun, reused, omitted, revalued, wrote }: RerunPlan,
  run: LastRun,
  when: string,
): string[] {
  const { head, tasks, finishedAt, isRunning } = run;
  const isUnfinished = finishedAt === undefined;
  const all = plural(reused.size + rerun.length, "task");
  const endNote = isRunning
    ? ", which is still active"
    : isUnfinished
    ? ", which was interrupted"
    : "";
  const notes = [`rerunning ${when}${endNote}; results reused: ${reused.size} of ${all}`];
  // If a run was killed because of a task (its memory use, for example), this lists the suspects.
  const running = head.names.filter((_, index) => tasks[index]?.status === "started");
  if (isUnfinished && running.length > 0) {
    const since = isRunning ? "in that run, and may still be" : "when that run was interrupted";
    notes.push(`${quoteList(running)} ${were(running)} running ${since}`);
  }
  const keys = [...new Set([...wrote.values()].flat())].sort();
  if (keys.length > 0) {
    const paths = keys.map((key) => onOneLine(`state${formatPathStep(key)}`));
    notes.push(
      `${abbreviateList(paths, NAMES_MAX)} ${
        were(keys)
      } written by tasks whose results are reused; these ` +
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
      `${quoteList(omitted)} ${run} again: ${result} ${were(omitted)} too large to be stored`,
    );
  }
  return notes;
}

/** Maximum number of names in a note, which is one line. */
const NAMES_MAX = 5;

function were({ length }: readonly unknown[]): string {
  return length === 1 ? "was" : "were";
}

async function hasModuleChanged({ head }: JournalledRun, url: string): Promise<boolean> {
  return head.hash !== null && head.hash !== await moduleVersion(url);
}
