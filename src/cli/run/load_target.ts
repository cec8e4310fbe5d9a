/** From the target to its tasks and hooks. */
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
import { ExportedTasks } from "../../task/discover.ts";
import type { Namespace } from "../../task/exported_tasks.ts";
import { findHooks, type ModuleHooks } from "../../task/hooks.ts";
import { MarkRecorder, rejectLostHooks } from "../../task/lost_exports.ts";
import { loadModule, moduleUrl, moduleVersion } from "../../task/load.ts";
import { type LogSink, realm } from "../../task/realm.ts";
import type { FoundTask, NamedTask } from "../../task/task.ts";
import type { System } from "../system/system.ts";
import { importMapHint } from "../respawn/project_config.ts";
import { selfImportHint } from "../respawn/self_import.ts";
import type { Request, TypedRequest } from "../args/request.ts";
import { resolveNames } from "../args/resolve_names.ts";
import type { ReusedResults, Selected } from "./rerun.ts";
import { awaitUserCode } from "../system/user_code.ts";

/** A loaded target. */
export interface Target extends ReusedResults {
  /** What was asked for, with the names of its tasks. */
  readonly request: Request;
  readonly url: string;
  /** When loading it began: a run's deadline counts from then. */
  readonly startMs: number;
  /** Which version of its file was loaded, where that is known. */
  readonly version: string | undefined;
  /** The tasks to run, and those that are taken over. */
  readonly selected: Graph;
  /** Dependencies of these that `--with-deps` would add. */
  readonly unselected: readonly NamedTask[];
  readonly hooks: ModuleHooks;
  /** All tasks of the module with their code. */
  readonly tasks: ReadonlyMap<string, FoundTask>;
  /** The cases of its tasks, where there are any. */
  readonly cases: RunCases | undefined;
}

/**
 * Imports the module, finds its tasks and selects among them.
 *
 * @throws {UsageError} when the module or its graph is wrong, a name is unknown, or there is no run to
 * go on with.
 * @throws {NothingToRunError} when there is no task to run.
 */
export async function loadTarget(typed: TypedRequest, system: System): Promise<Target> {
  const startMs = nowMs();
  const { module } = typed;
  const url = moduleUrl(module, system.folder);
  realm().log = logTo(typed, system);
  const versionRead = moduleVersion(url); // as it is before it is loaded
  using marks = new MarkRecorder(system.folder);
  const namespace = await awaitUserCode(load(url, module, system), {
    system,
    note: (time) => `module "${module}" is not loaded after ${time}: its top level has not ended`,
    deadlineMessage:
      `Cannot load module "${module}": its top level did not end before the deadline`,
    startMs,
    deadlineMs: typed.policy.deadlineMs,
  });
  system.endWithParent?.();
  const exported = new ExportedTasks(namespace);
  await marks.rejectLostMarks({ url, target: module, namespace, exported });
  const found = exported.find({ locationOf: (fn) => marks.locationOf(fn) });
  for (const note of exported.notes()) system.err(`Note: ${note}`);
  if (found.length === 0) throw new NothingToRunError(noTasks(module, url, system));
  const all = Graph.from(found.map((task) => task.spec));
  const request = resolveNames(typed, all);
  const { skipDependents } = request;
  const mocked = [...request.mocks.keys()];
  const selection = { ...request.selection, mocked, skipDependents };
  const selected = selectTasks(all, selection);
  const notes = selection.tags ? unknownTagNotes(all, selection.tags) : [];
  notes.push(...idleFailureNotes(all, selection));
  for (const note of notes) system.err(`Note: ${onOneLine(note)}`);
  const tasks = new Map(found.map((task) => [task.spec.name, task]));
  const hooks = findHooks(namespace);
  await rejectLostHooks(hooks, { url, target: module });
  // No code of the user's runs from here until threads load the module anyway.
  if (Object.keys(hooks).length === 0) system.prestartedWorker?.load(url);
  const cases = await casesAmong(found);
  const over = await takenOver(request, { url, all, selected, cases }, system);
  const unselected = unselectedDependencies(all, selected, selection);
  const version = await versionRead;
  const loaded = { request, url, startMs, version, selected, unselected };
  return { ...loaded, ...over, hooks, tasks, cases };
}

/** Loads what describes cases only where there are some. */
async function casesAmong(tasks: readonly FoundTask[]): Promise<RunCases | undefined> {
  if (!tasks.some((task) => task.case)) return undefined;
  const { describeCases } = await import("../../lane/run_cases.ts");
  return describeCases(tasks);
}

/** Lines that the module logs while it is loaded: nothing else is shown yet. */
function logTo({ verbose }: TypedRequest, system: System): LogSink {
  const style = styleFor(system.isColored);
  const format = { verbose, style, highlight: String, now: () => system.now() };
  return (level, text) => {
    if (level !== "debug" || verbose) system.err(logLine(format, { level, text, isLogged: true }));
  };
}

async function load(url: string, module: string, system: System): Promise<Namespace> {
  const never = Promise.withResolvers<never>();
  const stop = system.onIdle(() => never.reject(new UsageError(thenable(module)))); // Deno tells of all else
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

/** Whatever exports something called "then" is taken for a promise by `import()`, which waits for it. */
function thenable(module: string): string {
  return `Cannot load module "${module}": it awaits what will never come: an export called "then" is taken ` +
    "for a promise's; give it another name";
}

async function takenOver(
  request: Request,
  from: Omit<Selected, "cases"> & Pick<Target, "cases">,
  system: System,
): Promise<ReusedResults> {
  if (!request.rerunFailed) return { graph: from.selected, taken: new Map(), wrote: new Map() };
  const { reuseResults } = await import("./rerun.ts");
  const { caseHashes } = await import("./case_hashes.ts");
  return await reuseResults(request, { ...from, cases: await caseHashes(from.cases) }, system);
}

function noTasks(module: string, url: string, system: System): string {
  const reason = `Nothing to run: "${module}" exports no marked function`;
  return decoratesFunctions(url, system)
    ? `${reason}. It has "@mark" above a plain function, where TypeScript ignores decorators: write ` +
      "`export const name = mark(() => …)`"
    : reason;
}

/** `deno run` drops a decorator above a plain function without a word. */
function decoratesFunctions(url: string, system: System): boolean {
  if (!url.startsWith("file:")) return false;
  try {
    const source = system.readTextFile(new URL(url));
    return /^\s*@d?mark\b(\([^\n]*?\))?\s+(export\s+)?(default\s+)?(async\s+)?function\b/m
      .test(source);
  } catch {
    return false; // Deno is less exact about what text is
  }
}
