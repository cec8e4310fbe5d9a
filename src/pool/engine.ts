/** Where tasks run that do not run on this machine: what the scheduler knows of it. */
import type { SharedState } from "../state/shared_state.ts";
import type { Pool } from "./pool.ts";
import type { CodeSource } from "../lane/run_spec.ts";

/** A run, as an engine gets it at first. */
export interface EngineSetup {
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly code: CodeSource;
  /** How many tasks may run at once, on all machines together; by default as many as there is room for. */
  readonly workers: number | undefined;
}

/** A run at an engine. To dispose of it lets go of it, if it was not run. */
export interface EngineRun extends AsyncDisposable {
  /** Whether it was begun before by a driver that is gone, so that its state is there. */
  readonly isResumed: boolean;
  /**
   * Makes the pool that runs the tasks. The state is that of the run from then on, and not to be written to
   * here until the pool has finished.
   *
   * @param state What a new run begins with; a resumed one puts its own in the place of that.
   */
  pool(state: SharedState): Promise<Pool>;
}

/** Where tasks run that do not run on this machine: `bullmqEngine` makes one. */
export interface Engine {
  /** Where it is, without what is secret in its address. */
  readonly name: string;
}

/** The same, as the scheduler uses it. */
export interface EngineDriver extends Engine {
  /**
   * Begins a run, or goes on with one.
   *
   * @throws {UsageError} when the engine cannot be reached, or the run cannot be had.
   */
  start(setup: EngineSetup): Promise<EngineRun>;
}

/**
 * What the scheduler uses of an engine.
 *
 * @throws {TypeError} when it is none.
 */
export function toEngineDriver(engine: Engine): EngineDriver {
  if (typeof (engine as Partial<EngineDriver>)?.start === "function") return engine as EngineDriver;
  throw new TypeError("Cannot use the engine: make it with bullmqEngine(address)");
}
