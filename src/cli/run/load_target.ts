/** Loads a module and selects among its tasks. */
import { nowMs } from "../../runtime/clock.ts";
import { NothingToRunError, UsageError } from "../../base/errors.ts";
import { fnvHash } from "../../base/fnv_hash.ts";
import { onOneLine } from "../../base/text_format.ts";
import { Graph } from "../../graph/graph.ts";
import { isTask } from "../../graph/resources.ts";
import type { RunCases } from "../../lane/run_cases.ts";
import type { ExportsCheck } from "../../lane/worker_protocol.ts";
import { logLine } from "../../report/text/log_line.ts";
import { styleFor } from "../../report/style.ts";
import { checkTokenNeeds } from "../../run/check_token_needs.ts";
import { ExportedTasks } from "../../task/discover.ts";
import type { Namespace } from "../../task/exported_tasks.ts";
import { isHookName, type ModuleHooks, rejectMisspeltHooks } from "../../task/hooks.ts";
import { findProjectHooks } from "../../task/project_hooks.ts";
import {
  type MarkLocation,
  markLocations,
  RESOURCE_TRACE_DEPTH,
  type ResourceLocation,
  resourceLocations,
} from "../../task/mark_locations.ts";
import { MarkRecorder } from "../../task/mark_recorder.ts";
import { rejectLostHooks } from "../../task/star_exports.ts";
import { loadModule, moduleVersion, requireModule } from "../../task/load.ts";
import { type LogSink, realm } from "../../task/realm.ts";
import { type FoundTask, tasksByName, type TaskSpec } from "../../task/task.ts";
import type { System } from "../system/system.ts";
import { importMapHint } from "../respawn/project_config.ts";
import { selfImportHint } from "../respawn/self_import.ts";
import type { Request, TypedRequest } from "../args/request.ts";
import { resolveNames } from "../args/resolve_names.ts";
import type { RerunInput, ReusedResults } from "./reuse_results.ts";
import {
  noteModulesWithoutTasks,
  type Project,
  type ProjectModule,
  projectModules,
  urlOfRun,
} from "./project_modules.ts";
import { type SelectedTasks, selectTarget } from "./select_target.ts";
import { captureTrace } from "../../runtime/call_sites.ts";
import { awaitUserCode } from "../system/await_user_code.ts";
import { printNote } from "../system/print_message.ts";

/** A loaded module with its selected tasks. */
export interface Target extends ReusedResults, SelectedTasks {
  readonly url: string;
  /** Start time of loading, from which the run's deadline counts. */
  readonly startMs: number;
  /** A hash of the loaded file, if known. */
  readonly version: string | undefined;
  readonly hooks: ModuleHooks;
  /** The modules, if there are several. */
  readonly modules: readonly ProjectModule[];
  /** All tasks of the module with their code. */
  readonly tasks: ReadonlyMap<string, FoundTask>;
  /** See {@linkcode ExportedTasks.isFlat}. */
  readonly isFlat: boolean;
  /** Returns hashes of the functions' sources by task without its case. */
  readonly code: () => ReadonlyMap<string, string>;
  /** The cases of the module's tasks, if there are any. */
  readonly cases: RunCases | undefined;
  /** The location of each task, by its name without the case; for `--list=json` alone. */
  readonly locations: ReadonlyMap<string, MarkLocation> | undefined;
  /** The location of each resource, by its name; in a round of a watch alone. */
  readonly locationsOfResources: ReadonlyMap<string, ResourceLocation> | undefined;
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
  const project = projectModules(typed, system.folder);
  const { url, modules } = project;
  realm().log = moduleLogSink(typed, system);
  const versionRead = moduleVersion(url); // before loading: the version that is loaded
  const isProject = project.modules.length > 0; // a worker loads some of its modules
  if (!isProject) system.prestartedWorker?.link(url); // while this thread does the same
  using marks = recorderFor(typed);
  const whenLoaded = <T>(loaded: Promise<T>) => awaitModule(loaded, typed, startMs, system);
  for (const { path, url } of project.modules) await requireModule(url, path);
  const namespace = await whenLoaded(importModule(url, module, system));
  system.endWithParent?.();
  // The first thread loads the module while this one finds its tasks. Hooks run here before.
  if (!isProject && !Object.keys(namespace).some(isHookName)) system.prestartedWorker?.load(url);
  const exported = new ExportedTasks(namespace);
  const check = async () => {
    const { checkInWorker } = await import("./check_in_worker.ts");
    return await whenLoaded(checkInWorker({ url, target: module, folder: system.folder }));
  };
  if (marks.hasLost(exported)) rejectLostMarks(module, await check());
  const found = await findTasks(exported, check);
  for (const note of exported.notes()) printNote(system, note);
  const specs = found.map(({ spec }) => spec).filter(({ kind }) => kind !== "teardown");
  if (!specs.some(isTask)) throw new NothingToRunError(noTasksMessage(module, url, system));
  const all = Graph.from(specs);
  checkTokenNeeds(all.tasks, typed.policy);
  const cases = await describeCasesOf(found);
  const code = () => codeHashes(exported);
  const resolved = resolveNames(typed, all, { ...project, aliases: exported.aliases });
  noteModulesWithoutTasks(project, all, system);
  const changed = await withChanged(resolved, all, project, system);
  const selection = await selectTarget(changed, { url, all, cases, code }, system);
  const { request, selected } = selection;
  await rejectOverlaps(selected.tasks);
  const runUrl = urlOfRun(project, all, selected);
  const hooks = findProjectHooks(namespace);
  rejectMisspeltHooks(exported.otherFunctions);
  await rejectLostHooks(hooks, { url, target: module });
  const locationsOfResources = typed.round && resourceLocations(marks.resources, exported);
  const input = { url, all, selected, cases, modules, locationsOfResources };
  const reusedResults = await resultsToReuse(request, input, system);
  const version = isProject ? await moduleVersion(runUrl) : await versionRead;
  const locations = isLocated(typed) ? markLocations(marks.marks, exported) : undefined;
  const loaded = {
    url: runUrl,
    modules,
    startMs,
    version,
    hooks,
    tasks: tasksByName(found),
    isFlat: exported.isFlat,
    cases,
    code,
    locations,
    locationsOfResources,
  };
  return { ...loaded, ...selection, ...reusedResults };
}

/** Whether the locations of tasks are needed. */
function isLocated({ action }: TypedRequest): boolean {
  return action.type === "list" && action.format === "json";
}

function recorderFor(typed: TypedRequest): MarkRecorder {
  const captureResource = () => captureTrace(undefined, RESOURCE_TRACE_DEPTH);
  return new MarkRecorder({
    captureMark: isLocated(typed) ? captureTrace : undefined,
    captureResource: typed.round === undefined ? undefined : captureResource,
  });
}

/** Waits for the top level of the module, until the deadline of the run. */
function awaitModule<T>(
  loaded: Promise<T>,
  { module, policy: { deadlineMs } }: TypedRequest,
  startMs: number,
  system: System,
): Promise<T> {
  return awaitUserCode(loaded, {
    system,
    note: (time) => `module "${module}" is still loading after ${time}: waiting for its top level`,
    deadlineMessage:
      `Cannot load module "${module}": its top level did not end before the deadline`,
    startMs,
    deadlineMs,
  });
}

/** @throws {UsageError} when a marked function was meant to be a task of the module, and is not. */
function rejectLostMarks(module: string, check: ExportsCheck): void {
  if (check.type === "failed") {
    throw new UsageError(
      `Cannot run "${module}": some marked functions are not exported; the module does not load ` +
        `in a worker, which would find out where they are: ${onOneLine(check.reason)}`,
    );
  }
  if (check.error !== undefined) throw new UsageError(check.error);
}

/**
 * Finds the tasks of a module.
 *
 * @param check Finds out more about an error.
 */
async function findTasks(
  exported: ExportedTasks,
  check: () => Promise<ExportsCheck>,
): Promise<readonly FoundTask[]> {
  try {
    return exported.find();
  } catch (error) {
    const found = await check();
    throw found.type === "checked" && found.error ? new UsageError(found.error) : error;
  }
}

/** Selects the tasks that have changed, with `--changed`. */
async function withChanged(
  request: Request,
  all: Graph,
  project: Project,
  system: System,
): Promise<Request> {
  if (request.changed === undefined) return request;
  const { selectChanged } = await import("./select_changed.ts");
  return await selectChanged(request, all, project, system);
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

/** Hashes the sources of the functions, by task without its case. */
function codeHashes(exported: ExportedTasks): Map<string, string> {
  return new Map(
    exported.functions.map((fn) => [exported.namesOf(fn)![0]!, fnvHash(sourceOf(fn))]),
  );
}

function sourceOf(fn: unknown): string {
  return Function.prototype.toString.call(fn);
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
  from: Omit<RerunInput, "cases"> & Pick<Target, "cases" | "modules" | "locationsOfResources">,
  system: System,
): Promise<ReusedResults> {
  if (request.round !== undefined) {
    const { reuseUnaffected } = await import("../watch/reuse_unaffected.ts");
    const { caseHashes } = await import("./case_hashes.ts");
    const input = { ...from, cases: await caseHashes(from.cases) };
    const results = await reuseUnaffected(request.round.plan, request, input, system);
    const { selected, locationsOfResources: locations = new Map() } = from;
    const { reuseHeld } = await import("../watch/reuse_held.ts");
    return await reuseHeld(request.round, results, { selected, locations, folder: system.folder });
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
