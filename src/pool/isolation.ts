/** Isolation modes of tasks. */
import { UsageError } from "../base/errors.ts";

/**
 * The isolation of tasks:
 *
 * - `"worker"`: tasks run on threads, which are Web Workers of one process.
 * - `"process"`: tasks run in child processes. One that hangs can be killed, and tasks can have
 *   permissions of their own.
 * - `"inline"`: none. Tasks run on the main thread.
 */
export type Isolation = "worker" | "process" | "inline";

/** All isolation modes. */
export const ISOLATIONS: readonly Isolation[] = ["worker", "process", "inline"];

/** The isolation of the tasks of a remote worker: in child processes, or on threads. */
export type WorkerIsolation = Exclude<Isolation, "inline">;

/** All isolation modes of a remote worker; the first is the default. */
export const WORKER_ISOLATIONS: readonly WorkerIsolation[] = ["process", "worker"];

/** The error of a task with permissions of its own that is to run on a thread. */
export function permissionsNotEnforced(task: string): UsageError {
  return new UsageError(
    `Cannot enforce the permissions of task "${task}": threads have the permissions of the whole ` +
      "process; use --isolate=process",
  );
}
