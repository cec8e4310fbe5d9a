/**
 * Who runs the tasks of a plan. A pool takes part in the plan with threads of its own; the scheduler
 * hears what they have to say through a listener and never sees a thread.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { PlanMemory } from "../plan/plan_buffers.ts";
import type { Plan } from "../plan/plan.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { ModuleHooks } from "../task/hooks.ts";
import type { FoundTask, NamedTask, TaskId } from "../task/task.ts";
import type { EndingLimits } from "./ending.ts";
import type { GettingReadyLimits } from "./getting_ready.ts";
import type { LaneMessage } from "./lane_message.ts";
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
  readonly past: Readonly<Record<string, number>>;
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
export interface RunOrder {
  readonly plan: Plan;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly code: CodeSource;
  /** The tasks with their code, where the main thread has it. */
  readonly local: ReadonlyMap<string, FoundTask>;
  /** What a start that is over came to, for code run again in a worker. */
  readonly recall: (key: string, start: number) => unknown;
  /** What the module has for each thread to do, as the main thread has it. */
  readonly hooks: WorkerHooks;
  readonly rules: RunRules;
}

/** Hears a pool. All calls come on the main thread. */
export interface PoolListener {
  /** Whether a reporter is being told something: code of the main thread's, whatever runs there besides. */
  readonly isTelling: boolean;
  /** A thread says something. */
  message(lane: number, message: LaneMessage): void;
  /** Something is to be said of the thread of a lane, which does not say it itself. */
  notice(lane: number, text: string): void;
  /**
   * The thread of a lane is gone. What it was running will not end by itself.
   *
   * @param postedBase What its successor's count of messages starts from.
   */
  lost(lane: number, error: ErrorRecord, postedBase: number): void;
  /**
   * No thread is left and none can be made: what is ready will not be taken. Each lane that ran a task was
   * declared lost before.
   */
  exhausted(error: ErrorRecord): void;
}

/** How a pool of threads or processes is set up. */
export interface PoolOptions {
  /** How many tasks may run at once. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: SharedState;
  /** Whether what runs them stays for the next run; then the pool must be disposed of. */
  readonly keepWorkers?: boolean;
  /** How long that may take to get ready: other than usual in tests. */
  readonly readyLimits?: GettingReadyLimits;
  /** The same for its end. */
  readonly endingLimits?: EndingLimits;
}

/** See the head of this file. */
export interface Pool extends AsyncDisposable {
  /** The number of lanes: how many tasks may run at once. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: Pick<SharedState, "dropResult">;
  /** Whether {@linkcode kill} ends a thread; otherwise the task it runs is not waited for any more. */
  readonly canKill: boolean;
  /** For the plans of its runs: it gives back that of a run that all its threads are through with. */
  readonly planMemory?: PlanMemory;
  /**
   * Whether threads of this process work on a plan by themselves: they go on while the main thread blocks,
   * and keep the process alive until one of them is lost.
   */
  readonly hasThreads?: boolean;
  /** Begins to work on a plan. The one before must be finished. */
  run(order: RunOrder, listener: PoolListener): void;
  /**
   * Called whenever something happened, before the main thread rests: a pool that starts its threads
   * lazily looks for work here, and keeps the main thread's copy of the state from falling behind.
   */
  nudge(): void;
  /** Tells running tasks that the run is cancelled. */
  abort(reason: CancelReason): void;
  /** Tells a running task that its attempt has taken too long. */
  expire(lane: number, task: TaskId, attempt: number): void;
  /**
   * Ends the thread of a lane by force, where that can be done; the listener hears that it is lost.
   *
   * @param error Why.
   */
  kill(lane: number, error: ErrorRecord): void;
  /** Resolves when the threads have nothing left to say about the run. */
  finish(): Promise<void>;
}
