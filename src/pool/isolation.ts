/** How tasks are kept apart. */

/** On threads, in processes, or not at all: on the main thread. */
export type Isolation = "worker" | "process" | "inline";

/** All of them. */
export const ISOLATIONS: readonly Isolation[] = ["worker", "process", "inline"];
