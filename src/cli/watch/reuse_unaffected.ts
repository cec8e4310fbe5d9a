/** Results that stand in a round of `--watch`: those of tasks that no changed file affects. */
import { FilePatterns } from "../../cache/file_patterns.ts";
import { NothingToRunError } from "../../base/errors.ts";
import { abbreviateList, onOneLine, plural } from "../../base/text_format.ts";
import { withoutResources } from "../../graph/resources.ts";
import { selectTasks } from "../../graph/select.ts";
import { readLastRun } from "../../journal/last_run.ts";
import { planRerun } from "../../journal/plan_rerun.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";
import { journalKeyFor } from "../run/journal_key.ts";
import type { ProjectModule } from "../run/project_modules.ts";
import type { RerunInput, ReusedResults } from "../run/reuse_results.ts";
import type { RoundPlan } from "./round_protocol.ts";

/** The tasks that would run without a journal, and the modules if there are several. */
export interface WatchedTasks extends RerunInput {
  readonly modules: readonly ProjectModule[];
}

/** Maximum number of changed files in the line about them. */
const FILES_MAX = 3;

/**
 * Plans a round, and prints a line that names what changed. A result stands if its task passed in
 * the last round, no changed file is among those that it reads, and all results that it used stand.
 * A task that wrote the shared state runs again, since the round has a new state.
 *
 * @throws {NothingToRunError} when nothing is left to run.
 */
export async function reuseUnaffected(
  { changed, changedModules, isAll }: RoundPlan,
  request: Request,
  { url, all, selected: withResources, cases, modules }: WatchedTasks,
  system: System,
): Promise<ReusedResults> {
  const selected = withoutResources(withResources);
  const report = (tasks: number) => {
    const what = changed.length === 0
      ? "failed"
      : `${onOneLine(abbreviateList(changed, FILES_MAX))} changed`;
    system.err(`${what}: ${tasks} of ${plural(selected.size, "task")}`);
  };
  const { key } = await journalKeyFor(request, url, system);
  const run = isAll ? undefined : readLastRun(system.folder, key);
  if (run === undefined) {
    if (changed.length > 0) report(selected.size);
    return { graph: withResources, reused: new Map(), wrote: new Map() };
  }
  const prefixes = modules.filter((it) => changedModules.includes(it.url)).map((it) => it.prefix);
  const readers = selected.tasks.filter(({ name, cache }) => {
    if (prefixes.some((prefix) => name.startsWith(prefix))) return true;
    const patterns = new FilePatterns(cache?.files ?? []);
    return changed.some((path) => patterns.matches(path));
  });
  const writers = run.head.names.filter((_, index) => {
    const task = run.tasks[index];
    return task?.status === "passed" && task.wrote.length > 0;
  });
  const affected = [...readers.map(({ name }) => name), ...writers];
  const { mocks, skipDependents } = request;
  const selection = { graph: selected, all, mocks, cases, skipDependents };
  const { rerun } = planRerun(selection, run);
  if (changed.length === 0 && rerun.length === 0) {
    throw new NothingToRunError("Nothing to rerun: all tasks have passed");
  }
  const { reused, idle, rerun: due } = planRerun({ ...selection, affected }, run);
  report(due.length);
  const graph = selectTasks(withResources, { mocked: [...reused.keys(), ...idle] });
  return { graph, reused, wrote: new Map() };
}
