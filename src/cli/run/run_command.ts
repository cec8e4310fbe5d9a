/** Runs a target: state, run, teardown, recap, summary. */
import { nowMs } from "../../runtime/clock.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { DeadlineError } from "../../base/errors.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { killDescendants } from "../../spawn/process_tree.ts";
import { primordials } from "../../runtime/primordials.ts";
import { onOneLine } from "../../base/text_format.ts";
import { defaultEngineWorkers, defaultWorkers } from "../../runtime/worker_limits.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { EngineRun, EngineSetup } from "../../pool/engine.ts";
import { checkIsolation, createPool } from "../../pool/create_pool.ts";
import type { CaptureOutput } from "../../thread/output/output_sink.ts";
import { caseResults } from "../../lane/run_cases.ts";
import { runGraph, type RunResult } from "../../run/run_graph.ts";
import { SharedState } from "../../state/shared_state.ts";
import type { HookName } from "../../task/hooks.ts";
import { realm } from "../../task/realm.ts";
import { ExitCode, exitCodeOf } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import { DeferredRunEnd } from "../output/deferred_run_end.ts";
import { MainHooks } from "./main_hooks.ts";
import type { System } from "../system/system.ts";
import { type PreparedState, prepareState } from "./initial_state.ts";
import { type Interrupt, interruptible } from "../system/interrupt.ts";
import { openJournal } from "./record_journal.ts";
import type { Target } from "./load_target.ts";
import type { OpenLogFiles } from "../output/open_log_files.ts";
import { printSummary } from "../output/print_summary.ts";
import {
  openReporters,
  type Report,
  settlingReport,
  withStdoutReserved,
} from "../output/open_reporters.ts";
import { processConfigNote } from "../respawn/project_config.ts";
import { isOutForData, type Request } from "../args/request.ts";
import { withOrdering } from "./with_ordering.ts";
import { createTerminalOutput } from "../output/terminal_output.ts";
import { awaitUserCode } from "../system/user_code.ts";
import type { StateOut } from "./state_out.ts";

/** What there is when a run begins. */
export interface Begun {
  /** What has gone wrong outside of tasks on this thread; there may be more of it any time. */
  readonly errors: readonly ErrorRecord[];
  /** The reports of the first run, open. */
  readonly reports: readonly Report[];
}

/**
 * Runs a loaded target, once or until a run does not go well.
 *
 * @returns The exit code.
 * @throws {UsageError} when the state or the highlights are wrong.
 */
export async function runCommand(
  target: Target,
  system: System,
  { errors, reports }: Begun,
): Promise<number> {
  const { request } = target;
  const { repeat, isolate, engine } = request;
  if (engine === undefined) await checkIsolation(isolate, target.graph.withPolicy);
  const note = isolate === "process" ? processConfigNote(target.url) : undefined;
  if (note !== undefined) system.err(`Note: ${note}`);
  for (let run = 0;; run++) {
    if (repeat > 1) system.err(`Run ${run + 1} of ${repeat}`);
    const policy = await withOrdering(request, run, target.url, system);
    const opened = run === 0 ? reports : await openReporters(request, system);
    const startMs = run === 0 ? target.startMs : nowMs();
    const begun = { errors, reports: opened };
    const once = () => runOnce({ ...request, policy }, { ...target, startMs }, system, begun);
    const code = await settlingReport(opened, once);
    if (code !== ExitCode.PASSED || errors.length > 0 || run + 1 === repeat) return code;
  }
}

async function runOnce(
  request: Request,
  target: Target,
  system: System,
  { errors, reports }: Begun,
): Promise<number> {
  using stateOut = await stateOutOf(request, system);
  if (isOutForData(request)) system = withStdoutReserved(system);
  const workers = workersOf(request, target.graph.size);
  const highlights = await highlightsOf(target, request, system);
  using screen = await createTerminalOutput(request, workers, system, highlights);
  await using logFiles = await logFilesOf(request, system);
  const logAs = (hook: HookName | undefined) => {
    realm().log = (level, text) => {
      screen.log(level, text, hook);
      logFiles?.log(level, text, hook);
    };
  };
  logAs(undefined);
  const state = SharedState.create();
  if (target.cases) state.groupResults(caseResults(target.cases));
  for (const [name, result] of target.taken) state.setResult(name, result);
  // What is drawn makes way for what hooks print when the tasks are over; a job's page is a report.
  const [shown, held] = request.screen === "github"
    ? [[], [...screen.reporters, ...reports]]
    : [screen.reporters, reports];
  await using heldEnd = new DeferredRunEnd(held);
  const reporters: Reporter[] = [...shown, heldEnd.reporter];
  if (logFiles) reporters.push(logFiles.reporter);
  const tell = (error: unknown) => void reportError(error, request.verbose, system);
  return await interruptible(system, tell, async (interrupt) => {
    const { deadlineMs } = request.policy;
    const { hooks, startMs } = target;
    const calls = new MainHooks({ hooks, state, system, interrupt, logAs, deadlineMs, startMs });
    const run = { request, target, system, state, workers, reporters, calls, interrupt };
    let result: RunResult;
    try {
      result = await setUpAndRun(run);
    } catch (error) {
      await calls.tearDown(true); // of what setupState has set up until then
      throw error;
    }
    const isWritten = stateOut?.write(state) ?? true;
    const ofHook = await calls.tearDown(false);
    const others = errors.map((error) => ({ error }));
    result = await heldEnd.tell(result, ofHook ? [...others, ofHook] : others);
    result = await logFiles?.closed(result) ?? result;
    const { failOnFlaky } = request;
    const code = exitCodeOf(result, { failOnFlaky, isWritten });
    interrupt.report(); // before the last line
    try {
      await printSummary(result, request, screen, system);
    } catch (error) {
      if (code === ExitCode.PASSED) throw error;
      tell(error); // what cannot be printed makes a failed run no other
    }
    return code;
  });
}

/** What a run is made of. */
interface Running {
  readonly request: Request;
  readonly target: Target;
  readonly system: System;
  readonly state: SharedState;
  readonly workers: number;
  readonly reporters: readonly Reporter[];
  readonly calls: MainHooks;
  readonly interrupt: Interrupt;
}

async function setUpAndRun(running: Running): Promise<RunResult> {
  const { request, target, system, state, workers, reporters, calls, interrupt } = running;
  const { url, version, cases } = target;
  const code = { kind: "module", url, version, cases } as const;
  const { names } = target.graph;
  await using elsewhere = await startElsewhere(request, { names, code, workers });
  let file: PreparedState["file"];
  const isInTime = await calls.setUp(async (hooks, reading) => {
    if (elsewhere?.isResumed) return;
    const prepared = await prepareState(state, request, hooks, reading);
    file = prepared.file;
    if (workers === 0) return; // the main thread has its values, and setupState does not run again
    for (const note of prepared.notes) system.err(`Note: ${onOneLine(note)}`);
  });
  const signals = isInTime ? [] : [primordials.AbortSignal.abort("deadline")];
  const journal = await openJournal(target, { state, file }, system);
  const { leftMs } = calls;
  const capture = await captureOf(request, workers);
  const pool = await (elsewhere?.pool(state) ??
    createPool({
      ...{ workers, state, isolate: request.isolate, capture, prestarted: system.prestartedWorker },
      signalsHandled: () => interrupt.drain(),
    }));
  // Where tasks have processes, these have a keeper.
  if (request.isolate !== "process") interrupt.onForcedExit(() => killDescendants(Deno.pid));
  const run = () =>
    runGraph({
      graph: target.graph,
      pool,
      code,
      local: target.tasks,
      hooks: target.hooks,
      storeResults: true,
      recordsWrites: journal !== undefined,
      skipDependents: request.skipDependents,
      policy: { ...request.policy, ...(leftMs === undefined ? {} : { deadlineMs: leftMs }) },
      reporters: [...reporters, ...(journal ? [journal] : [])],
      mocked: [...request.mocks.keys(), ...target.taken.keys()],
      unselected: target.unselected,
      signal: primordials.AbortSignal.any([interrupt.signal, ...signals]),
    });
  return await (workers === 0 ? interrupt.withDelayedSignalThread(run) : run());
}

/** How many tasks run at once. */
function workersOf({ workers, engine }: Request, tasks: number): number {
  return workers ?? (engine === undefined ? defaultWorkers(tasks) : defaultEngineWorkers(tasks));
}

/** The run at an engine, if the tasks run there. */
async function startElsewhere(
  { engine }: Request,
  setup: EngineSetup,
): Promise<EngineRun | undefined> {
  if (engine === undefined) return undefined;
  const { startAtEngine } = await import("./load_engine.ts");
  return await startAtEngine(engine, setup);
}

async function stateOutOf(
  { stateOut, stateFile }: Request,
  system: System,
): Promise<StateOut | undefined> {
  if (stateOut === undefined) return undefined;
  const { openStateOut } = await import("./state_out.ts");
  return openStateOut(stateOut, stateFile, system);
}

async function logFilesOf({ log }: Request, system: System): Promise<OpenLogFiles | undefined> {
  if (!log) return undefined;
  const { OpenLogFiles } = await import("../output/open_log_files.ts");
  return new OpenLogFiles(system);
}

/** For the main thread, unless somebody debugs: what is printed is to be seen beside the code there. */
async function captureOf(
  { isolate }: Request,
  workers: number,
): Promise<CaptureOutput | undefined> {
  if (workers > 0 && isolate !== "inline") return undefined;
  if (await isDebugged()) return undefined;
  const { captureScoped } = await import("../../thread/output/capture_scoped.ts");
  return captureScoped;
}

/** Where it may not be asked, nobody is: whoever debugs may do so with all permissions. */
async function isDebugged(): Promise<boolean> {
  if (!isGranted({ name: "sys", kind: "inspector" as SysKind })) return false;
  const inspector = await import("node:inspector"); // a third of the time that a look at `process` takes
  return inspector.url() !== undefined;
}

/** Deno's declarations do not have all kinds. */
type SysKind = NonNullable<Deno.SysPermissionDescriptor["kind"]>;

/**
 * What the module wants to be set off in the log.
 *
 * @throws {UsageError} when it throws instead of saying so.
 */
async function highlightsOf(
  { hooks, startMs }: Target,
  { policy: { deadlineMs } }: Request,
  system: System,
): Promise<unknown> {
  const hook = "addLoggingHighlights";
  if (hooks[hook] === undefined) return undefined;
  const note = (time: string) => `${hook} has not ended after ${time}`;
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
