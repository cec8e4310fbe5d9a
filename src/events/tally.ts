/**
 * The counts of a run, as every display shows them. Each task of the run has one of the outcomes,
 * so that `passed + failed + skipped + unneeded + cancelled + open` is the number of tasks, plus
 * the set-ups and tear-downs of resources that failed.
 */
import { plural } from "../base/text_format.ts";
import type { RunView } from "./run_view.ts";

/** Number of tasks by outcome. */
export interface Tally {
  readonly passed: number;
  /** Number of those that passed after a failed attempt. */
  readonly flaky: number;
  /** Number of those that were restored from the cache. */
  readonly cached: number;
  readonly failed: number;
  /** Number of those that are the set-up or the tear-down of a resource. */
  readonly failedResources: number;
  /** Number of skipped tasks, without the unneeded ones. */
  readonly skipped: number;
  /** Number of tasks that run after failures alone, of which there were none. */
  readonly unneeded: number;
  readonly cancelled: number;
  /** Number of tasks that have not finished. */
  readonly open: number;
}

/** Counts the tasks of a run by outcome, at any time of the run. */
export function tally(view: RunView): Tally {
  const { counts, flaky, cached, unneeded, taskCount, doneCount } = view;
  const { passed, failed, cancelled } = counts;
  const skipped = counts.skipped - unneeded;
  return {
    passed,
    flaky: flaky.length,
    cached: cached.size,
    failed,
    failedResources: passed + failed + counts.skipped + cancelled - doneCount,
    skipped,
    unneeded,
    cancelled,
    open: taskCount - doneCount,
  };
}

/**
 * Formats the counts: `6 passed (1 flaky, 3 cached)`, `2 failed`, `0 skipped`. Counts other than
 * the original's three appear only if they are not zero; a number in parentheses is a part of the
 * number before it.
 */
export function tallyTexts(counts: Tally): string[] {
  const { passed, failed, failedResources, skipped, unneeded, cancelled, open } = counts;
  const parts = (["flaky", "cached"] as const).filter((part) => counts[part] > 0)
    .map((part) => `${counts[part]} ${part}`).join(", ");
  const texts = [
    `${passed} passed${parts === "" ? "" : ` (${parts})`}`,
    `${failed} failed${failedResources > 0 ? ` (${plural(failedResources, "resource")})` : ""}`,
    `${skipped} skipped`,
  ];
  if (unneeded > 0) texts.push(`${unneeded} unneeded`);
  if (cancelled > 0) texts.push(`${cancelled} cancelled`);
  if (open > 0) texts.push(`${open} unfinished`);
  return texts;
}
