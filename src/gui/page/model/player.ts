/** Playback of recorded runs. */
import { signal } from "@preact/signals";
import { RunModel } from "./run_model.ts";
import { type DisplayedRun, redraw } from "./displayed_run.ts";

/** Playback speeds, relative to the recorded run. */
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100, 1000];

/** Plays a recorded run at a speed. */
export class Player {
  readonly isPlaying = signal(false);
  readonly speed = signal(1);
  readonly run: DisplayedRun;
  readonly totalMs: number;
  #atMs = 0;
  #next = 0;
  #lastMs = 0;
  #isStopped = false;
  readonly #onEnd: () => void;

  /**
   * @param run A run with all its events.
   * @param onEnd Called whenever the end of the recording is reached.
   */
  constructor(run: DisplayedRun, onEnd: () => void = () => {}) {
    this.run = run;
    this.#onEnd = onEnd;
    this.totalMs = run.events.at(-1)?.elapsedMs ?? 0;
    this.seek(0);
  }

  /** The current position, in ms of the run. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Continues; restarts at the end. */
  play(): void {
    if (this.#next >= this.run.events.length) this.seek(0);
    this.isPlaying.value = true;
    this.#lastMs = performance.now();
    requestAnimationFrame(this.#step);
  }

  /** Pauses. */
  pause(): void {
    this.isPlaying.value = false;
  }

  /** Stops for good: another run is shown. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Moves to a time, in ms. Seeking backwards folds the events again from the start. */
  seek(ms: number): void {
    if (ms < this.#atMs || this.#next === 0) {
      this.run.model = new RunModel();
      this.#next = 0;
    }
    this.#atMs = Math.min(ms, this.totalMs);
    const { events, model } = this.run;
    // Events at 0 ms are applied immediately.
    while (this.#next < events.length && events[this.#next]!.elapsedMs <= this.#atMs) {
      model.apply(events[this.#next++]!);
    }
    if (this.#next >= events.length) {
      if (!model.isFinished) model.markUnfinished();
      this.#onEnd();
    }
    redraw();
  }

  #step = (nowMs: number): void => {
    if (this.#isStopped || !this.isPlaying.value) return;
    const passedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.seek(this.#atMs + passedMs * this.speed.value);
    if (this.#next >= this.run.events.length) this.isPlaying.value = false;
    else requestAnimationFrame(this.#step);
  };
}
