/**
 * What the page knows of a run: the one fold of its events, and beside it what only a page wants: each
 * attempt as a bar of the timeline, what tasks have said, and a log. Pure; recorded and live runs are the
 * same to it.
 */
import { type CriticalPath, criticalPath } from "../../../events/critical_path.ts";
import type { RunEvent, TaskInfo } from "../../../events/run_event.ts";
import { applyEvent, emptyView, isFlaky, type RunView } from "../../../events/run_view.ts";
import { stripAnsi } from "./strip_ansi.ts";

/** Where a task stands, as the page calls and colours it. */
export const DISPLAY_STATUSES = [
  "waiting",
  "queued",
  "running",
  "retrying",
  "passed",
  "flaky",
  "failed",
  "skipped",
  "cancelled",
  "unfinished",
] as const;
/** See {@linkcode DISPLAY_STATUSES}. */
export type DisplayStatus = typeof DISPLAY_STATUSES[number];

/** One attempt. */
export interface AttemptBar {
  readonly task: number;
  readonly worker: number;
  readonly attempt: number;
  readonly fromMs: number;
  /** Undefined while it lasts. */
  toMs: number | undefined;
  status: DisplayStatus;
}

/** A line that a task has printed or logged. */
export interface OutputLine {
  readonly atMs: number;
  readonly channel: string;
  readonly level: string;
  readonly text: string;
}

/** What a task has said. */
export interface Output {
  /** How many lines there were. */
  count: number;
  /** The last of them, {@linkcode TASK_LINES_MIN} at least if there were so many. */
  readonly lines: OutputLine[];
}

/** A line of the log: an event that says something to people, and when it came. */
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

/** So many lines of one task are kept, the last ones. The log has the others. */
export const TASK_LINES_MIN = 300;
/** So many lines of the log. */
const LOG_MAX = 200_000;

/** See the head of this file. */
export class RunModel {
  readonly view: RunView = emptyView();
  readonly statuses: DisplayStatus[] = [];
  /** By thread, in the order of time. */
  readonly bars: AttemptBar[][] = [];
  /** By task; what no task has said is under -1. */
  readonly output: Map<number, Output> = new Map();
  readonly log: LogEntry[] = [];
  /** The log without what tasks say. */
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

  /** The `seq` of the last event taken. */
  get seq(): number {
    return this.#seq;
  }

  /** How many printed lines are not in the log, since it is long enough. */
  get omittedCount(): number {
    return this.#omittedCount;
  }

  /** Whether all has been told. */
  get isFinished(): boolean {
    return this.view.finishedAt !== undefined;
  }

  /** Whether all tasks have ended. The run may still tear down, and fail with that. */
  get hasFinishedTasks(): boolean {
    const { finished, tasks } = this.view;
    return finished.length === tasks.length;
  }

  /** Whether no more is to come, though not all has been told. */
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

  /** Takes an event. One that was taken before is passed over: a reconnect may bring it again. */
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
      case "stray-error":
      case "worker-lost":
      case "run-cancelled":
        return this.#addEntry(event);
    }
  }

  /**
   * Marks what has no outcome, when no more is to come: the process is gone.
   *
   * @param atMs When, if that is known: it may have been silent for long before.
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
    this.bars[worker]!.push({
      task,
      worker,
      attempt,
      fromMs: elapsedMs,
      toMs: undefined,
      status: "running",
    });
  }

  #endBar(worker: number | null, elapsedMs: number, status: DisplayStatus): void {
    const bar = worker === null ? undefined : this.bars[worker]?.at(-1);
    if (bar === undefined || bar.toMs !== undefined) return;
    bar.toMs = elapsedMs;
    bar.status = status;
  }

  #finishTask(event: RunEvent & { type: "task-finished" }): void {
    const status = isFlaky(this.view, event.task) ? "flaky" : event.outcome.status;
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
