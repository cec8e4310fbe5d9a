/**
 * The Chrome trace format, for ui.perfetto.dev and chrome://tracing: a row per thread with a slice
 * per attempt, flow arrows from the end of each dependency to the start of its dependent, output as
 * instant events, and the critical path as a row of its own.
 *
 * The format is the "Trace Event Format": times are microseconds; a flow arrow starts and ends
 * within a slice, to which it is attached.
 */
import { escapeJson, truncate } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import { criticalPath } from "../../events/critical_path.ts";
import type { Reporter } from "../../events/reporter.ts";
import {
  CANCEL_REASON_TEXT,
  type RunEvent,
  type TaskOutput,
  threadName,
} from "../../events/run_event.ts";
import type { RunView } from "../../events/run_view.ts";
import { summaryText } from "../../events/summary.ts";
import type { TaskId } from "../../task/task.ts";
import { withErrorType } from "../text/error_line.ts";
import { plainStyle } from "../style.ts";
import { AttemptTimeline, type TimelineAttempt } from "./attempt_timeline.ts";

/** An event of the trace. */
type TraceEvent = Readonly<Record<string, unknown>> & { readonly ph: string };

const PID = 1;
/** The row of the critical path, and of events without a thread. */
const RUN_ROW = 1;
const rowOf = (worker: number) => worker + 2;

/** Maximum number of arrows and of output lines: viewers become slow beyond. */
const ARROWS_MAX = 100_000;
const LINES_MAX = 20_000;
const TEXT_MAX = 500;
const plain = (text: string) => plainStyle.sanitize(truncate(text, TEXT_MAX));

/** Colors by their names in chrome://tracing; Perfetto chooses its own. */
const COLORS: Readonly<Record<TimelineAttempt["end"], string>> = {
  passed: "good",
  failed: "terrible",
  retried: "bad",
  cancelled: "grey",
  skipped: "grey",
};

/** Writes a trace when the run has finished. */
export class TraceReporter implements Reporter {
  readonly #out: TextSink;
  /** The view of the current event. */
  #view!: RunView;
  readonly #timeline = new AttemptTimeline();
  readonly #instants: TraceEvent[] = [];
  #outputLines = 0;
  #arrows = 0;
  #separator = "";

  constructor(out: TextSink) {
    this.#out = out;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    this.#timeline.add(event);
    switch (event.type) {
      case "task-output":
        return this.#addOutput(event);
      case "stray-error":
      case "worker-lost": {
        const name = event.type === "stray-error" ? "stray error" : "worker lost";
        const args = { error: withErrorType(event.error, plain(event.error.message)) };
        const tid = event.worker === null ? RUN_ROW : rowOf(event.worker);
        return this.#addInstant({ name, cat: "error", s: "t", tid, args });
      }
      case "run-cancelled": {
        const name = `cancelled: ${CANCEL_REASON_TEXT[event.reason]}`;
        return this.#addInstant({ name, cat: "run", s: "p", tid: RUN_ROW });
      }
      case "run-finished":
        return this.#write();
    }
  }

  #addOutput({ task, worker, channel, level, text }: TaskOutput): void {
    if (this.#outputLines++ >= LINES_MAX) return;
    const from = task === null ? {} : { task: this.#view.tasks[task]!.name };
    const args = { ...from, channel, level, text: plain(text) };
    this.#addInstant({ name: channel, cat: "output", s: "t", tid: rowOf(worker), args });
  }

  #addInstant(fields: Readonly<Record<string, unknown>>): void {
    const ts = micros(this.#timeline.nowNs);
    this.#instants.push({ ...fields, ph: "i", ts, pid: PID });
  }

  /** Writes the trace, sorted by time within each kind of event: viewers sort the rest. */
  #write(): void {
    const view = this.#view;
    const path = criticalPath(view);
    this.#out.write(`{"traceEvents":[`);
    this.#writeRows();
    this.#writeAttempts(new Set(path.tasks));
    this.#writeCriticalPath(path.tasks);
    for (const instant of this.#instants) this.#writeEvent(instant);
    const about = {
      tool: "tdrun",
      startedAt: view.startedAt,
      summary: summaryText(view),
      criticalPathMs: Math.round(path.lengthMs * 1000) / 1000,
      arrowsLeftOut: Math.max(0, this.#arrows - ARROWS_MAX),
      linesLeftOut: Math.max(0, this.#outputLines - LINES_MAX),
    };
    this.#out.write(
      `\n],"displayTimeUnit":"ms","otherData":${escapeJson(JSON.stringify(about))}}\n`,
    );
  }

  #writeRows(): void {
    const name = (what: string, args: object, tid: number) =>
      this.#writeEvent({ ph: "M", name: what, pid: PID, tid, ts: 0, args });
    name("process_name", { name: "tdrun" }, RUN_ROW);
    const rows: [tid: number, name: string][] = [[RUN_ROW, "critical path"]];
    for (let worker = 0; worker < this.#view.workers; worker++) {
      rows.push([rowOf(worker), threadName(worker)]);
    }
    for (const [sort_index, [tid, text]] of rows.entries()) {
      name("thread_name", { name: text }, tid);
      name("thread_sort_index", { sort_index }, tid);
    }
  }

  #writeAttempts(critical: ReadonlySet<TaskId>): void {
    const last: TimelineAttempt[] = [];
    for (const attempt of this.#timeline.attempts) {
      const { task, worker, number, startNs, endNs, end } = attempt;
      this.#writeEvent({
        ph: "X",
        name: this.#view.tasks[task]!.name,
        cat: critical.has(task) ? "task,critical" : "task",
        ts: micros(startNs),
        dur: micros(endNs - startNs),
        pid: PID,
        tid: rowOf(worker),
        cname: COLORS[end],
        args: this.#argsOf(attempt),
      });
      if (number === 1) this.#writeArrows(attempt, last);
      last[task] = attempt;
    }
  }

  #argsOf({ task, number, end, error }: TimelineAttempt): object {
    const { after, tags } = this.#view.tasks[task]!;
    return {
      outcome: end,
      ...(number > 1 ? { attempt: number } : {}),
      ...(error ? { error: withErrorType(error, plain(error.message)) } : {}),
      ...(after.length > 0 ? { after: this.#namesOf(after) } : {}),
      ...(tags.length > 0 ? { tags: tags.join(", ") } : {}),
    };
  }

  /** Joins the names of at most 20 tasks: a task may have thousands of dependencies. */
  #namesOf(tasks: readonly TaskId[]): string {
    const names = tasks.slice(0, 20).map((task) => this.#view.tasks[task]!.name);
    return tasks.length > 20 ? `${names.join(", ")}, …` : names.join(", ");
  }

  /** Writes the arrows from the last attempts of the dependencies, which have ended before. */
  #writeArrows({ task, worker, startNs }: TimelineAttempt, last: readonly TimelineAttempt[]): void {
    for (const dependency of this.#view.tasks[task]!.after) {
      const from = last[dependency];
      if (!from || this.#arrows++ >= ARROWS_MAX) continue;
      const common = { name: "depends on", cat: "dependency", id: this.#arrows, pid: PID };
      // Just before the end: the end itself is outside of the slice.
      const ts = micros(from.endNs - 1);
      this.#writeEvent({ ph: "s", ...common, tid: rowOf(from.worker), ts });
      this.#writeEvent({ ph: "f", bp: "e", ...common, tid: rowOf(worker), ts: micros(startNs) });
    }
  }

  #writeCriticalPath(tasks: readonly TaskId[]): void {
    const first: number[] = [];
    const end: number[] = [];
    for (const { task, startNs, endNs } of this.#timeline.attempts) {
      first[task] ??= startNs;
      end[task] = endNs;
    }
    for (const task of tasks) {
      const name = this.#view.tasks[task]!.name;
      const [ts, dur] = [micros(first[task]!), micros(end[task]! - first[task]!)];
      const row = { pid: PID, tid: RUN_ROW, cname: "yellow" };
      this.#writeEvent({ ph: "X", name, cat: "critical path", ts, dur, ...row });
    }
  }

  #writeEvent(event: TraceEvent): void {
    this.#out.write(`${this.#separator}\n${escapeJson(JSON.stringify(event))}`);
    this.#separator = ",";
  }
}

function micros(ns: number): number {
  return ns / 1000;
}
