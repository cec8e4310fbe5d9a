/** Lines about tasks that take long, while they run: a silent task looks like one that hangs. */
import type { Reporter } from "../../events/reporter.ts";
import { type RunEvent, threadName } from "../../events/run_event.ts";
import type { RunView } from "../../events/run_view.ts";
import { onOneLine } from "../../base/text_format.ts";
import { formatApproximately } from "../live/format_elapsed.ts";
import type { Ticker } from "../live/ticker.ts";
import { type LineFormat, logLine } from "./log_line.ts";

/**
 * Duration of an attempt after which its first line is written, in milliseconds; the
 * next ones follow after two, four, eight … minutes.
 */
export const SLOW_MS = 60_000;

/** Options of a {@linkcode SlowTaskReporter}. */
export interface SlowTaskOptions extends LineFormat {
  /** Writes a line for people; the text has no line break. */
  readonly line: (text: string) => void;
  readonly ticker: Ticker;
}

/** The attempt that a thread runs, and the duration after which its next line is written. */
interface Watched {
  readonly task: number;
  readonly attempt: number;
  dueMs: number;
}

/**
 * Writes a line for each attempt that runs longer than {@linkcode SLOW_MS}, at doubling intervals.
 *
 * There is one timer, not one for each task: it is due when the earliest line is, and at the latest
 * after {@linkcode SLOW_MS}, since no task that starts meanwhile is slow before.
 */
export class SlowTaskReporter implements Reporter, Disposable {
  readonly #options: SlowTaskOptions;
  readonly #watched: (Watched | undefined)[] = [];
  /** The view of the last event; current whenever the timer fires. */
  #view!: RunView;
  #startMs = 0;
  #cancelTimer: () => void = () => {};

  constructor(options: SlowTaskOptions) {
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    if (event.type === "run-started") {
      this.#view = view;
      this.#startMs = this.#options.ticker.nowMs() - event.elapsedMs;
      this.#schedule(SLOW_MS);
    } else if (event.type === "run-finished") this[Symbol.dispose]();
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.#cancelTimer();
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer = this.#options.ticker.after(delayMs, () => this.#check());
  }

  #check(): void {
    const nowMs = this.#options.ticker.nowMs() - this.#startMs;
    let delayMs = SLOW_MS;
    for (const [worker, task] of this.#view.running.entries()) {
      if (task === undefined) continue;
      const tookMs = nowMs - this.#view.startedMs[task]!;
      const watched = this.#watch(worker, task);
      if (tookMs >= watched.dueMs) {
        this.#write(worker, task, tookMs);
        while (watched.dueMs <= tookMs) watched.dueMs *= 2;
      }
      delayMs = Math.min(delayMs, watched.dueMs - tookMs);
    }
    this.#schedule(delayMs);
  }

  #watch(worker: number, task: number): Watched {
    const attempt = this.#view.attempts[task]!;
    const last = this.#watched[worker];
    if (last?.task === task && last.attempt === attempt) return last;
    return this.#watched[worker] = { task, attempt, dueMs: SLOW_MS };
  }

  #write(worker: number, task: number, tookMs: number): void {
    const name = onOneLine(this.#view.tasks[task]!.name);
    const text = `${name} SLOW: still running after ${formatApproximately(tookMs)}`;
    const line = { level: "warn", thread: threadName(worker), text } as const;
    this.#options.line(logLine(this.#options, line));
  }
}
