/** `--results=last`: results of the last run for dependencies that are not selected. */
import { UsageError } from "../../base/errors.ts";
import { quoteList } from "../../base/text_format.ts";
import type { Graph } from "../../graph/graph.ts";
import { withoutResources } from "../../graph/resources.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import { type LastRun, readLatestRun } from "../../journal/last_run.ts";
import type { JournalledTask } from "../../journal/parse_journal.ts";
import { formatMinute } from "../../report/timestamp.ts";
import type { NamedTask } from "../../task/task.ts";
import type { Request } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";
import { journalKeyFor } from "./journal_key.ts";

/** The tasks of a module, and what is compared with those of the last run. */
export interface CurrentTasks {
  readonly url: string;
  /** All tasks of the module. */
  readonly all: Graph;
  /** The selected tasks. */
  readonly selected: Graph;
  /** Dependencies of the selected tasks that are not selected. */
  readonly unselected: readonly NamedTask[];
  /** Hashes of the functions' sources by task without its case. */
  readonly code: ReadonlyMap<string, string>;
  /** Hashes of case values by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
}

/**
 * Reads the results of the dependencies that are not selected, from the latest run of the module
 * that has all of them. A dependency without a result is left out if only tasks that run after
 * failures depend on it.
 *
 * @throws {UsageError} when there is no such run or no such result, or a dependency has changed and
 * `--force` is not given.
 */
export async function lastResults(
  request: Request,
  tasks: CurrentTasks,
  system: System,
): Promise<ReadonlyMap<string, unknown>> {
  const names = tasks.unselected.map(({ name }) => name);
  if (names.length === 0) return new Map();
  const { module } = await journalKeyFor(request, tasks.url, system);
  const run = readLatestRun(system.folder, module, names);
  if (run === undefined) {
    throw new UsageError(
      `Cannot use the last results: no run of "${request.module}" in "${JOURNAL_FOLDER}" has ${
        quoteList(names, NAMES_MAX)
      }; run ${names.length === 1 ? "it" : "them"} once`,
    );
  }
  const when = `the run of ${formatMinute(run.head.startedAt)}`;
  const changed = changedTasks(tasks, run);
  if (changed.length > 0 && !request.force) {
    throw new UsageError(
      `Cannot use the results of ${when}: ${quoteList(changed, NAMES_MAX)} ${
        changed.length === 1 ? "has" : "have"
      } changed since; run the dependencies, or use --force`,
    );
  }
  const results = resultsOf(names, tasks, run, when);
  printNote(system, `results of ${when}: ${quoteList([...results.keys()], NAMES_MAX)}`);
  return results;
}

/** Maximum number of names in a message, which is one line. */
const NAMES_MAX = 5;

/** The tasks that the results depend on, and that are not as they were. */
function changedTasks(current: CurrentTasks, { head }: LastRun): string[] {
  const { unselected, code, cases } = current;
  const all = withoutResources(current.all); // as in the journal
  const codeThen = new Map(head.code);
  const casesThen = new Map(head.cases);
  const indexes = new Map(head.names.map((name, index) => [name, index]));
  const given = new Set(head.given.map(([name]) => name));
  const seen = new Set(unselected.map(({ name }) => all.idOf(name)!));
  for (const id of seen) { // the set grows during the iteration
    if (!given.has(all.names[id]!)) {
      all.dependenciesOf(id).forEach((other) => seen.add(other as typeof id));
    }
  }
  return [...seen].filter((id) => {
    const { name, caseOf } = all.tasks[id]!;
    const index = indexes.get(name);
    if (index === undefined) return !given.has(name);
    const base = caseOf ?? name;
    const after = head.after[index]!.map((other) => head.names[other]!);
    const now = Array.from(all.dependenciesOf(id), (other) => all.names[other]!);
    return codeThen.get(base) !== code.get(base) || casesThen.get(name) !== cases.get(name) ||
      cases.get(name) === null ||
      now.some((other) => !given.has(other) && !after.includes(other));
  }).map((id) => all.names[id]!).sort();
}

function resultsOf(
  names: readonly string[],
  { all, selected }: CurrentTasks,
  { head, tasks }: LastRun,
  when: string,
): Map<string, unknown> {
  const results = new Map<string, unknown>();
  for (const name of names) {
    const last = tasks[head.names.indexOf(name)];
    if (last?.status === "passed") {
      results.set(name, last.result);
      continue;
    }
    const isNeeded = selected.tasks.some((task) =>
      (task.policy?.when ?? "passed") === "passed" &&
      all.dependenciesOf(all.idOf(task.name)!).includes(all.idOf(name)!)
    );
    if (isNeeded) {
      throw new UsageError(`Cannot use the results of ${when}: ${reasonFor(name, last?.status)}`);
    }
  }
  return results;
}

/** The reason why a task has no result. */
function reasonFor(name: string, status: JournalledTask["status"] | undefined): string {
  const task = quoteList([name]);
  switch (status) {
    case "omitted":
      return `the result of ${task} was too large to be stored`;
    case undefined:
    case "started":
      return `${task} has not ended in it`;
    default:
      return `${task} was ${status}`;
  }
}
