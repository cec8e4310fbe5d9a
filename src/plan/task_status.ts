/** The data types of a plan: its input, its handle, and the states of tasks. */
import type { Adjacency } from "../graph/adjacency.ts";
import type { PlanShape } from "./plan_layout.ts";
import { RecordKind } from "./transition_log.ts";
import type { PlanBufferPool } from "./plan_buffer_pool.ts";
import type { PlanPolicies } from "./policy_words.ts";
import type { TaskId } from "../task/task.ts";

/**
 * The state word of a task. States from PASSED on are outcomes; states up to READY precede the
 * start.
 */
export const TaskState = {
  /** Ready, but a resource that it uses is set up again; of a tear-down, its own. */
  AWAITING: -3,
  /** Ready, but other tasks hold a mutex or tokens that this one needs. */
  PARKED: -2,
  /** An attempt has failed; another follows after the retry delay. */
  RETRYING: -1,
  WAITING: 0,
  READY: 1,
  RUNNING: 2,
  PASSED: RecordKind.PASSED,
  FAILED: RecordKind.FAILED,
  SKIPPED: RecordKind.SKIPPED,
  CANCELLED: RecordKind.CANCELLED,
  /** Skipped by itself: its dependents run as if it had passed. */
  SKIPPED_ALONE: RecordKind.SKIPPED_ALONE,
} as const;

/** The outcome of a task that ran. */
export type RanOutcome =
  | typeof TaskState.PASSED
  | typeof TaskState.FAILED
  | typeof TaskState.SKIPPED
  | typeof TaskState.SKIPPED_ALONE
  | typeof TaskState.CANCELLED;

/** The data with which a thread attaches to a plan. It can be posted to a worker. */
export interface PlanHandle extends PlanShape {
  readonly buffer: SharedArrayBuffer;
}

/** The part of a graph that the plan depends on. */
export interface PlanGraph {
  readonly size: number;
  readonly dependencies: Adjacency;
  readonly dependents: Adjacency;
}

/** The nodes of one resource in a plan. */
export interface PlanResource {
  readonly setUp: number;
  readonly tearDown: number;
  /** The lane that runs both; undefined if any lane may. */
  readonly lane: number | undefined;
  /** Maximum number of times that it is set up again after it was lost. */
  readonly restarts: number;
}

/** A task that is running, on its lane. */
export interface RunningTask {
  readonly lane: number;
  readonly task: TaskId;
  readonly attempt: number;
}

/** The resources of a plan. */
export interface PlanResources {
  readonly nodes: readonly PlanResource[];
  /** The set-ups that each task and each set-up uses. */
  readonly uses: Adjacency;
}

/** Options of {@linkcode Plan.create}. */
export interface PlanOptions {
  /** Maximum number of tasks that run at once. */
  readonly lanes: number;
  /** Whether tasks whose dependencies did not pass are skipped. */
  readonly skipDependents: boolean;
  /** Memory of an earlier plan to reuse; by default, new memory is allocated. */
  readonly memory?: PlanBufferPool | undefined;
  /** The ranks of the tasks, where the lowest runs first; by default their ids. */
  readonly ranks?: Int32Array | undefined;
  /** The policies by task id; by default, none. */
  readonly policies?: PlanPolicies;
  /** Number of tokens by name; by default, as many as the task with the most needs takes. */
  readonly tokens?: ReadonlyMap<string, number> | undefined;
  /** Number of failed tasks that cancels the run; by default, none does. */
  readonly failLimit?: number | undefined;
  /** The resources; by default, none. With resources there are policies. */
  readonly resources?: PlanResources | undefined;
}

/** The lane was fenced: its former thread was declared lost, and its changes no longer count. */
export class LaneFencedError extends Error {
  override name = "LaneFencedError";
}
