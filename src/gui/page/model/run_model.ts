/** Model of a run, folded from its events. */
import type { ErrorRecord } from "../../../base/error_record.ts";
import { type CriticalPath, criticalPath } from "../../../events/critical_path.ts";
import { isUnneeded, type RunEvent, type TaskInfo } from "../../../events/run_event.ts";
import {
  applyEvent,
  emptyView,
  isFlaky,
  type MutableRunView,
  type RunView,
} from "../../../events/run_view.ts";
import { stripAnsi } from "./strip_ansi.ts";

/** The statuses of a task, as the page names and colors them. */
export const DISPLAY_STATUSES = [
  "waiting",
  "queued",
  "running",
  "retrying",
  "passed",
  "cached",
  "flaky",
  "failed",
  "skipped",
  "unneeded",
  "cancelled",
  "unfinished",
] as const;
/** See {@linkcode DISPLAY_STATUSES}. */
export type DisplayStatus = typeof DISPLAY_STATUSES[number];

/** A bar of the timeline: an attempt. */
export interface AttemptBar {
  readonly task: number;
  readonly worker: number;
  readonly attempt: number;
  /** The time at which the task was ready: it then waits for a thread, a mutex or a token. */
  readonly readyMs: number;
  readonly fromMs: number;
  /** Undefined while the attempt runs. */
  toMs: number | undefined;
  status: DisplayStatus;
}

/** A line of output, printed or logged. */
export interface OutputLine {
  readonly atMs: number;
  readonly channel: string;
  readonly level: string;
  readonly text: string;
}

/** The output of a task. */
export interface Output {
  /** Number of lines, including dropped ones. */
  count: number;
  /** The last lines: {@linkcode TASK_LINES_MIN} at least, if the task has printed that many. */
  readonly lines: OutputLine[];
}

/** An event that is a line of the log. */
export type LogEntry = Extract<
  RunEvent,
  {
    type:
      | "task-finished"
      | "task-retried"
      | "task-output"
      | "stray-error"
      | "worker-lost"
      | "run-cancelled";
  }
>;

/** A lost thread, and the task that it ran. */
export interface LostThread {
  readonly worker: number;
  readonly error: ErrorRecord;
  readonly task: number | undefined;
}

/** Number of last lines that are kept for each task; the log has all of them. */
export const TASK_LINES_MIN = 300;
/** Maximum number of lines in the log, to bound the memory of the page. */
const LOG_MAX = 200_000;

/**
 * The model of a run, live or recorded: the fold of its events as {@linkcode RunView}, and in
 * addition the bars of the timeline, the output by task, and the log. Pure.
 */
export class RunModel {
  readonly view: MutableRunView = emptyView();
  readonly statuses: DisplayStatus[] = [];
  /** By thread, in the order of their starts. */
  readonly bars: AttemptBar[][] = [];
  /** By task, in the order of their starts; undefined for tasks that have not started. */
  readonly attempts: (AttemptBar[] | undefined)[] = [];
  /** The tasks that have been ready, in that order. */
  readonly readyTasks: number[] = [];
  /** By task, the last time at which it was ready. */
  readonly readyMs: (number | undefined)[] = [];
  /** By task; output outside of tasks is under -1. */
  readonly output: Map<number, Output> = new Map();
  readonly lostThreads: LostThread[] = [];
  readonly log: LogEntry[] = [];
  /** The log without output. */
  readonly outcomes: LogEntry[] = [];
  #seq = -1;
  #omittedCount = 0;
  #isUnfinished = false;
  #path: CriticalPath | undefined;
  #pathTaskCount = -1;

  /** The tasks, by id. */
  get tasks(): readonly TaskInfo[] {
    return this.view.tasks;
  }

  /** The `seq` of the last event applied. */
  get seq(): number {
    return this.#seq;
  }

  /** Number of lines of output that did not fit into the log. */
  get omittedCount(): number {
    return this.#omittedCount;
  }

  /** Whether the last event of the run has been applied. */
  get isFinished(): boolean {
    return this.view.finishedAt !== undefined;
  }

  /** Whether all tasks have ended. The run may still fail in a teardown hook. */
  get hasFinishedTasks(): boolean {
    const { finished, tasks } = this.view;
    return finished.length === tasks.length;
  }

  /** Whether no more events are expected, although the run is not finished. */
  get isUnfinished(): boolean {
    return this.#isUnfinished;
  }

  /** The critical path so far. */
  get path(): CriticalPath {
    const count = this.view.finished.length;
    if (this.#path === undefined || this.#pathTaskCount !== count) {
      this.#path = criticalPath(this.view);
      this.#pathTaskCount = count;
    }
    return this.#path;
  }

  /** The task that an entry of the log is about: that of a lost thread is the one it ran. */
  taskOf(entry: LogEntry): number | null {
    if (entry.type !== "worker-lost") return "task" in entry ? entry.task : null;
    return this.lostThreads.find(({ error }) => error === entry.error)?.task ?? null;
  }

  /** Applies an event. Skips a known one: a reconnect may repeat events. */
  apply(event: RunEvent): void {
    if (event.seq <= this.#seq) return;
    this.#seq = event.seq;
    applyEvent(this.view, event);
    switch (event.type) {
      case "run-started":
        for (const _ of event.tasks) this.statuses.push("waiting");
        for (let worker = 0; worker < event.workers; worker++) this.bars.push([]);
        return;
      case "task-queued":
        this.statuses[event.task] = "queued";
        if (this.readyMs[event.task] === undefined) this.readyTasks.push(event.task);
        this.readyMs[event.task] = event.elapsedMs;
        return;
      case "task-started":
        this.statuses[event.task] = "running";
        return this.#startBar(event);
      case "task-retried":
        this.statuses[event.task] = "retrying";
        this.#endBar(event.worker, event.elapsedMs, "failed");
        return this.#addEntry(event);
      case "task-finished":
        return this.#finishTask(event);
      case "task-output":
        return this.#addOutput(event);
      case "worker-lost": {
        const { worker, error } = event;
        this.lostThreads.push({ worker, error, task: this.view.running[worker] });
        return this.#addEntry(event);
      }
      case "stray-error":
      case "run-cancelled":
        return this.#addEntry(event);
    }
  }

  /**
   * Marks tasks without an outcome as unfinished: the process has ended.
   *
   * @param atMs Time of the end, if it is known: it may be long after the last event.
   */
  markUnfinished(atMs: number = this.view.elapsedMs): void {
    this.#isUnfinished = true;
    this.view.elapsedMs = Math.max(this.view.elapsedMs, atMs);
    for (const [task, status] of this.statuses.entries()) {
      const isOpen = ["waiting", "queued", "running", "retrying"].includes(status);
      if (isOpen) this.statuses[task] = "unfinished";
    }
    for (const row of this.bars) {
      const last = row.at(-1);
      if (last === undefined || last.toMs !== undefined) continue;
      last.toMs = this.view.elapsedMs;
      last.status = "unfinished";
    }
  }

  #startBar({ task, worker, attempt, elapsedMs }: RunEvent & { type: "task-started" }): void {
    while (this.bars.length <= worker) this.bars.push([]);
    const bar: AttemptBar = {
      task,
      worker,
      attempt,
      readyMs: this.readyMs[task] ?? elapsedMs,
      fromMs: elapsedMs,
      toMs: undefined,
      status: "running",
    };
    this.bars[worker]!.push(bar);
    (this.attempts[task] ??= []).push(bar);
  }

  #endBar(worker: number | null, elapsedMs: number, status: DisplayStatus): void {
    const bar = worker === null ? undefined : this.bars[worker]?.at(-1);
    if (bar === undefined || bar.toMs !== undefined) return;
    bar.toMs = elapsedMs;
    bar.status = status;
  }

  #finishTask(event: RunEvent & { type: "task-finished" }): void {
    const status = displayStatus(this.view, event);
    this.statuses[event.task] = status;
    this.#endBar(event.worker, event.elapsedMs, status);
    this.#addEntry(event);
  }

  #addOutput(event: RunEvent & { type: "task-output" }): void {
    const key = event.task ?? -1;
    let output = this.output.get(key);
    if (output === undefined) this.output.set(key, output = { count: 0, lines: [] });
    const { lines } = output;
    output.count++;
    if (lines.length >= 2 * TASK_LINES_MIN) lines.splice(0, TASK_LINES_MIN);
    const { elapsedMs, channel, level } = event;
    const text = stripAnsi(event.text);
    lines.push({ atMs: elapsedMs, channel, level, text });
    if (this.log.length >= LOG_MAX) this.#omittedCount++;
    else this.log.push(text === event.text ? event : { ...event, text });
  }

  #addEntry(entry: LogEntry): void {
    this.log.push(entry);
    this.outcomes.push(entry);
  }
}

function displayStatus(
  view: RunView,
  { task, outcome, cached }: RunEvent & { type: "task-finished" },
) {
  if (cached) return "cached";
  if (isFlaky(view, task)) return "flaky";
  return isUnneeded(outcome) ? "unneeded" : outcome.status;
}
