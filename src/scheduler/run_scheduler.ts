/** What `Scheduler.start()` does, apart from the class so that workers need not load it. */
import { unsupportedDenoMessage } from "../runtime/deno_version.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { defaultWorkers } from "../runtime/worker_limits.ts";
import type { Reporter } from "../events/run_event.ts";
import { summarize, type Summary } from "../events/summary.ts";
import type { Graph } from "../graph/graph.ts";
import { checkIsolation, createPool } from "../pool/create_pool.ts";
import type { PrestartedWorker } from "../pool/prestarted_worker.ts";
import type { Pool } from "../pool/pool.ts";
import type { CodeSource } from "../lane/run_spec.ts";
import { toEngineDriver } from "../pool/engine.ts";
import type { Isolation } from "../pool/isolation.ts";
import type { SharedState } from "../state/shared_state.ts";
import { logger } from "../task/logger.ts";
import { realm } from "../task/realm.ts";
import type { FoundTask } from "../task/task.ts";
import { type Callback, callbackReporters, callEndCallback } from "./callbacks.ts";
import { passthroughReporter } from "./passthrough_reporter.ts";
import { runGraph } from "../run/run_graph.ts";
import { isolationOf, type SchedulerOptions } from "./scheduler_options.ts";
import { checkRunPolicy } from "../run/run_policy.ts";

/** A scheduler, as its start needs it. */
export interface StartOptions {
  readonly options: SchedulerOptions;
  readonly graph: Graph;
  readonly state: SharedState;
  readonly tasks: ReadonlyMap<string, FoundTask>;
  readonly modules: readonly string[];
  readonly key: string;
  readonly start: number;
  readonly callbacks: readonly Callback[];
  /** The pool of the start before, if it was kept. */
  readonly pool: Pool | undefined;
  /** A thread to begin with, where there is no pool yet. */
  readonly early: PrestartedWorker | undefined;
  /** Called with the pool, if it is to be kept, when that is through with the run. Callbacks may not be. */
  readonly over: (pool: Pool | undefined) => void;
}

/** Runs the tasks of a scheduler once. */
export async function runScheduler(setup: StartOptions): Promise<Summary> {
  const refusal = unsupportedDenoMessage();
  if (refusal !== undefined) throw new UsageError(`Cannot start the scheduler: ${refusal}`);
  const { options, graph, state, tasks, callbacks } = setup;
  const isolate = isolationOf(options);
  const inline = isolate === "inline";
  if (options.engine === undefined) await checkIsolation(isolate, graph.withPolicy);
  const code = inline ? { kind: "module", url: "" } as const : codeSource(setup);
  for (const url of setup.modules) setup.early?.load(url, true);
  if (options.clearResultsOnStart ?? true) state.clearResults();
  const keepWorkers = options.keepWorkers ?? false;
  const { names } = graph;
  await using elsewhere = options.engine &&
    await toEngineDriver(options.engine).start({ names, code, workers: options.workers });
  const pool = await (elsewhere?.pool(state) ?? openPool(setup, isolate));
  const { view, reporterFailures } = await runGraph({
    graph,
    pool,
    code,
    local: tasks,
    recall: (key, past) => realm().past.get(key)?.[past]?.(),
    storeResults: options.storeResults ?? true,
    skipDependents: options.skipDependents ?? false,
    reporters: [...callbackReporters(callbacks), ...await reporters(options)],
    policy: checkRunPolicy(options),
    signal: options.signal,
    over: () => setup.over(keepWorkers ? pool : undefined),
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

/** The pool of the start before, unless it has too few threads for what is registered by now; or another. */
async function openPool(
  { options, graph, state, pool: kept, early }: StartOptions,
  isolate: Isolation,
): Promise<Pool> {
  const { workers, keepWorkers = false } = options;
  const size = isolate === "inline" ? 0 : workers ?? defaultWorkers(graph.size);
  if (kept !== undefined && kept.size >= size) return kept;
  await kept?.[Symbol.asyncDispose]();
  return await createPool({ workers: size, state, keepWorkers, isolate, prestarted: early });
}

function codeSource({ options, modules, key, start }: StartOptions): CodeSource {
  const past = Object.fromEntries(
    [...realm().past].map(([scheduler, summaries]) => [scheduler, summaries.length]),
  );
  if (options.mode === "replay") {
    return { kind: "replay", entry: Deno.mainModule, key, start, completedStarts: past };
  }
  if (modules.length === 0) {
    throw new UsageError(
      "Cannot start: there is no module that workers could import (in the REPL); " +
        'use `mode: "inline"`, or name one with `module`',
    );
  }
  return { kind: "scheduler", modules, key, start, completedStarts: past };
}

async function reporters(options: SchedulerOptions): Promise<Reporter[]> {
  const own = [...options.reporters ?? []];
  if (!options.setupLogging) return own.length > 0 ? own : [passthroughReporter];
  const { loggingReporters } = await import("../report/text/logging.ts");
  return [...own, ...loggingReporters(options)];
}
