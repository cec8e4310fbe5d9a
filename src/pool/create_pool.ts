/** Chooses the pool for a way of running. */
import { UsageError } from "../base/errors.ts";
import { partUrl } from "../runtime/package.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { TaskSpec } from "../task/task.ts";
import type { PrestartedWorker } from "./prestarted_worker.ts";
import type { Isolation } from "./isolation.ts";
import type { Pool } from "./pool.ts";
import type { CaptureOutput } from "../thread/output/output_sink.ts";
import { WorkerPool } from "./worker_pool.ts";

/** What a pool is made from. */
export interface CreatePoolOptions {
  /** How many threads at most; 0 runs the tasks on the main thread. */
  readonly workers: number;
  readonly state: SharedState;
  /** Whether workers stay for the next run. */
  readonly keepWorkers?: boolean;
  /** A thread for a pool of threads to begin with. */
  readonly prestarted?: PrestartedWorker | undefined;
  /** How tasks are kept apart; on threads by default. */
  readonly isolate?: Isolation;
  /** Has what tasks print on the main thread go to a sink; without it they print as ever. */
  readonly capture?: CaptureOutput | undefined;
  /** Resolves when signals that have come by now were handled, where another thread receives them for the main one. */
  readonly signalsHandled?: () => Promise<void>;
}

type ProcessPoolClass = new (
  options: Pick<CreatePoolOptions, "state" | "keepWorkers"> & { size: number },
) => Pool;

/** Makes a pool. */
export async function createPool(options: CreatePoolOptions): Promise<Pool> {
  const { workers: size, state, keepWorkers = false, isolate = "worker" } = options;
  if (size === 0 || isolate === "inline") {
    const { InlinePool } = await import("./inline_pool.ts");
    const { capture, signalsHandled } = options;
    return new InlinePool(state, { capture, ...(signalsHandled && { signalsHandled }) });
  }
  if (isolate === "worker") {
    return new WorkerPool({ size, state, keepWorkers, prestarted: options.prestarted });
  }
  // By its URL: what is imported by a literal, Deno reads for every worker that imports the library.
  const url = partUrl("src/pool/process_pool").href;
  const { ProcessPool }: { ProcessPool: ProcessPoolClass } = await import(url);
  return new ProcessPool({ size, state, keepWorkers });
}

/**
 * Refuses what a way of running cannot do.
 *
 * @param tasks The tasks that are to be run, or those that have policies.
 * @throws {UsageError} naming what it is.
 */
export async function checkIsolation(
  isolate: Isolation,
  tasks: readonly TaskSpec[],
): Promise<void> {
  if (isolate === "process") {
    const { assertProcessIsolationSupported } = await import(
      "../process/check_support.ts"
    );
    return assertProcessIsolationSupported(tasks);
  }
  const bound = tasks.find(({ policy }) => policy?.permissions !== undefined);
  if (bound === undefined) return;
  throw new UsageError(
    `Cannot enforce the permissions of "${bound.name}": threads have those of the whole process; ` +
      "use --isolate=process",
  );
}
