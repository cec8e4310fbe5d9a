/**
 * The sum of the events so far. This is the one fold: whoever shows or counts anything asks a view,
 * so that no two of them can disagree.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { unreachable } from "../base/assert.ts";
import type { TaskId } from "../task/task.ts";
import type {
  RunCancelled,
  RunEvent,
  RunStarted,
  StrayError,
  TaskFinished,
  TaskInfo,
  TaskOutcome,
  TaskStatus,
} from "./run_event.ts";

/** How many tasks stand where. */
export type Counts = Record<TaskStatus | "waiting" | "queued" | "running", number>;

/** An error that belongs to no task. */
export type StrayRecord = Pick<StrayError, "worker" | "suspects" | "hook" | "error">;

/** See the head of this file. It changes with each event; read it, keep nothing of it. */
export interface RunView {
  tasks: readonly TaskInfo[];
  workers: number;
  mocked: readonly string[];
  startedAt: string | undefined;
  finishedAt: string | undefined;
  elapsedMs: number;
  readonly counts: Counts;
  /** The outcome of each task that has one, by id. */
  readonly outcomes: (TaskOutcome | undefined)[];
  /** Which tasks have finished, in that order. */
  readonly finished: TaskId[];
  /** Which of these ran. */
  readonly ran: TaskId[];
  /** How often each task was started, by id; undefined stands for never. */
  readonly attempts: (number | undefined)[];
  /** Milliseconds since the run's start at which each task's last attempt started, by id. */
  readonly startedMs: (number | undefined)[];
  /**
   * How long each task took that has run, by id, in milliseconds: all its attempts, and the pauses
   * between them that were asked for. Waiting for a thread does not count.
   */
  readonly tookMs: (number | undefined)[];
  /** The thread that each task was last started on, by id. */
  readonly ranOn: (number | undefined)[];
  /** How long the threads were running tasks, all together, in milliseconds. */
  busyMs: number;
  /** Tasks that passed, but not on their first attempt. */
  readonly flaky: TaskId[];
  /** How often each task was queued: once more than it was started, while it is. */
  readonly queued: number[];
  /** How many tasks were skipped since nothing had failed: they were not needed. */
  unneeded: number;
  /** Tasks that wait to be queued again after a failed attempt, and since when. */
  readonly retrying: Map<TaskId, number>;
  /** What the last attempt that was followed by another failed with, by task. */
  readonly retryErrors: Map<TaskId, ErrorRecord>;
  /** What each thread is running. */
  readonly running: (TaskId | undefined)[];
  readonly strayErrors: StrayRecord[];
  readonly lostWorkers: { readonly worker: number; readonly error: ErrorRecord }[];
  cancelled: RunCancelled["reason"] | undefined;
}

/** The view of a run of which nothing is known yet. */
export function emptyView(): RunView {
  return {
    tasks: [],
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
    queued: [],
    unneeded: 0,
    retrying: new Map(),
    retryErrors: new Map(),
    running: [],
    strayErrors: [],
    lostWorkers: [],
    cancelled: undefined,
  };
}

/** Takes an event into a view. */
export function applyEvent(view: RunView, event: RunEvent): void {
  view.elapsedMs = event.elapsedMs;
  switch (event.type) {
    case "run-started":
      return applyStart(view, event);
    case "task-queued":
      view.counts.waiting--;
      view.counts.queued++;
      view.queued[event.task] = (view.queued[event.task] ?? 0) + 1;
      if (view.retrying.size > 0) endPause(view, event.task, event.elapsedMs);
      return;
    case "task-started":
      view.counts.queued--;
      view.counts.running++;
      view.startedMs[event.task] = event.elapsedMs;
      view.attempts[event.task] = event.attempt;
      view.ranOn[event.task] = event.worker;
      view.running[event.worker] = event.task;
      return;
    case "task-retried":
      view.counts.running--;
      view.counts.waiting++;
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

function applyStart(view: RunView, event: RunStarted): void {
  view.tasks = event.tasks;
  view.workers = event.workers;
  view.mocked = event.mocked;
  view.startedAt = event.startedAt;
  view.counts.waiting = event.tasks.length;
  // Room for all tasks at once: lists that grow take longer than everything else here.
  const { outcomes, queued, attempts, startedMs, tookMs, ranOn } = view;
  for (const list of [outcomes, queued, attempts, startedMs, tookMs, ranOn]) {
    list.length = event.tasks.length;
  }
}

function applyFinish(view: RunView, event: TaskFinished, elapsedMs: number): void {
  const { task, worker, outcome } = event;
  view.counts[outcome.status]++;
  view.outcomes[task] = outcome;
  view.finished.push(task);
  if (isFlaky(view, task)) view.flaky.push(task);
  if (outcome.status === "skipped" && outcome.cause === null) view.unneeded++;
  if (worker === null) {
    view.retrying.delete(task);
    // Cancelled before it started: it was waiting, or queued. A skipped task was waiting.
    if (outcome.status === "cancelled" && isQueued(view, task)) view.counts.queued--;
    else view.counts.waiting--;
    if (view.startedMs[task] !== undefined) view.ran.push(task);
    return;
  }
  view.counts.running--;
  view.ran.push(task);
  view.running[worker] = undefined;
  endAttempt(view, task, elapsedMs);
}

function endAttempt(view: RunView, task: TaskId, elapsedMs: number): void {
  const tookMs = elapsedMs - (view.startedMs[task] ?? elapsedMs);
  view.tookMs[task] = (view.tookMs[task] ?? 0) + tookMs;
  view.busyMs += tookMs;
}

function endPause(view: RunView, task: TaskId, elapsedMs: number): void {
  const sinceMs = view.retrying.get(task);
  if (sinceMs === undefined) return;
  view.tookMs[task]! += elapsedMs - sinceMs;
  view.retrying.delete(task);
}

function isQueued(view: RunView, task: TaskId): boolean {
  return (view.queued[task] ?? 0) > (view.attempts[task] ?? 0);
}

/** Whether a task passed, but not on its first attempt. */
export function isFlaky({ outcomes, attempts }: RunView, task: number): boolean {
  return outcomes[task]?.status === "passed" && (attempts[task] ?? 1) > 1;
}

/** The tasks that ended so, in the order in which they did. */
export function tasksWithStatus({ finished, outcomes }: RunView, status: TaskStatus): TaskId[] {
  return finished.filter((task) => outcomes[task]!.status === status);
}

/**
 * Whether a finished run went well: every task passed or was not needed, and nothing else went wrong. In a
 * run that was cut short tasks are told to end, and what they had to leave out nobody knows.
 */
export function isSuccessful(view: RunView): boolean {
  return view.tasks.length === view.counts.passed + view.unneeded &&
    view.strayErrors.length === 0 && view.cancelled === undefined;
}
