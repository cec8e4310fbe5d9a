/** Plays a recorded run: so many milliseconds of it for each one that passes. */
import { signal } from "@preact/signals";
import { RunModel } from "./run_model.ts";
import { type DisplayedRun, redraw } from "./displayed_run.ts";

/** How fast, in times of what it was. */
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100, 1000];

/** See the head of this file. */
export class Player {
  readonly isPlaying = signal(false);
  readonly speed = signal(1);
  readonly run: DisplayedRun;
  readonly totalMs: number;
  #atMs = 0;
  #next = 0;
  #lastMs = 0;
  #isStopped = false;

  /** @param run A run all of whose events are known. */
  constructor(run: DisplayedRun) {
    this.run = run;
    this.totalMs = run.events.at(-1)?.elapsedMs ?? 0;
    this.seek(0);
  }

  /** Where it is. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Goes on, from the beginning if it was at the end. */
  play(): void {
    if (this.#next >= this.run.events.length) this.seek(0);
    this.isPlaying.value = true;
    this.#lastMs = performance.now();
    requestAnimationFrame(this.#step);
  }

  /** Stands still. */
  pause(): void {
    this.isPlaying.value = false;
  }

  /** Never goes on again. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Shows the run as it was at a time. What lies before the current one is folded anew. */
  seek(ms: number): void {
    if (ms < this.#atMs || this.#next === 0) {
      this.run.model = new RunModel();
      this.#next = 0;
    }
    this.#atMs = Math.min(ms, this.totalMs);
    const { events, model } = this.run;
    // What happened at the very beginning is there from the beginning.
    while (this.#next < events.length && events[this.#next]!.elapsedMs <= this.#atMs) {
      model.apply(events[this.#next++]!);
    }
    if (this.#next >= events.length && !model.isFinished) model.markUnfinished();
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
