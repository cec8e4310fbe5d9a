/**
 * A run, as a pool and its threads receive it: the plan, the location of the tasks' code, and the
 * rules.
 */
import type { CacheRules } from "../cache/cache_rules.ts";
import type { Plan } from "../plan/plan.ts";
import type { ModuleHooks } from "../task/hooks.ts";
import type { FoundTask, NamedTask } from "../task/task.ts";
import type { RunCases } from "./run_cases.ts";

/** The location of the tasks' code, for a thread that has not loaded it yet. */
export type CodeSource =
  /** The marked exports of a module. */
  | ModuleCode
  /**
   * The tasks that a scheduler created in these modules has registered: importing the modules finds
   * them.
   */
  | SchedulerCode;

/** The start of a scheduler, identified in the same way in every thread. */
export interface SchedulerStart {
  readonly key: string;
  /** Index of the scheduler's start, from 0. */
  readonly start: number;
  /**
   * Number of completed starts of each scheduler, by key: a module that is imported in a worker
   * skips them.
   */
  readonly completedStarts: Readonly<Record<string, number>>;
}

/** The code of a module: its marked exports. */
export interface ModuleCode {
  readonly kind: "module";
  readonly url: string;
  /** Version of the module's file that the main thread has loaded, where it is known. */
  readonly version?: string | undefined;
  /**
   * The cases of the module's tasks, with the values of the main thread; absent where there are
   * none.
   */
  readonly cases?: RunCases | undefined;
  /** See {@linkcode ExportedTasks.isFlat}; false if not known. */
  readonly isFlat?: boolean;
}

/** The code of a scheduler: the modules that create it. */
export interface SchedulerCode extends SchedulerStart {
  readonly kind: "scheduler";
  readonly modules: readonly string[];
}

/** The hooks that each thread calls before its first task and after its last. */
export type WorkerHooks = Pick<ModuleHooks, "setupWorker" | "teardownWorker">;

/** Rules for all tasks of a run, in any pool. */
export interface RunRules {
  /** Whether the results of tasks are kept in `state.results`. */
  readonly storeResults: boolean;
  /** Whether a task reads the result of a dependency that has none as `undefined`. */
  readonly resultsMayBeMissing?: boolean | undefined;
  /** Whether a task may read only the results of its dependencies. */
  readonly isStrict: boolean;
  /** Whether the keys of the state that each task writes are recorded. */
  readonly recordsWrites?: boolean;
  /** Dependencies of the tasks that were not selected: they have no results. */
  readonly unselected?: readonly NamedTask[];
  /** The cache of results; absent if no task of the run is cached. */
  readonly cache?: CacheRules;
  /** Of the thread of a resource that may outlive the run: the name of the resource. */
  readonly outlivingResource?: string;
  /** Time limit of an attempt of a task without a `timeout` of its own, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Start of the run: milliseconds since the Unix epoch, with fractions. */
  readonly epochMs: number;
}

/** A run, as a pool receives it. */
export interface RunSpec {
  readonly plan: Plan;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  /** Returns about how many tasks can run at once, by the shape of the graph alone. */
  readonly graphWidth: () => number;
  readonly code: CodeSource;
  /** The tasks with their code, where the main thread has loaded it. */
  readonly local: ReadonlyMap<string, FoundTask>;
  /** Returns the summary of a completed start, for the main program run again in a worker. */
  readonly startSummary: (key: string, start: number) => unknown;
  /** The hooks of the module for each thread, as on the main thread. */
  readonly hooks: WorkerHooks;
  readonly rules: RunRules;
  /** Whether threads of several pools work on the plan: then no pool reuses its memory. */
  readonly isPlanShared?: boolean;
}
