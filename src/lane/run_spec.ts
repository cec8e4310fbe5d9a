/** One run, as a pool and its threads get it: the plan, where the code of the tasks is, and the rules. */
import type { Plan } from "../plan/plan.ts";
import type { ModuleHooks } from "../task/hooks.ts";
import type { FoundTask, NamedTask } from "../task/task.ts";
import type { RunCases } from "./run_cases.ts";

/** Where the code of the tasks is found, in a thread that does not have it yet. */
export type CodeSource =
  /** The marked exports of a module. */
  | ModuleCode
  /** What a scheduler made in these modules has registered, seen by importing them. */
  | SchedulerCode
  /** The same, seen by running the main program again in the worker. */
  | ReplayCode;

/** The start of a scheduler, told apart from all others in the same way in every thread. */
export interface SchedulerStart {
  readonly key: string;
  /** Which start of it, from 0. */
  readonly start: number;
  /** How many starts of each scheduler are over, by key: code run again in a worker goes past them. */
  readonly completedStarts: Readonly<Record<string, number>>;
}

/** See {@linkcode CodeSource}. */
export interface ModuleCode {
  readonly kind: "module";
  readonly url: string;
  /** Which version of its file the main thread has loaded, where that is known. */
  readonly version?: string | undefined;
  /** The cases of its tasks, as the main thread has them; absent where there are none. */
  readonly cases?: RunCases | undefined;
}

/** See {@linkcode CodeSource}. */
export interface SchedulerCode extends SchedulerStart {
  readonly kind: "scheduler";
  readonly modules: readonly string[];
}

/** See {@linkcode CodeSource}. */
export interface ReplayCode extends SchedulerStart {
  readonly kind: "replay";
  /** The main program. */
  readonly entry: string;
}

/** What each thread does before its first task and after its last. */
export type WorkerHooks = Pick<ModuleHooks, "setupWorker" | "teardownWorker">;

/** What holds for all tasks of a run, wherever they run. */
export interface RunRules {
  /** Whether what a task returns is kept in `state.results`. */
  readonly storeResults: boolean;
  /** Whether a task may read only results of tasks it comes after. */
  readonly isStrict: boolean;
  /** Whether the keys of the state are recorded that each task writes. */
  readonly recordsWrites?: boolean;
  /** Dependencies of its tasks that were not selected, if there are any: their results are not there. */
  readonly unselected?: readonly NamedTask[];
  /** How long an attempt of a task may take that does not say so itself, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** When the run started: milliseconds since the Unix epoch, with fractions. */
  readonly epochMs: number;
}

/** One run, as a pool gets it. */
export interface RunSpec {
  readonly plan: Plan;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly code: CodeSource;
  /** The tasks with their code, where the main thread has it. */
  readonly local: ReadonlyMap<string, FoundTask>;
  /** What a start that is over came to, for code run again in a worker. */
  readonly startSummary: (key: string, start: number) => unknown;
  /** What the module has for each thread to do, as the main thread has it. */
  readonly hooks: WorkerHooks;
  readonly rules: RunRules;
}
