/**
 * Estimates the remaining time of a run. Work is counted in tasks; a running task counts with the
 * elapsed fraction of the mean duration. The remaining work is assumed to proceed at the average
 * rate so far, which includes the number of threads and how well the graph keeps them busy.
 */
import type { RunView } from "./run_view.ts";

/**
 * Number of recent tasks whose mean duration is used: tasks late in a run resemble the remaining
 * ones.
 */
const RECENT = 64;

/** Minimum elapsed time in milliseconds before an estimate is given: earlier ones jump. */
const MIN_ELAPSED_MS = 1000;

/**
 * Maximum elapsed fraction of a running task: one that takes longer than the mean is assumed to be
 * nearly done.
 */
const PROGRESS_MAX = 0.95;

/** Estimated remaining time in milliseconds, or undefined if there is no estimate. */
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
  // If only tasks that exceed the mean duration are left, the past does not predict the end.
  return isUnknown ? undefined : nowMs * left / done;
}

function usualDurationMs(view: RunView): number | undefined {
  const recent = view.ran.slice(-RECENT);
  if (recent.length === 0) return undefined;
  const sum = recent.reduce((total, task) => total + (view.tookMs[task] ?? 0), 0);
  return Math.max(1, sum / recent.length);
}
