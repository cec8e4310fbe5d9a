/**
 * How much longer a run will take, as far as its past tells. Work is counted in tasks, those under way
 * as the part of a usual task that they have behind them; what is left takes as long for each as what
 * is done. So the number of threads, and how well the graph lets them be used, are in it already.
 */
import type { RunView } from "./run_view.ts";

/** A usual task is the mean of the last ones: what runs late in a run is like what is left. */
const RECENT = 64;

/** A run is not judged by its first moment. */
const MIN_ELAPSED_MS = 1000;

/** A task that has taken longer than a usual one is nearly over, for all that is known. */
const PROGRESS_MAX = 0.95;

/** Milliseconds until the run is over, or undefined while nothing can be said. */
export function etaMs(view: RunView, nowMs: number): number | undefined {
  const usualMs = usualDurationMs(view);
  if (usualMs === undefined || nowMs < MIN_ELAPSED_MS || view.cancelled) return undefined;
  const { waiting, queued } = view.counts;
  let done = view.ran.length;
  let left = waiting + queued;
  let isUnknown = left === 0;
  for (const task of view.running) {
    if (task === undefined) continue;
    const part = (nowMs - view.startedMs[task]!) / usualMs;
    done += Math.min(part, PROGRESS_MAX);
    left += 1 - Math.min(part, PROGRESS_MAX);
    if (part < 1) isUnknown = false;
  }
  // With nothing but tasks that take unusually long, the past says nothing about the end.
  return isUnknown ? undefined : nowMs * left / done;
}

function usualDurationMs(view: RunView): number | undefined {
  const recent = view.ran.slice(-RECENT);
  if (recent.length === 0) return undefined;
  const sum = recent.reduce((total, task) => total + (view.tookMs[task] ?? 0), 0);
  return Math.max(1, sum / recent.length);
}
