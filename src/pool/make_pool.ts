/** Chooses the pool for a way of running. */
import type { SharedState } from "../state/shared_state.ts";
import { InlinePool } from "./inline_pool.ts";
import type { Pool } from "./pool.ts";
import { WorkerPool } from "./worker_pool.ts";

/** What a pool is made from. */
export interface PoolSetup {
  /** How many threads at most; 0 runs the tasks on the main thread. */
  readonly workers: number;
  readonly state: SharedState;
  /** Whether workers stay for the next run. */
  readonly keepWorkers?: boolean;
}

/** Makes a pool. */
export function makePool({ workers, state, keepWorkers = false }: PoolSetup): Pool {
  return workers === 0
    ? new InlinePool(state)
    : new WorkerPool({ size: workers, state, keepWorkers });
}

/** How many threads a run gets if nobody says: as many as there is use for, and 8 at most. */
export function defaultWorkers(tasks: number): number {
  return Math.max(1, Math.min(8, navigator.hardwareConcurrency, tasks));
}
