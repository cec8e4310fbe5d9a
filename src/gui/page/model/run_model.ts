/**
 * What the page knows of a run: the one fold of its events, and beside it what only a page wants: each
 * attempt as a bar of the timeline, what tasks have said, and a log. Pure; recorded and live runs are the
 * same to it.
 */
import { type CriticalPath, criticalPath } from "../../../events/critical_path.ts";
import type { RunEvent, TaskInfo } from "../../../events/run_event.ts";
import { applyEvent, emptyView, isFlaky, type MutableRunView } from "../../../events/run_view.ts";
import { stripAnsi } from "./strip_ansi.ts";

/** Where a task stands, as the page calls and colours it. */
export const DISPLAY_STATUSES = [
  ...["waiting", "queued", "running", "retrying"] as const,
  ...["passed", "flaky", "failed", "skipped", "cancelled", "unfinished"] as const,
];
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
  standing: DisplayStatus;
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
  /** The last of them, {@linkcode LINES_KEPT} at least if there were so many. */
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
export const LINES_KEPT = 300;
/** So many lines of the log. */
const LOG_MAX = 200_000;

/** See the head of this file. */
export class RunModel {
  readonly view: MutableRunView = emptyView();
  readonly standings: DisplayStatus[] = [];
  /** By thread, in the order of time. */
  readonly bars: AttemptBar[][] = [];
  /** By task; what no task has said is under -1. */
  readonly output: Map<number, Output> = new Map();
  readonly log: LogEntry[] = [];
  /** The log without what tasks say. */
  readonly outcomes: LogEntry[] = [];
  #seq = -1;
  #unlogged = 0;
  #isBrokenOff = false;
  #path: CriticalPath | undefined;
  #urlToPath = -1;

  /** The tasks, by id. */
  get tasks(): readonly TaskInfo[] {
    return this.view.tasks;
  }

  /** The `seq` of the last event taken. */
  get seq(): number {
    return this.#seq;
  }

  /** How many printed lines are not in the log, since it is long enough. */
  get unlogged(): number {
    return this.#unlogged;
  }

  /** Whether all has been told. */
  get isOver(): boolean {
    return this.view.finishedAt !== undefined;
  }

  /** Whether all tasks have ended. The run may still tear down, and fail with that. */
  get hasRun(): boolean {
    const { finished, tasks } = this.view;
    return finished.length === tasks.length;
  }

  /** Whether no more is to come, though not all has been told. */
  get isBrokenOff(): boolean {
    return this.#isBrokenOff;
  }

  /** The critical path so far. */
  get path(): CriticalPath {
    const count = this.view.finished.length;
    if (this.#path === undefined || this.#urlToPath !== count) {
      this.#path = criticalPath(this.view);
      this.#urlToPath = count;
    }
    return this.#path;
  }

  /** Takes an event. One that was taken before is passed over: a reconnect may bring it again. */
  take(event: RunEvent): void {
    if (event.seq <= this.#seq) return;
    this.#seq = event.seq;
    applyEvent(this.view, event);
    switch (event.type) {
      case "run-started":
        for (const _ of event.tasks) this.standings.push("waiting");
        for (let worker = 0; worker < event.workers; worker++) this.bars.push([]);
        return;
      case "task-queued":
        this.standings[event.task] = "queued";
        return;
      case "task-started":
        this.standings[event.task] = "running";
        return this.#begin(event);
      case "task-retried":
        this.standings[event.task] = "retrying";
        this.#end(event.worker, event.elapsedMs, "failed");
        return this.#tell(event);
      case "task-finished":
        return this.#finish(event);
      case "task-output":
        return this.#say(event);
      case "stray-error":
      case "worker-lost":
      case "run-cancelled":
        return this.#tell(event);
    }
  }

  /**
   * Marks what has no outcome, when no more is to come: the process is gone.
   *
   * @param atMs When, if that is known: it may have been silent for long before.
   */
  breakOff(atMs: number = this.view.elapsedMs): void {
    this.#isBrokenOff = true;
    this.view.elapsedMs = Math.max(this.view.elapsedMs, atMs);
    for (const [task, standing] of this.standings.entries()) {
      const isOpen = ["waiting", "queued", "running", "retrying"].includes(standing);
      if (isOpen) this.standings[task] = "unfinished";
    }
    for (const row of this.bars) {
      const last = row.at(-1);
      if (last === undefined || last.toMs !== undefined) continue;
      last.toMs = this.view.elapsedMs;
      last.standing = "unfinished";
    }
  }

  #begin({ task, worker, attempt, elapsedMs }: RunEvent & { type: "task-started" }): void {
    while (this.bars.length <= worker) this.bars.push([]);
    this.bars[worker]!.push({
      task,
      worker,
      attempt,
      fromMs: elapsedMs,
      toMs: undefined,
      standing: "running",
    });
  }

  #end(worker: number | null, elapsedMs: number, standing: DisplayStatus): void {
    const bar = worker === null ? undefined : this.bars[worker]?.at(-1);
    if (bar === undefined || bar.toMs !== undefined) return;
    bar.toMs = elapsedMs;
    bar.standing = standing;
  }

  #finish(event: RunEvent & { type: "task-finished" }): void {
    const standing = isFlaky(this.view, event.task) ? "flaky" : event.outcome.status;
    this.standings[event.task] = standing;
    this.#end(event.worker, event.elapsedMs, standing);
    this.#tell(event);
  }

  #say(event: RunEvent & { type: "task-output" }): void {
    const key = event.task ?? -1;
    let output = this.output.get(key);
    if (output === undefined) this.output.set(key, output = { count: 0, lines: [] });
    const { lines } = output;
    output.count++;
    if (lines.length >= 2 * LINES_KEPT) lines.splice(0, LINES_KEPT);
    const { elapsedMs, channel, level } = event;
    const text = stripAnsi(event.text);
    lines.push({ atMs: elapsedMs, channel, level, text });
    if (this.log.length >= LOG_MAX) this.#unlogged++;
    else this.log.push(text === event.text ? event : { ...event, text });
  }

  #tell(entry: LogEntry): void {
    this.log.push(entry);
    this.outcomes.push(entry);
  }
}
