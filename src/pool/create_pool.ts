/** Creates the pool for an isolation mode. */
import { partUrl } from "../runtime/package.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { TaskSpec } from "../task/task.ts";
import type { PrestartedWorker } from "./prestarted_worker.ts";
import { type Isolation, permissionsNotEnforced } from "./isolation.ts";
import type { Pool } from "./pool.ts";
import type { CaptureOutput } from "../thread/output/output_sink.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Options of a pool. */
export interface CreatePoolOptions {
  /** Maximum number of threads; 0 runs the tasks on the main thread. */
  readonly workers: number;
  readonly state: SharedState;
  /** Whether workers are kept for the next run. */
  readonly keepWorkers?: boolean;
  /** A started thread, which a pool of threads takes as its first. */
  readonly prestarted?: PrestartedWorker | undefined;
  /** Isolation of the tasks; by default, threads. */
  readonly isolate?: Isolation;
  /**
   * Redirects the output of tasks on the main thread to a sink; without it, they print directly.
   */
  readonly capture?: CaptureOutput | undefined;
  /**
   * Resolves when pending signals are handled, where another thread receives them for the main
   * thread.
   */
  readonly signalsHandled?: () => Promise<void>;
}

type ProcessPoolClass = new (
  options: Pick<CreatePoolOptions, "state" | "keepWorkers"> & { size: number },
) => Pool;

/** Creates a pool. */
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
  // Imported by its URL: Deno reads a module imported by a literal for every worker that imports
  // the library.
  const url = partUrl("src/pool/process_pool").href;
  const { ProcessPool }: { ProcessPool: ProcessPoolClass } = await import(url);
  return new ProcessPool({ size, state, keepWorkers });
}

/**
 * Checks that an isolation mode supports the tasks.
 *
 * @param tasks The tasks of the run, or those that have policies.
 * @throws {UsageError} naming the reason, if it does not.
 */
export async function checkIsolation(
  isolate: Isolation,
  tasks: readonly TaskSpec[],
): Promise<void> {
  if (isolate === "process") {
    const { assertProcessIsolationSupported } = await import(
      "../process/assert_process_isolation_supported.ts"
    );
    return assertProcessIsolationSupported(tasks);
  }
  const bound = tasks.find(({ policy }) => policy?.permissions !== undefined);
  if (bound === undefined) return;
  throw permissionsNotEnforced(bound.name);
}
