/** Isolation modes of tasks. */

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
