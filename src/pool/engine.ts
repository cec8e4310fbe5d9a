/** The interface between the scheduler and an engine, which runs tasks on remote workers. */
import type { SharedState } from "../state/shared_state.ts";
import type { Pool } from "./pool.ts";
import type { TaskSpec } from "../task/task.ts";
import type { CodeSource } from "../lane/run_spec.ts";

/** A run, as an engine receives it to start. */
export interface EngineSetup {
  /** The tasks' names by id. */
  readonly names: readonly string[];
  /** The tasks and the resources of the run. */
  readonly tasks: readonly TaskSpec[];
  readonly code: CodeSource;
  /**
   * Maximum number of running tasks on all machines together; by default, the workers' capacity.
   */
  readonly workers: number | undefined;
}

/** A run on an engine. Disposing of it before its pool has run releases it. */
export interface EngineRun extends AsyncDisposable {
  /** Whether a driver that is gone has begun the run, so that its state exists. */
  readonly isResumed: boolean;
  /**
   * Creates the pool that runs the tasks. From then on the state is the run's, and must not be
   * written to here until the pool has finished.
   *
   * @param state The initial state of a new run; a resumed run replaces it by its own.
   */
  pool(state: SharedState): Promise<Pool>;
}

/**
 * An engine: a job queue whose remote workers run tasks. `bullmqEngine`, of
 * `@thread-order/cli/bullmq`, creates one for the option `engine` of a scheduler.
 */
export interface Engine {
  /** The engine's address, without user and password. */
  readonly name: string;
}

/** An engine, as the scheduler uses it. */
export interface EngineDriver extends Engine {
  /**
   * Starts or resumes a run.
   *
   * @throws {UsageError} if the engine cannot be reached, or the run cannot be acquired.
   */
  start(setup: EngineSetup): Promise<EngineRun>;
}

/**
 * Checks that a value is an engine.
 *
 * @throws {TypeError} if it is not.
 */
export function toEngineDriver(engine: Engine): EngineDriver {
  if (typeof (engine as Partial<EngineDriver>)?.start === "function") return engine as EngineDriver;
  throw new TypeError("Cannot use the engine: expected the result of bullmqEngine(address)");
}
