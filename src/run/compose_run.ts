/**
 * Composes a run: where its tasks execute, and the run loop. The command and the `Scheduler` share
 * it, so that a run is the same thing in both.
 */
import { defaultEngineWorkers, defaultWorkers } from "../runtime/worker_limits.ts";
import { checkIsolation, createPool, type CreatePoolOptions } from "../pool/create_pool.ts";
import type { EngineRun, EngineSetup } from "../pool/engine.ts";
import { UsageError } from "../base/errors.ts";
import type { Graph } from "../graph/graph.ts";
import { withTearDowns } from "../graph/resources.ts";
import type { Isolation } from "../pool/isolation.ts";
import type { Pool } from "../pool/pool.ts";
import { runGraph, type RunGraphOptions, type RunResult } from "./run_graph.ts";

/** Options of {@linkcode composeRun}: the tasks, and where they execute. */
export interface ComposeOptions
  extends
    Pick<RunGraphOptions, "graph" | "code" | "local" | "hooks">,
    Omit<CreatePoolOptions, "isolate"> {
  readonly isolate: Isolation;
  /** Starts the run on an engine; without it, the tasks execute on this machine. */
  readonly startEngineRun?: ((setup: EngineSetup) => Promise<EngineRun>) | undefined;
  /** The pool of an earlier run. It is disposed of if it has too few threads. */
  readonly keptPool?: Pool | undefined;
  /** Called when the pool has finished the run. Reporters may still be active. */
  readonly onPoolFinished?: (pool: Pool) => void;
}

/** The part of a run that is known once its state is prepared. */
export type PreparedRun = Omit<
  RunGraphOptions,
  "graph" | "code" | "local" | "hooks" | "pool" | "onPoolFinished"
>;

/**
 * Executes a run.
 *
 * @param prepare Prepares the state before any task starts; it gets whether an earlier driver of
 * the run has prepared it.
 * @param execute Calls the run loop; by default at once.
 * @throws {UsageError} when the isolation mode does not support the tasks, or the engine is not
 * reached.
 */
export async function composeRun(
  options: ComposeOptions,
  prepare: (isResumed: boolean) => PreparedRun | Promise<PreparedRun>,
  execute: (run: () => Promise<RunResult>) => Promise<RunResult> = (run) => run(),
): Promise<RunResult> {
  const { code, local, hooks = {}, state, workers, isolate, startEngineRun } = options;
  const graph = withTearDowns(options.graph);
  if (startEngineRun === undefined) await checkIsolation(isolate, graph.withPolicy);
  else rejectResources(graph);
  const { names } = graph;
  await using engineRun = await startEngineRun?.({ names, code, workers });
  const prepared = await prepare(engineRun?.isResumed ?? false);
  const pool = await (engineRun?.pool(state) ?? poolFor(options));
  return await execute(() =>
    runGraph({
      graph,
      pool,
      code,
      local,
      hooks,
      onPoolFinished: () => options.onPoolFinished?.(pool),
      ...prepared,
    })
  );
}

/** Rejects resources in a run on an engine: their values would have to reach other machines. */
function rejectResources(graph: Graph): void {
  const resource = graph.tasks.find(({ kind }) => kind === "resource");
  if (resource === undefined) return;
  throw new UsageError(
    `Cannot run the resource "${resource.name}" on an engine: resources are set up on one machine; ` +
      `run without the engine, or mock it: --result-${resource.name}=…`,
  );
}

/**
 * The number of tasks that may execute at once: as asked for, or as many as there are cores and
 * tasks.
 *
 * @param workers The number asked for, if any.
 */
export function workerCount(
  { workers, isolate, isRemote }: {
    readonly workers: number | undefined;
    readonly isolate: Isolation;
    readonly isRemote: boolean;
  },
  tasks: number,
): number {
  if (isRemote) return workers ?? defaultEngineWorkers(tasks);
  return isolate === "inline" ? 0 : workers ?? defaultWorkers(tasks);
}

/** The kept pool if it has enough threads, or a new one. */
async function poolFor(options: ComposeOptions): Promise<Pool> {
  const { keptPool, workers } = options;
  if (keptPool !== undefined && keptPool.size >= workers) return keptPool;
  await keptPool?.[Symbol.asyncDispose]();
  return await createPool(options);
}
