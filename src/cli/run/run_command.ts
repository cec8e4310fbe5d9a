/** Runs a loaded module: state, run, teardown, recap, summary. */
import { nowMs } from "../../runtime/clock.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { DeadlineError } from "../../base/errors.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { killDescendants } from "../../spawn/kill_descendants.ts";
import { primordials } from "../../runtime/primordials.ts";
import { onOneLine } from "../../base/text_format.ts";
import { withoutResources } from "../../graph/resources.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { CacheRules } from "../../cache/cache_rules.ts";
import type { EngineRun, EngineSetup } from "../../pool/engine.ts";
import type { CaptureOutput } from "../../thread/output/output_sink.ts";
import { caseResults } from "../../lane/run_cases.ts";
import { composeRun, type PreparedRun, workerCount } from "../../run/compose_run.ts";
import type { RunResult } from "../../run/run_graph.ts";
import { SharedState } from "../../state/shared_state.ts";
import type { HookName } from "../../task/hooks.ts";
import { realm } from "../../task/realm.ts";
import { ExitCode, exitCodeOf } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import { DeferredRunEnd } from "../output/deferred_run_end.ts";
import { MainHooks } from "./main_hooks.ts";
import type { System } from "../system/system.ts";
import { type PreparedState, prepareState } from "./prepare_state.ts";
import { type Interrupt, interruptible } from "../system/interrupt.ts";
import { openJournal } from "./open_journal.ts";
import type { Target } from "./load_target.ts";
import type { OpenLogFiles } from "../output/open_log_files.ts";
import { CacheNotes } from "../output/cache_notes.ts";
import { ForcedExitSummary } from "../output/forced_exit_summary.ts";
import { printSummary } from "../output/print_summary.ts";
import {
  openReporters,
  type Report,
  withRejectionReported,
  withStdoutReserved,
} from "../output/open_reporters.ts";
import { processConfigNote } from "../respawn/project_config.ts";
import { isOutForData, type Request } from "../args/request.ts";
import { withOrdering } from "./with_ordering.ts";
import { createTerminalOutput } from "../output/terminal_output.ts";
import type { FlakeRates } from "./flake_rates.ts";
import { styleFor } from "../../report/style.ts";
import { awaitUserCode } from "../system/await_user_code.ts";
import type { StateOut } from "./state_out.ts";
import { printNote } from "../system/print_message.ts";

/** The errors and open reports that exist before a run. */
export interface RunContext {
  /** Errors outside of tasks on the main thread. The array may grow at any time. */
  readonly errors: readonly ErrorRecord[];
  /** The open reports of the first run. */
  readonly reports: readonly Report[];
}

/**
 * Runs a loaded module: once, or with `--repeat` until a run fails. With `--keep-going` a failed
 * run does not end the repetition; an interrupt, an internal error or an error outside of tasks
 * does.
 *
 * @returns The exit code: that of the last run that was not successful, else 0.
 * @throws {UsageError} when the state or the highlights are invalid.
 */
export async function runCommand(
  target: Target,
  system: System,
  { errors, reports }: RunContext,
): Promise<number> {
  const { request } = target;
  const { repeat, keepGoing, isolate } = request;
  const note = isolate === "process" ? processConfigNote(target.url) : undefined;
  if (note !== undefined) printNote(system, note);
  const rates = keepGoing ? await createFlakeRates() : undefined;
  let worst: number = ExitCode.PASSED;
  for (let run = 0;; run++) {
    if (repeat > 1) system.err(`Run ${run + 1} of ${repeat}`);
    const policy = await withOrdering(request, run, target.url, system);
    const opened = run === 0 ? reports : await openReporters(request, system);
    const startMs = run === 0 ? target.startMs : nowMs();
    const context = { errors, reports: opened, rates };
    const once = () => runOnce({ ...request, policy }, { ...target, startMs }, system, context);
    const code = await withRejectionReported(opened, once);
    if (code !== ExitCode.PASSED) worst = code;
    const isToStop = code !== ExitCode.PASSED && !(keepGoing && code === ExitCode.FAILED);
    if (isToStop || errors.length > 0 || run + 1 === repeat) break;
  }
  if (rates !== undefined) {
    const { out, isOutColored } = isOutForData(request) ? withStdoutReserved(system) : system;
    for (const line of ["", ...rates.lines(styleFor(isOutColored))]) out(line);
  }
  return worst;
}

async function createFlakeRates(): Promise<FlakeRates> {
  const { FlakeRates } = await import("./flake_rates.ts");
  return new FlakeRates();
}

async function runOnce(
  request: Request,
  target: Target,
  system: System,
  { errors, reports, rates }: RunContext & { readonly rates: FlakeRates | undefined },
): Promise<number> {
  using stateOut = await openRequestedStateOut(request, system);
  if (isOutForData(request)) system = withStdoutReserved(system);
  const workers = workersFor(request, withoutResources(target.graph).size);
  const highlights = await loadHighlights(target, request, system);
  const { url, hooks, startMs } = target;
  using screen = await createTerminalOutput(request, { workers, url, system }, highlights);
  await using logFiles = await openRequestedLogFiles(request, system);
  const logAs = logSetter([screen, ...logFiles ? [logFiles] : []]);
  logAs(undefined);
  const state = createState(target);
  // The live display ends with the tasks, so that hooks can print. A job summary is a report.
  const [immediate, deferred] = request.screen === "github"
    ? [[], [...screen.reporters, ...reports]]
    : [screen.reporters, reports];
  await using deferredEnd = new DeferredRunEnd(deferred);
  const cacheNotes = new CacheNotes(request.why);
  const reporters: Reporter[] = [...immediate, deferredEnd.reporter];
  if (request.cache && target.graph.tasks.some(({ cache }) => cache)) reporters.push(cacheNotes);
  if (logFiles) reporters.push(logFiles.reporter);
  if (rates) reporters.push(rates.reporter);
  const reportFailure = (error: unknown) => void reportError(error, request.verbose, system);
  return await interruptible(system, reportFailure, async (interrupt) => {
    const timing = { deadlineMs: request.policy.deadlineMs, startMs };
    const forced = new ForcedExitSummary(interrupt, { request, screen, system });
    const mainHooks = new MainHooks({ hooks, state, system, interrupt, logAs, ...timing });
    const all = [forced.reporter, ...reporters];
    const run = { request, target, system, state, workers, reporters: all, mainHooks, interrupt };
    let result: RunResult;
    try {
      result = await setUpAndRun(run);
    } catch (error) {
      await mainHooks.tearDown(true); // setupState may have acquired resources before the error
      throw error;
    }
    const isWritten = stateOut?.write(state) ?? true;
    const hookError = await mainHooks.tearDown(false);
    const mainErrors = errors.map((error) => ({ error }));
    result = await deferredEnd.finish(result, [...mainErrors, ...(hookError ? [hookError] : [])]);
    result = await logFiles?.close(result) ?? result;
    const { failOnFlaky } = request;
    const code = exitCodeOf(result, { failOnFlaky, isWritten });
    forced.cancel();
    for (const line of cacheNotes.lines()) system.err(line);
    try {
      await printSummary(result, request, screen, system);
    } catch (error) {
      if (code === ExitCode.PASSED) throw error;
      reportFailure(error); // a failed run keeps its exit code
    }
    return code;
  });
}

/** Returns the function that sends what the module logs to outputs, as that of a hook. */
function logSetter(
  outputs: readonly Pick<OpenLogFiles, "log">[],
): (hook: HookName | undefined) => void {
  return (hook) => {
    realm().log = (level, text) => {
      for (const output of outputs) output.log(level, text, hook);
    };
  };
}

function workersFor({ workers, isolate, engine }: Request, tasks: number): number {
  return workerCount({ workers, isolate, isRemote: engine !== undefined }, tasks);
}

/** Creates the state of a run, with the results that it reuses. */
function createState({ cases, reused, held }: Target): SharedState {
  const state = SharedState.create();
  if (cases) state.groupResults(caseResults(cases));
  for (const [name, result] of [...reused, ...held ?? []]) state.setResult(name, result);
  return state;
}

/** The collaborators of one run. */
interface RunSetup {
  readonly request: Request;
  readonly target: Target;
  readonly system: System;
  readonly state: SharedState;
  readonly workers: number;
  readonly reporters: readonly Reporter[];
  readonly mainHooks: MainHooks;
  readonly interrupt: Interrupt;
}

async function setUpAndRun(setup: RunSetup): Promise<RunResult> {
  const { request, target, system, state, workers, reporters, mainHooks, interrupt } = setup;
  const { url, version, cases, isFlat } = target;
  const run = {
    graph: target.graph,
    code: { kind: "module", url, version, cases, isFlat } as const,
    local: target.tasks,
    hooks: target.hooks,
    state,
    workers,
    isolate: request.isolate,
    capture: await outputCapture(request, workers),
    prestarted: system.prestartedWorker,
    startEngineRun: engineStarter(request),
    signalsHandled: () => interrupt.drain(),
  };
  let cache: CacheRules | undefined;
  const prepare = async (isResumed: boolean): Promise<PreparedRun> => {
    const { file, isWithinDeadline } = await setUpState(setup, isResumed);
    const signals = isWithinDeadline ? [] : [primordials.AbortSignal.abort("deadline")];
    cache = await openCache(target, workers === 0 && run.capture === undefined, system);
    const journal = await openJournal(target, { state, file }, system);
    request.round?.started();
    const { remainingMs } = mainHooks;
    const watched = request.round?.holder.optionsFor(target, state);
    // With processes, the reaper kills orphans.
    if (request.isolate !== "process") interrupt.onForcedExit(() => killDescendants(Deno.pid));
    return {
      storeResults: true,
      recordsWrites: journal !== undefined,
      cache,
      skipDependents: request.skipDependents,
      policy: {
        ...request.policy,
        ...(remainingMs === undefined ? {} : { deadlineMs: remainingMs }),
      },
      reporters: [
        taskCounter(interrupt),
        ...reporters,
        ...(journal ? [journal] : []),
        ...watched?.reporters ?? [],
      ],
      keepResource: watched?.keepResource,
      mocked: [...request.mocks.keys(), ...target.reused.keys()],
      unselected: target.unselected,
      shard: target.shard,
      signal: primordials.AbortSignal.any([interrupt.signal, ...signals]),
    };
  };
  const result = await composeRun(
    run,
    prepare,
    (call) => workers === 0 ? interrupt.withDelayedSignalThread(call) : call(),
  );
  if (cache !== undefined) {
    const { limitCache } = await import("./prepare_cache.ts");
    await limitCache(cache, system);
  }
  return result;
}

/**
 * Opens the cache, if a task of the run is cached.
 *
 * @param isUncaptured Whether output of tasks is not captured, so that it cannot be stored.
 */
async function openCache(
  target: Target,
  isUncaptured: boolean,
  system: System,
): Promise<CacheRules | undefined> {
  const { request: { cache, repeat, engine }, graph } = target;
  const specs = graph.tasks.filter((task) => task.cache !== undefined);
  if (specs.length === 0 || !cache || repeat > 1) return undefined;
  const why = engine !== undefined
    ? "tasks run on remote workers"
    : isUncaptured
    ? "a debugger shows their output"
    : undefined;
  if (why !== undefined) {
    printNote(system, `results are not cached: ${why}`);
    return undefined;
  }
  const { prepareCache } = await import("./prepare_cache.ts");
  return await prepareCache(target, specs, system);
}

/** Creates a reporter that lets an interrupt count the running tasks. */
function taskCounter(interrupt: Interrupt): Reporter {
  return {
    report({ type }, view) {
      if (type === "run-started") interrupt.countTasks(() => view.counts.running);
    },
  };
}

/** Fills the state: file, options, `setupState`. A resumed run has its state already. */
async function setUpState(
  { request, system, state, workers, mainHooks }: RunSetup,
  isResumed: boolean,
): Promise<{ file: PreparedState["file"]; isWithinDeadline: boolean }> {
  let file: PreparedState["file"];
  const isWithinDeadline = await mainHooks.setUp(async (hooks, interruptibleSystem) => {
    if (isResumed) return;
    const prepared = await prepareState(state, request, hooks, interruptibleSystem);
    file = prepared.file;
    // Inline, no key is thread-local: the tasks use these values.
    if (workers === 0) return;
    for (const note of prepared.notes) printNote(system, onOneLine(note));
  });
  return { file, isWithinDeadline };
}

/** The start of the run on an engine, if the request names one. */
function engineStarter(
  { engine }: Request,
): ((setup: EngineSetup) => Promise<EngineRun>) | undefined {
  if (engine === undefined) return undefined;
  return async (setup) => {
    const { startEngineRun } = await import("./load_engine.ts");
    return await startEngineRun(engine, setup);
  };
}

async function openRequestedStateOut(
  { stateOut, stateFile }: Request,
  system: System,
): Promise<StateOut | undefined> {
  if (stateOut === undefined) return undefined;
  const { openStateOut } = await import("./state_out.ts");
  return openStateOut(stateOut, stateFile, system);
}

async function openRequestedLogFiles(
  { log }: Request,
  system: System,
): Promise<OpenLogFiles | undefined> {
  if (!log) return undefined;
  const { OpenLogFiles } = await import("../output/open_log_files.ts");
  return new OpenLogFiles(system);
}

/**
 * Returns the function that captures output of tasks on the main thread. Under a debugger nothing
 * is captured, so that its console shows the line of code that printed.
 */
async function outputCapture(
  { isolate }: Request,
  workers: number,
): Promise<CaptureOutput | undefined> {
  if (workers > 0 && isolate !== "inline") return undefined;
  if (await isDebugged()) return undefined;
  const { captureScoped } = await import("../../thread/output/capture_scoped.ts");
  return captureScoped;
}

/** Returns whether a debugger is attached; assumed not without permission to ask. */
async function isDebugged(): Promise<boolean> {
  if (!isGranted({ name: "sys", kind: "inspector" as SysKind })) return false;
  const inspector = await import("node:inspector"); // three times as fast as `process`
  return inspector.url() !== undefined;
}

/** Deno's declarations omit some kinds. */
type SysKind = NonNullable<Deno.SysPermissionDescriptor["kind"]>;

/**
 * Calls the module's `addLoggingHighlights`.
 *
 * @throws {UsageError} when the hook throws.
 */
async function loadHighlights(
  { hooks, startMs }: Target,
  { policy: { deadlineMs } }: Request,
  system: System,
): Promise<unknown> {
  const hook = "addLoggingHighlights";
  if (hooks[hook] === undefined) return undefined;
  const note = (time: string) => `${hook} is still running after ${time}`;
  const late = `${hook} did not end before the deadline of the run`;
  try {
    const called = (async () => await hooks[hook]!())();
    return await awaitUserCode(called, {
      system,
      note,
      deadlineMessage: late,
      startMs,
      deadlineMs,
    });
  } catch (error) {
    if (error instanceof DeadlineError) throw error;
    const { HookFailure } = await import("./hook_failure.ts");
    throw new HookFailure(hook, error, system);
  }
}
