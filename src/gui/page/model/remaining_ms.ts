/** Estimates the remaining time of a run from the last run of the same module in this session. */
import { type RecordedDurations, RunEstimate } from "../../../events/run_estimate.ts";
import { type DisplayedRun, nowOf } from "./displayed_run.ts";
import type { RunModel } from "./run_model.ts";

/** The durations of tasks that the page has seen, by module. */
const durationsByModule = new Map<string, Map<string, number>>();
/** The models whose durations were added. */
const recorded = new WeakSet<RunModel>();
const estimates = new WeakMap<RunModel, RunEstimate>();

/** The estimated remaining time in milliseconds; undefined for a run that cannot be estimated. */
export function remainingMs(run: DisplayedRun): number | undefined {
  const { model, info } = run;
  if (info === null || model.view.tasks.length === 0) return undefined;
  const { module } = info.request;
  if (model.isFinished || model.isUnfinished) {
    if (!recorded.has(model)) addDurations(module, model);
    recorded.add(model);
    return undefined;
  }
  const durations = durationsByModule.get(module);
  if (durations === undefined) return undefined;
  return estimateOf(model, durations).leftMs(model.view, nowOf(run));
}

function estimateOf(model: RunModel, durations: RecordedDurations): RunEstimate {
  const known = estimates.get(model);
  if (known !== undefined) return known;
  const estimate = new RunEstimate(model.tasks, model.view.workers, durations);
  estimates.set(model, estimate);
  return estimate;
}

function addDurations(module: string, { view }: RunModel): void {
  const durations = durationsByModule.get(module) ?? new Map<string, number>();
  durationsByModule.set(module, durations);
  const isGreen = view.counts.failed + view.counts.cancelled === 0;
  for (const task of view.finished) {
    const { name } = view.tasks[task]!;
    const ms = view.tookMs[task];
    if (ms !== undefined && view.outcomes[task]!.status !== "cancelled") durations.set(name, ms);
    else if (isGreen) durations.set(name, 0);
  }
}
