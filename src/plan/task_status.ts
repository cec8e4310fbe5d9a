/** What a plan is made of and what is said of it, apart from its transitions. */
import type { Adjacency } from "../graph/adjacency.ts";
import type { PlanShape } from "./plan_layout.ts";
import { RecordKind } from "./transition_log.ts";
import type { PlanBufferPool } from "./plan_buffers.ts";
import type { PlanPolicies } from "./policy_words.ts";

/** The state word of a task. States from PASSED on are outcomes; a task up to READY has not started. */
export const TaskState = {
  /** Ready but for a mutex that another task has. */
  PARKED: -2,
  /** An attempt has failed; another follows after a while. */
  RETRYING: -1,
  WAITING: 0,
  READY: 1,
  RUNNING: 2,
  PASSED: RecordKind.PASSED,
  FAILED: RecordKind.FAILED,
  SKIPPED: RecordKind.SKIPPED,
  CANCELLED: RecordKind.CANCELLED,
} as const;

/** How a task that ran may end. */
export type RanOutcome =
  | typeof TaskState.PASSED
  | typeof TaskState.FAILED
  | typeof TaskState.CANCELLED;

/** What a thread needs to take part in a plan. It may be posted to a worker. */
export interface PlanHandle extends PlanShape {
  readonly buffer: SharedArrayBuffer;
}

/** The graph as the plan needs it. */
export interface PlanGraph {
  readonly size: number;
  readonly dependencies: Adjacency;
  readonly dependents: Adjacency;
}

/** How a run is to go. */
export interface PlanOptions {
  /** How many threads may run tasks at once. */
  readonly lanes: number;
  /** Whether tasks whose dependencies did not pass are skipped. */
  readonly skipDependents: boolean;
  /** Where it gets its memory from, if there may be some of a plan before it. */
  readonly memory?: PlanBufferPool | undefined;
  /** The ranks of the tasks, lowest first to run; by default their ids. */
  readonly ranks?: Int32Array | undefined;
  /** How tasks are run, by id; by default all in the same way. */
  readonly policies?: PlanPolicies;
  /** How many tasks may fail until the run is cancelled; any number by default. */
  readonly failLimit?: number | undefined;
}

/** The thread that had a lane was declared lost; what it does no longer counts. */
export class LaneFencedError extends Error {
  override name = "LaneFencedError";
}
