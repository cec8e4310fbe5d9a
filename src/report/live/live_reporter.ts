/** Live output of a run: a region of the terminal that exists from the first event to the last. */
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent } from "../../events/run_event.ts";
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
  /**
   * Called with the region through which lines have to be written from now on, or undefined when it
   * is closed.
   */
  readonly divert: (region: Region | undefined) => void;
}

/** Draws a run on a terminal. */
export class LiveReporter implements Reporter, Disposable {
  readonly #options: LiveOptions;
  /** The view of the last event; current whenever the region is drawn. */
  #view!: RunView;
  #region: Region | undefined;
  #startMs = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    this.#region?.invalidate();
    if (event.type === "run-started") this.#open();
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

  #open(): void {
    const { terminal, ticker, divert } = this.#options;
    this.#startMs = ticker.nowMs();
    this.#region = new Region({ terminal, ticker, draw: (size) => this.#draw(size) });
    divert(this.#region);
  }

  #draw({ columns, rows }: Size): string[] {
    const { ticker, style, draw } = this.#options;
    const nowMs = Math.max(this.#view.elapsedMs, ticker.nowMs() - this.#startMs);
    return draw({ view: this.#view, nowMs, columns, rows, style });
  }
}
