/** Isolation modes of tasks. */

/** The isolation of tasks: on threads, in processes, or none, on the main thread. */
export type Isolation = "worker" | "process" | "inline";

/** All isolation modes. */
export const ISOLATIONS: readonly Isolation[] = ["worker", "process", "inline"];
