/** Selects among the tasks of a module. */
import { onOneLine } from "../../base/text_format.ts";
import type { RunShard } from "../../events/run_event.ts";
import type { Graph } from "../../graph/graph.ts";
import {
  idleFailureNotes,
  selectTasks,
  unknownTagNotes,
  unselectedDependencies,
} from "../../graph/select.ts";
import type { RunCases } from "../../lane/run_cases.ts";
import type { NamedTask } from "../../task/task.ts";
import type { Request } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";

/** The tasks of a module. */
export interface ModuleTasks {
  readonly url: string;
  readonly all: Graph;
  readonly cases: RunCases | undefined;
  /** Returns hashes of the functions' sources by task without its case. */
  readonly code: () => ReadonlyMap<string, string>;
}

/** The selected tasks. */
export interface SelectedTasks {
  /** The request, with the results of the last run among its mocks. */
  readonly request: Request;
  /** The tasks to run and those whose results are reused. */
  readonly selected: Graph;
  /** The run that this one is a shard of, if any. */
  readonly shard: RunShard | undefined;
  /** Dependencies of the selected tasks that `--with-deps` would add. */
  readonly unselected: readonly NamedTask[];
}

/**
 * Selects the tasks of a request, and prints notes.
 *
 * @throws {UsageError} when a name is unknown, or a result of the last run cannot be used.
 * @throws {NothingToRunError} when there is no task to run.
 */
export async function selectTarget(
  resolved: Request,
  tasks: ModuleTasks,
  system: System,
): Promise<SelectedTasks> {
  const request = resolved.usesLastResults
    ? await withLastResults(resolved, tasks, system)
    : resolved;
  const { url, all } = tasks;
  const selection = selectionOf(request);
  const { selected, shard } = await shardOf(selectTasks(all, selection), request, url, system);
  const notes = selection.tags ? unknownTagNotes(all, selection.tags) : [];
  notes.push(...idleFailureNotes(all, selection));
  for (const note of notes) printNote(system, `${onOneLine(note)}`);
  return { request, selected, shard, unselected: unselectedDependencies(all, selected, selection) };
}

function selectionOf({ selection, mocks, skipDependents }: Request) {
  return { ...selection, mocked: [...mocks.keys()], skipDependents };
}

/** Adds the results of the last run to the mocks: typed ones win. */
async function withLastResults(
  request: Request,
  { url, all, cases, code }: ModuleTasks,
  system: System,
): Promise<Request> {
  const selection = selectionOf(request);
  const selected = selectTasks(all, selection);
  const unselected = unselectedDependencies(all, selected, selection);
  const { lastResults } = await import("./last_results.ts");
  const { caseHashes } = await import("./case_hashes.ts");
  const current = { url, all, selected, unselected, code: code(), cases: await caseHashes(cases) };
  const results = await lastResults(request, current, system);
  return { ...request, mocks: new Map([...results, ...request.mocks]) };
}

/** Takes the requested shard of the selected tasks. */
async function shardOf(
  selected: Graph,
  request: Request,
  url: string,
  system: System,
): Promise<Pick<SelectedTasks, "selected" | "shard">> {
  const { shard } = request;
  if (shard === undefined) return { selected, shard };
  const { takeShard } = await import("./take_shard.ts");
  return await takeShard(selected, { ...request, shard }, url, system);
}
