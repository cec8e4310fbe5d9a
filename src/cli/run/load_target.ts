/** Loads a module and selects among its tasks. */
import { nowMs } from "../../runtime/clock.ts";
import { NothingToRunError, UsageError } from "../../base/errors.ts";
import { onOneLine } from "../../base/text_format.ts";
import { Graph } from "../../graph/graph.ts";
import {
  idleFailureNotes,
  selectTasks,
  unknownTagNotes,
  unselectedDependencies,
} from "../../graph/select.ts";
import type { RunCases } from "../../lane/run_cases.ts";
import { logLine } from "../../report/text/log_line.ts";
import { styleFor } from "../../report/style.ts";
import { checkTokenNeeds } from "../../run/check_token_needs.ts";
import { ExportedTasks } from "../../task/discover.ts";
import type { Namespace } from "../../task/exported_tasks.ts";
import { findHooks, isHookName, type ModuleHooks } from "../../task/hooks.ts";
import { MarkRecorder, rejectLostHooks } from "../../task/lost_exports.ts";
import { loadModule, moduleVersion } from "../../task/load.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import { type LogSink, realm } from "../../task/realm.ts";
import type { FoundTask, NamedTask, TaskSpec } from "../../task/task.ts";
import type { System } from "../system/system.ts";
import { importMapHint } from "../respawn/project_config.ts";
import { selfImportHint } from "../respawn/self_import.ts";
import type { Request, TypedRequest } from "../args/request.ts";
import { resolveNames } from "../args/resolve_names.ts";
import type { RerunInput, ReusedResults } from "./reuse_results.ts";
import { awaitUserCode } from "../system/await_user_code.ts";

/** A loaded module with its selected tasks. */
export interface Target extends ReusedResults {
  /** The request, with task names resolved. */
  readonly request: Request;
  readonly url: string;
  /** Start time of loading, from which the run's deadline counts. */
  readonly startMs: number;
  /** A hash of the loaded file, if known. */
  readonly version: string | undefined;
  /** The tasks to run and those whose results are reused. */
  readonly selected: Graph;
  /** Dependencies of the selected tasks that `--with-deps` would add. */
  readonly unselected: readonly NamedTask[];
  readonly hooks: ModuleHooks;
  /** All tasks of the module with their code. */
  readonly tasks: ReadonlyMap<string, FoundTask>;
  /** The cases of the module's tasks, if there are any. */
  readonly cases: RunCases | undefined;
}

/**
 * Imports the module, finds its tasks and selects among them.
 *
 * @throws {UsageError} when the module or its graph is invalid, a name is unknown, or no run can be
 * rerun.
 * @throws {NothingToRunError} when there is no task to run.
 */
export async function loadTarget(typed: TypedRequest, system: System): Promise<Target> {
  const startMs = nowMs();
  const { module } = typed;
  const url = moduleUrl(module, system.folder);
  realm().log = moduleLogSink(typed, system);
  const versionRead = moduleVersion(url); // before loading: the version that is loaded
  using marks = new MarkRecorder(system.folder);
  const namespace = await awaitUserCode(importModule(url, module, system), {
    system,
    note: (time) => `module "${module}" is still loading after ${time}: waiting for its top level`,
    deadlineMessage:
      `Cannot load module "${module}": its top level did not end before the deadline`,
    startMs,
    deadlineMs: typed.policy.deadlineMs,
  });
  system.endWithParent?.();
  // The first thread loads the module while this one finds its tasks. Hooks run here before.
  if (!Object.keys(namespace).some(isHookName)) system.prestartedWorker?.load(url);
  const exported = new ExportedTasks(namespace);
  await marks.rejectLostMarks({ url, target: module, namespace, exported });
  const found = exported.find({ locationOf: (fn) => marks.locationOf(fn) });
  for (const note of exported.notes()) system.err(`Note: ${note}`);
  if (found.length === 0) throw new NothingToRunError(noTasksMessage(module, url, system));
  const all = Graph.from(found.map((task) => task.spec));
  checkTokenNeeds(all.tasks, typed.policy);
  const request = await withChanged(resolveNames(typed, all), { all, url }, system);
  const { skipDependents } = request;
  const mocked = [...request.mocks.keys()];
  const selection = { ...request.selection, mocked, skipDependents };
  const selected = selectTasks(all, selection);
  await rejectOverlaps(selected.tasks);
  const notes = selection.tags ? unknownTagNotes(all, selection.tags) : [];
  notes.push(...idleFailureNotes(all, selection));
  for (const note of notes) system.err(`Note: ${onOneLine(note)}`);
  const tasks = new Map(found.map((task) => [task.spec.name, task]));
  const hooks = findHooks(namespace);
  await rejectLostHooks(hooks, { url, target: module });
  const cases = await describeCasesOf(found);
  const reusedResults = await resultsToReuse(request, { url, all, selected, cases }, system);
  const unselected = unselectedDependencies(all, selected, selection);
  const version = await versionRead;
  const loaded = { request, url, startMs, version, selected, unselected };
  return { ...loaded, ...reusedResults, hooks, tasks, cases };
}

/** Selects the tasks that have changed, with `--changed`. */
async function withChanged(
  request: Request,
  from: { readonly all: Graph; readonly url: string },
  system: System,
): Promise<Request> {
  if (request.changed === undefined) return request;
  const { selectChanged } = await import("./select_changed.ts");
  return await selectChanged(request, from, system);
}

async function rejectOverlaps(tasks: readonly TaskSpec[]): Promise<void> {
  if (!tasks.some(({ cache }) => cache !== undefined && cache.outputs.length > 0)) return;
  const { rejectSharedOutputs } = await import("./reject_shared_outputs.ts");
  rejectSharedOutputs(tasks);
}

/** Describes the cases of tasks; loads the code for this only if there are cases. */
async function describeCasesOf(tasks: readonly FoundTask[]): Promise<RunCases | undefined> {
  if (!tasks.some((task) => task.case)) return undefined;
  const { describeCases } = await import("../../lane/run_cases.ts");
  return describeCases(tasks);
}

/** The sink for lines that the module logs while it is being loaded. */
function moduleLogSink({ verbose }: TypedRequest, system: System): LogSink {
  const style = styleFor(system.isColored);
  const format = { verbose, style, highlight: String, now: () => system.now() };
  return (level, text) => {
    if (level !== "debug" || verbose) system.err(logLine(format, { level, text, isLogged: true }));
  };
}

async function importModule(url: string, module: string, system: System): Promise<Namespace> {
  const never = Promise.withResolvers<never>();
  // Deno itself reports all other promises that keep the top level from ending.
  const stop = system.onIdle(() => never.reject(new UsageError(thenExportMessage(module))));
  try {
    return await Promise.race([loadModule(url, module), never.promise]);
  } catch (error) {
    if (error instanceof UsageError) {
      error.message += selfImportHint(error) || importMapHint(url, error.message);
    }
    throw error;
  } finally {
    stop();
  }
}

/** `import()` treats a module that exports `then` as a promise and awaits it. */
function thenExportMessage(module: string): string {
  return `Cannot load module "${module}": import() never settles, since it takes a module with an export ` +
    'named "then" for a promise; rename the export';
}

async function resultsToReuse(
  request: Request,
  from: Omit<RerunInput, "cases"> & Pick<Target, "cases">,
  system: System,
): Promise<ReusedResults> {
  if (request.round !== undefined) {
    const { reuseUnaffected } = await import("../watch/reuse_unaffected.ts");
    const { caseHashes } = await import("./case_hashes.ts");
    const input = { ...from, cases: await caseHashes(from.cases) };
    return await reuseUnaffected(request.round.plan, request, input, system);
  }
  if (!request.rerunFailed) return { graph: from.selected, reused: new Map(), wrote: new Map() };
  const { reuseResults } = await import("./reuse_results.ts");
  const { caseHashes } = await import("./case_hashes.ts");
  return await reuseResults(request, { ...from, cases: await caseHashes(from.cases) }, system);
}

function noTasksMessage(module: string, url: string, system: System): string {
  const reason = `Nothing to run: "${module}" exports no marked function`;
  return hasDecoratedFunction(url, system)
    ? `${reason}. It has "@mark" above a plain function, where TypeScript ignores decorators: write ` +
      "`export const name = mark(() => …)`"
    : reason;
}

/** Returns whether a module decorates a plain function: `deno run` silently drops the decorator. */
function hasDecoratedFunction(url: string, system: System): boolean {
  if (!url.startsWith("file:")) return false;
  try {
    const source = system.readTextFile(new URL(url));
    return /^\s*@d?mark\b(\([^\n]*?\))?\s+(export\s+)?(default\s+)?(async\s+)?function\b/m
      .test(source);
  } catch {
    return false; // the file is not valid UTF-8, which `import()` accepts
  }
}
