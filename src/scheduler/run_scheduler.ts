/**
 * The implementation of `Scheduler.start()`, in a module of its own so that workers need not load
 * it.
 */
import { unsupportedDenoMessage } from "../runtime/unsupported_deno_message.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { writeText } from "../base/write_all.ts";
import type { Reporter } from "../events/reporter.ts";
import { summarize, type Summary } from "../events/summary.ts";
import { withoutResources } from "../graph/resources.ts";
import type { Graph } from "../graph/graph.ts";
import type { PrestartedWorker } from "../pool/prestarted_worker.ts";
import type { Pool } from "../pool/pool.ts";
import type { CodeSource } from "../lane/run_spec.ts";
import { type EngineSetup, toEngineDriver } from "../pool/engine.ts";
import type { SharedState } from "../state/shared_state.ts";
import { logger } from "../task/logger.ts";
import { realm } from "../task/realm.ts";
import type { FoundTask } from "../task/task.ts";
import { type Callback, callbackReporters, callEndCallback } from "./callbacks.ts";
import { composeRun, workerCount } from "../run/compose_run.ts";
import { isolationOf, type SchedulerOptions } from "./scheduler_options.ts";
import { checkTokenNeeds } from "../run/check_token_needs.ts";
import { checkRunPolicy } from "../run/run_policy.ts";

/** Options of {@linkcode runScheduler}: the scheduler's configuration and collaborators. */
export interface StartOptions {
  readonly options: SchedulerOptions;
  readonly graph: Graph;
  readonly state: SharedState;
  readonly tasks: ReadonlyMap<string, FoundTask>;
  readonly modules: readonly string[];
  readonly key: string;
  readonly start: number;
  readonly callbacks: readonly Callback[];
  /** The pool of the previous start, if it was kept. */
  readonly pool: Pool | undefined;
  /** A thread that was started ahead, if there is no pool yet. */
  readonly prestarted: PrestartedWorker | undefined;
  /**
   * Called when the pool has finished the run, with the pool if it is kept. Callbacks may still be
   * active.
   */
  readonly onPoolFinished: (pool: Pool | undefined) => void;
}

/** Runs the tasks of a scheduler once. */
export async function runScheduler(start: StartOptions): Promise<Summary> {
  const unsupported = unsupportedDenoMessage();
  if (unsupported !== undefined) throw new UsageError(`Cannot start the scheduler: ${unsupported}`);
  const { options, graph, state, tasks, callbacks } = start;
  const policy = checkRunPolicy(options);
  checkTokenNeeds(graph.tasks, policy);
  const { engine, keepWorkers = false } = options;
  const isolate = isolationOf(options);
  const driver = engine && toEngineDriver(engine);
  const code = isolate === "inline" ? { kind: "module", url: "" } as const : codeSource(start);
  const run = {
    graph,
    code,
    local: tasks,
    state,
    isolate,
    workers: workerCount(
      { workers: options.workers, isolate, isRemote: !!engine },
      withoutResources(graph).size,
    ),
    keepWorkers,
    prestarted: start.prestarted,
    keptPool: start.pool,
    startEngineRun: driver && ((setup: EngineSetup) => driver.start(setup)),
    onPoolFinished: (pool: Pool) => start.onPoolFinished(keepWorkers ? pool : undefined),
  };
  const { view, reporterFailures } = await composeRun(run, async () => {
    if (options.clearResultsOnStart ?? true) state.clearResults();
    return {
      startSummary: (key, index) => realm().pastStarts.get(key)?.[index]?.(),
      storeResults: options.storeResults ?? true,
      skipDependents: options.skipDependents ?? false,
      resultsMayBeMissing: !options.skipDependents, // as in the types of the results
      reporters: [...callbackReporters(callbacks), ...await reporters(options)],
      policy,
      signal: options.signal,
    };
  });
  const failures = reporterFailures.map(({ error }) => recordError(error));
  failures.push(
    ...(await callEndCallback(callbacks, () => summarize(view, failures))).map(recordError),
  );
  for (const { type, message, stack } of failures) {
    logger.error(`A callback or reporter failed: ${stack ?? `${type}: ${message}`}`);
  }
  return summarize(view, failures);
}

function codeSource({ modules, key, start }: StartOptions): CodeSource {
  const past = Object.fromEntries(
    [...realm().pastStarts].map(([scheduler, summaries]) => [scheduler, summaries.length]),
  );
  if (modules.length === 0) {
    throw new UsageError(
      "Cannot start the scheduler: workers have no module to import (in the REPL); " +
        'use `mode: "inline"`, or set `module` to a URL',
    );
  }
  return { kind: "scheduler", modules, key, start, completedStarts: past };
}

async function reporters(options: SchedulerOptions): Promise<Reporter[]> {
  const own = [...options.reporters ?? []];
  if (!options.setupLogging) return own.length > 0 ? own : [passthroughReporter];
  const { loggingReporters } = await import("../report/text/logging_reporters.ts");
  return [...own, ...loggingReporters(options)];
}

/**
 * Prints the output of tasks on other threads, and log lines except debug lines, as code outside of
 * a run does.
 */
const passthroughReporter: Reporter = {
  report(event) {
    if (event.type !== "task-output") return;
    const { channel, level, text } = event;
    if (channel === "log" && level === "debug") return;
    writeText(channel === "stdout" ? Deno.stdout : Deno.stderr, `${text}\n`);
  },
};
