/** Live output of a run: a region of the terminal that exists from the first event to the last. */
import type { Reporter } from "../../events/reporter.ts";
import { type RecordedDurations, RunEstimate } from "../../events/run_estimate.ts";
import type { RunEvent, RunStarted } from "../../events/run_event.ts";
import type { RunView } from "../../events/run_view.ts";
import type { Style } from "../style.ts";
import { Region, type Size, type Terminal } from "./region.ts";
import type { Draw } from "./screens.ts";
import type { Ticker } from "./ticker.ts";

/** Options of a {@linkcode LiveReporter}. */
export interface LiveOptions {
  readonly terminal: Terminal;
  readonly ticker: Ticker;
  readonly style: Style;
  readonly draw: Draw;
  /** Task durations of an earlier run; without them the remaining time is not shown. */
  readonly durations?: RecordedDurations | undefined;
  /**
   * Called with the region through which lines have to be written from now on, or undefined when it
   * is closed.
   */
  readonly divert: (region: Region | undefined) => void;
}

/** Time in which a thread starts, in milliseconds, on a busy machine. */
const START_MS = 1000;

/** Draws a run on a terminal. */
export class LiveReporter implements Reporter, Disposable {
  readonly #options: LiveOptions;
  /** The view of the last event; current whenever the region is drawn. */
  #view!: RunView;
  #region: Region | undefined;
  #startMs = 0;
  #estimate: RunEstimate | undefined;
  /** The threads that have started a task. */
  readonly #started = new Set<number>();
  /** Time until which threads may be starting. */
  #startingUntilMs = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    this.#region?.invalidate();
    if (event.type === "task-started") this.#started.add(event.worker);
    else if (event.type === "worker-lost") this.#expectStart();
    else if (event.type === "run-started") this.#open(event);
    else if (event.type === "run-finished") this[Symbol.dispose]();
  }

  /** Hides the region until the next draw. */
  hide(): void {
    this.#region?.hide();
  }

  /** Closes the region, also before the run has finished. */
  [Symbol.dispose](): void {
    this.#options.divert(undefined);
    this.#region?.close();
    this.#region = undefined;
  }

  #open({ tasks, workers }: RunStarted): void {
    const { terminal, ticker, divert, durations } = this.#options;
    if (durations) this.#estimate = new RunEstimate(tasks, workers, durations);
    this.#startMs = ticker.nowMs();
    this.#expectStart();
    this.#region = new Region({
      terminal,
      ticker,
      draw: (size) => this.#draw(size),
      isStarting: () => this.#isStarting(),
    });
    divert(this.#region);
  }

  #expectStart(): void {
    this.#startingUntilMs = this.#options.ticker.nowMs() + START_MS;
  }

  /** Whether a thread is starting: a new one for queued tasks, or one that replaces another. */
  #isStarting(): boolean {
    if (this.#options.ticker.nowMs() < this.#startingUntilMs) return true;
    const { counts, workers } = this.#view;
    return counts.queued > 0 && this.#started.size < workers;
  }

  #draw({ columns, rows }: Size): string[] {
    const { ticker, style, draw } = this.#options;
    const nowMs = Math.max(this.#view.elapsedMs, ticker.nowMs() - this.#startMs);
    const leftMs = this.#estimate?.leftMs(this.#view, nowMs);
    return draw({ view: this.#view, nowMs, leftMs, columns, rows, style });
  }
}
