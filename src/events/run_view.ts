/**
 * The run view: the fold of the events so far. This is the only fold; all displays and counts are
 * derived from a view, so that no two of them can disagree.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { unreachable } from "../base/assert.ts";
import type { TaskId } from "../task/task.ts";
import {
  isSkippedByFailure,
  isUnneeded,
  type RunCancelled,
  type RunEvent,
  type RunStarted,
  type StrayError,
  type TaskFinished,
  type TaskInfo,
  type TaskOutcome,
  type TaskStatus,
} from "./run_event.ts";

/**
 * Number of tasks by status. Unfinished tasks are `waiting` for dependencies or a retry delay,
 * `queued` for a thread, or `running`.
 */
export type Counts = Readonly<Record<TaskStatus | "waiting" | "queued" | "running", number>>;

/** An unhandled error that belongs to no task. */
export type StrayRecord = Pick<StrayError, "worker" | "suspects" | "hook" | "error">;

/**
 * The state of a run after some events, as a {@linkcode Reporter} receives it. Each event changes
 * it: read it during the call, and copy what has to be kept.
 */
export interface RunView {
  /** All tasks of the run; a task's index is its id. Empty before `run-started`. */
  readonly tasks: readonly TaskInfo[];
  /** Number of tasks among these, without the set-ups and tear-downs of resources. */
  readonly taskCount: number;
  /** Number of tasks that have finished, likewise. */
  readonly doneCount: number;
  /** Number of threads for tasks. */
  readonly workers: number;
  /** Tasks that do not run, since their results were given. */
  readonly mocked: readonly string[];
  /** Wall-clock time of the start in ISO 8601. */
  readonly startedAt: string | undefined;
  /** Wall-clock time of the end in ISO 8601. */
  readonly finishedAt: string | undefined;
  /** Time of the last event in milliseconds since the run's start. */
  readonly elapsedMs: number;
  /** Number of tasks by status; `failed` counts set-ups and tear-downs that failed, too. */
  readonly counts: Counts;
  /** The outcome of each finished task, by id. */
  readonly outcomes: readonly (TaskOutcome | undefined)[];
  /** The finished tasks, in order. */
  readonly finished: readonly TaskId[];
  /** The finished tasks that ran, in order. */
  readonly ran: readonly TaskId[];
  /** Number of started attempts by task id; undefined for none. */
  readonly attempts: readonly (number | undefined)[];
  /** Start of each task's last attempt, by id, in milliseconds since the run's start. */
  readonly startedMs: readonly (number | undefined)[];
  /**
   * Duration of each task that has run, by id, in milliseconds: all attempts and the retry delays
   * between them, without the time spent waiting for a thread.
   */
  readonly tookMs: readonly (number | undefined)[];
  /** The thread of each task's last attempt, by id. */
  readonly ranOn: readonly (number | undefined)[];
  /** Total time that the threads have spent in tasks, in milliseconds. */
  readonly busyMs: number;
  /** Tasks that passed after a failed attempt. */
  readonly flaky: readonly TaskId[];
  /** Tasks whose outcome was taken from the cache. */
  readonly cached: ReadonlySet<TaskId>;
  /** Number of times each task was queued: one more than its starts while it is queued. */
  readonly queued: readonly number[];
  /** Number of tasks that were skipped without a failure: not needed, or by `task.skip`. */
  readonly skippedWithoutFailure: number;
  /** Number of skipped tasks that run after failures alone, of which there were none. */
  readonly unneeded: number;
  /** Number of cancelled tasks that never started. */
  readonly neverStarted: number;
  /** Tasks that wait for their retry delay, and since when. */
  readonly retrying: ReadonlyMap<TaskId, number>;
  /** The error of each task's last retried attempt. */
  readonly retryErrors: ReadonlyMap<TaskId, ErrorRecord>;
  /** The running task of each thread, by the thread's number. */
  readonly running: readonly (TaskId | undefined)[];
  /** Errors that belong to no task, in order. */
  readonly strayErrors: readonly StrayRecord[];
  /** Lost threads and the causes, in order. */
  readonly lostWorkers: readonly { readonly worker: number; readonly error: ErrorRecord }[];
  /** The reason for the cancellation, if the run was cancelled. */
  readonly cancelled: RunCancelled["reason"] | undefined;
}

/** The view as the fold changes it; `tasks` and `mocked` are those of the event. */
export type MutableRunView = {
  -readonly [K in keyof RunView]: K extends "tasks" | "mocked" ? RunView[K] : Mutable<RunView[K]>;
};

type Mutable<T> = T extends readonly (infer E)[] ? E[]
  : T extends ReadonlyMap<infer K, infer V> ? Map<K, V>
  : T extends ReadonlySet<infer E> ? Set<E>
  : T extends object ? { -readonly [K in keyof T]: T[K] }
  : T;

/** Creates the view of a run before its first event. */
export function emptyView(): MutableRunView {
  return {
    tasks: [],
    taskCount: 0,
    doneCount: 0,
    workers: 0,
    mocked: [],
    startedAt: undefined,
    finishedAt: undefined,
    elapsedMs: 0,
    counts: { waiting: 0, queued: 0, running: 0, passed: 0, failed: 0, skipped: 0, cancelled: 0 },
    outcomes: [],
    finished: [],
    ran: [],
    attempts: [],
    startedMs: [],
    tookMs: [],
    ranOn: [],
    busyMs: 0,
    flaky: [],
    cached: new Set(),
    queued: [],
    skippedWithoutFailure: 0,
    unneeded: 0,
    neverStarted: 0,
    retrying: new Map(),
    retryErrors: new Map(),
    running: [],
    strayErrors: [],
    lostWorkers: [],
    cancelled: undefined,
  };
}

/** Applies an event to a view. */
export function applyEvent(view: MutableRunView, event: RunEvent): void {
  view.elapsedMs = event.elapsedMs;
  switch (event.type) {
    case "run-started":
      return applyStart(view, event);
    case "task-queued":
      if (isCounted(view, event.task)) {
        view.counts.waiting--;
        view.counts.queued++;
      } else if (view.outcomes[event.task] !== undefined) reopen(view, event.task);
      view.queued[event.task] = (view.queued[event.task] ?? 0) + 1;
      if (view.retrying.size > 0) endPause(view, event.task, event.elapsedMs);
      return;
    case "task-started":
      if (isCounted(view, event.task)) {
        view.counts.queued--;
        view.counts.running++;
      }
      view.startedMs[event.task] = event.elapsedMs;
      view.attempts[event.task] = event.attempt;
      view.ranOn[event.task] = event.worker;
      view.running[event.worker] = event.task;
      return;
    case "task-retried":
      if (isTaskNode(view, event.task)) {
        view.counts.running--;
        view.counts.waiting++;
      }
      view.retrying.set(event.task, event.elapsedMs);
      view.retryErrors.set(event.task, event.error);
      view.running[event.worker] = undefined;
      endAttempt(view, event.task, event.elapsedMs);
      return;
    case "task-finished":
      return applyFinish(view, event, event.elapsedMs);
    case "stray-error":
      view.strayErrors.push(event);
      return;
    case "worker-lost":
      view.lostWorkers.push(event);
      return;
    case "run-cancelled":
      view.cancelled = event.reason;
      return;
    case "run-finished":
      view.finishedAt = event.finishedAt;
      return;
    case "task-output":
      return;
    default:
      unreachable(event);
  }
}

function applyStart(view: MutableRunView, event: RunStarted): void {
  view.tasks = event.tasks;
  view.workers = event.workers;
  view.mocked = event.mocked;
  view.startedAt = event.startedAt;
  view.taskCount = 0;
  for (const { kind } of event.tasks) if (kind === undefined) view.taskCount++;
  view.counts.waiting = view.taskCount;
  // Allocates all elements at once: growing the lists would take longer than everything else here.
  const { outcomes, queued, attempts, startedMs, tookMs, ranOn } = view;
  for (const list of [outcomes, queued, attempts, startedMs, tookMs, ranOn]) {
    list.length = event.tasks.length;
  }
}

function applyFinish(view: MutableRunView, event: TaskFinished, elapsedMs: number): void {
  const { task, worker, outcome } = event;
  if (isCounted(view, task)) countFinish(view, event);
  else if (outcome.status === "failed") view.counts.failed++;
  view.outcomes[task] = outcome;
  view.finished.push(task);
  if (event.cached) view.cached.add(task);
  if (isFlaky(view, task)) view.flaky.push(task);
  if (worker === null) {
    view.retrying.delete(task);
    if (view.startedMs[task] !== undefined) view.ran.push(task);
    return;
  }
  view.ran.push(task);
  view.running[worker] = undefined;
  endAttempt(view, task, elapsedMs);
}

/** Removes the outcome of a set-up: its resource was lost, and is set up again. */
function reopen(view: MutableRunView, setUp: TaskId): void {
  view.outcomes[setUp] = undefined;
  for (const list of [view.finished, view.ran]) list.splice(list.indexOf(setUp), 1);
}

function countFinish(view: MutableRunView, { task, worker, outcome }: TaskFinished): void {
  // Without a worker it ended before it started: the task was waiting or queued.
  // (Members by a variable name would take V8 ten times as long.)
  if (worker !== null) view.counts.running--;
  else if (isQueued(view, task)) view.counts.queued--;
  else view.counts.waiting--;
  if (outcome.status === "passed") view.counts.passed++;
  else view.counts[outcome.status]++;
  view.doneCount++;
  if (outcome.status === "skipped" && !isSkippedByFailure(outcome)) view.skippedWithoutFailure++;
  if (isUnneeded(outcome)) view.unneeded++;
  if (outcome.status === "cancelled" && view.startedMs[task] === undefined) view.neverStarted++;
}

function endAttempt(view: MutableRunView, task: TaskId, elapsedMs: number): void {
  const tookMs = elapsedMs - (view.startedMs[task] ?? elapsedMs);
  view.tookMs[task] = (view.tookMs[task] ?? 0) + tookMs;
  view.busyMs += tookMs;
}

function endPause(view: MutableRunView, task: TaskId, elapsedMs: number): void {
  const sinceMs = view.retrying.get(task);
  if (sinceMs === undefined) return;
  view.tookMs[task]! += elapsedMs - sinceMs;
  view.retrying.delete(task);
}

function isQueued(view: RunView, task: TaskId): boolean {
  return (view.queued[task] ?? 0) > (view.attempts[task] ?? 0);
}

/** {@linkcode isTaskNode}, which looks at the node only in a run with resources. */
function isCounted(view: RunView, node: TaskId): boolean {
  return view.taskCount === view.tasks.length || isTaskNode(view, node);
}

/** Whether a node is a task, not the set-up or the tear-down of a resource. */
export function isTaskNode({ tasks }: Pick<RunView, "tasks">, node: number): boolean {
  return tasks[node]?.kind === undefined;
}

/** Whether a task passed after a failed attempt. A set-up is not called flaky: it waits. */
export function isFlaky({ tasks, outcomes, attempts }: RunView, task: number): boolean {
  return (attempts[task] ?? 1) > 1 && outcomes[task]?.status === "passed" &&
    isTaskNode({ tasks }, task);
}

/** The tasks with a status, in the order in which they finished. */
export function tasksWithStatus({ finished, outcomes }: RunView, status: TaskStatus): TaskId[] {
  return finished.filter((task) => outcomes[task]!.status === status);
}

/**
 * Whether a finished run was successful: every task passed or was skipped without a failure, and
 * nothing else went wrong. In a cancelled run tasks are asked to end early, and may have left work
 * unfinished.
 */
export function isSuccessful(view: RunView): boolean {
  return view.taskCount === view.counts.passed + view.skippedWithoutFailure &&
    view.counts.failed === 0 &&
    view.strayErrors.length === 0 && view.cancelled === undefined;
}
