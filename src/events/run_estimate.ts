/**
 * Estimates the remaining time of a run from the durations that an earlier run recorded. The rest
 * takes at least as long as the longest chain of dependencies that is left, and as the work that is
 * left when all threads share it evenly; the larger of the two is the estimate. Delays by mutexes,
 * tokens and retries are not known before.
 *
 * Without a recorded duration of each remaining task there is no estimate: a mean of other tasks
 * does not predict a task that has never run.
 */
import type { TaskInfo } from "./run_event.ts";
import type { RunView } from "./run_view.ts";

/** Durations by the names of tasks, in milliseconds. */
export type RecordedDurations = ReadonlyMap<string, number>;

/** Estimates the remaining time of one run. */
export class RunEstimate {
  readonly #workers: number;
  readonly #durationMs: Float64Array;
  /** The length of the longest chain from each task to the end, itself included. */
  readonly #chainMs: Float64Array;
  /** Unfinished tasks by the length of their chains, the longest last. */
  readonly #byChain: number[];
  /** Tasks without a recorded duration; finished ones are removed at the end. */
  readonly #unknown: number[] = [];
  /** Total duration of the tasks that have not finished. */
  #workMs = 0;
  /** Number of finished tasks whose duration was subtracted. */
  #finishedCount = 0;

  /** @param workers Number of threads of the run. */
  constructor(tasks: readonly TaskInfo[], workers: number, recorded: RecordedDurations) {
    this.#workers = Math.max(1, workers);
    this.#durationMs = Float64Array.from(tasks, ({ name, kind }, task) => {
      if (kind !== undefined) return 0; // set-ups and tear-downs are not recorded
      const ms = recorded.get(name);
      if (ms === undefined) this.#unknown.push(task);
      return ms ?? 0;
    });
    for (const ms of this.#durationMs) this.#workMs += ms;
    this.#chainMs = chainsToSink(tasks, this.#durationMs);
    this.#byChain = [...tasks.keys()].sort((a, b) => this.#chainMs[a]! - this.#chainMs[b]!);
  }

  /** The estimated remaining time in milliseconds, or undefined if there is no estimate. */
  leftMs(view: RunView, nowMs: number): number | undefined {
    this.#removeFinished(view);
    if (view.cancelled !== undefined || this.#unknown.length > 0) return undefined;
    let workMs = this.#workMs;
    const doneMs = new Map<number, number>();
    for (const task of view.running) {
      if (task === undefined) continue;
      const partMs = Math.min(nowMs - view.startedMs[task]!, this.#durationMs[task]!);
      doneMs.set(task, partMs);
      workMs -= partMs;
    }
    const leftMs = Math.max(this.#longestChainMs(view, doneMs), workMs / this.#workers);
    return leftMs > 0 ? leftMs : undefined; // what is left takes longer than it did before
  }

  #removeFinished(view: RunView): void {
    const { finished, outcomes } = view;
    for (; this.#finishedCount < finished.length; this.#finishedCount++) {
      this.#workMs -= this.#durationMs[finished[this.#finishedCount]!]!;
    }
    for (const list of [this.#unknown, this.#byChain]) {
      while (list.length > 0 && outcomes[list.at(-1)!] !== undefined) list.pop();
    }
  }

  /** The longest remaining chain. Few chains are compared: only running tasks have a part done. */
  #longestChainMs({ outcomes }: RunView, doneMs: ReadonlyMap<number, number>): number {
    let longestMs = 0;
    for (let i = this.#byChain.length - 1; i >= 0; i--) {
      const task = this.#byChain[i]!;
      if (this.#chainMs[task]! <= longestMs) break;
      if (outcomes[task] !== undefined) continue;
      longestMs = Math.max(longestMs, this.#chainMs[task]! - (doneMs.get(task) ?? 0));
    }
    return longestMs;
  }
}

/** Computes the longest chains from the sinks on: Kahn's algorithm on the reversed graph. */
function chainsToSink(tasks: readonly TaskInfo[], durationMs: Float64Array): Float64Array {
  const chainMs = Float64Array.from(durationMs);
  const open = new Int32Array(tasks.length);
  for (const { after } of tasks) for (const dependency of after) open[dependency]!++;
  const ready: number[] = [...tasks.keys()].filter((task) => open[task] === 0);
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    for (const dependency of tasks[task]!.after) {
      const ms = chainMs[task]! + durationMs[dependency]!;
      if (ms > chainMs[dependency]!) chainMs[dependency] = ms;
      if (--open[dependency]! === 0) ready.push(dependency);
    }
  }
  return chainMs;
}
