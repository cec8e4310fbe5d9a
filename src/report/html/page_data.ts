/**
 * The data of the page's scripts, which draw the timeline and the table: rows of plain values,
 * since a run may have 100,000 tasks.
 */
import { truncate } from "../../base/text_format.ts";
import { outcomeReason } from "../../events/outcome_reason.ts";
import type { TimelineAttempt } from "../formats/attempt_timeline.ts";
import { errorLine } from "../text/error_line.ts";
import { plainStyle } from "../style.ts";
import { DISPLAY_OUTCOMES, displayOutcome, type PageModel } from "./page_model.ts";

/** A row of the table. */
export type TaskRow = readonly [
  name: string,
  ending: number,
  tookMs: number | null,
  startMs: number | null,
  thread: number | null,
  attempts: number,
  note: string,
  isCritical: 0 | 1,
];

/** A bar of the timeline; `end` is an index of `endings`. */
export type AttemptRow = readonly [
  task: number,
  thread: number,
  startMs: number,
  endMs: number,
  end: number,
];

/** The data of the page's scripts. */
export interface PageData {
  readonly elapsedMs: number;
  readonly threads: number;
  /** Number of tasks among these, without set-ups and tear-downs. */
  readonly taskCount: number;
  readonly endings: readonly string[];
  readonly tasks: readonly TaskRow[];
  readonly attempts: readonly AttemptRow[];
}

/** Collects the data from the model. */
export function pageData(model: PageModel): PageData {
  const { view, attempts } = model;
  const endingOf = ({ task, end }: TimelineAttempt) =>
    end === "retried" ? "failed" : view.cached.has(task) ? "cached" : end;
  return {
    elapsedMs: view.elapsedMs,
    threads: view.workers,
    taskCount: view.taskCount,
    endings: DISPLAY_OUTCOMES,
    tasks: view.tasks.map((_, task) => taskRow(model, task)),
    attempts: attempts.map((attempt) => {
      const { task, worker, startNs, endNs } = attempt;
      return [
        task,
        worker,
        startNs / 1e6,
        endNs / 1e6,
        DISPLAY_OUTCOMES.indexOf(endingOf(attempt)),
      ];
    }),
  };
}

function taskRow(model: PageModel, task: number): TaskRow {
  const { view, isCritical } = model;
  return [
    view.tasks[task]!.name,
    DISPLAY_OUTCOMES.indexOf(displayOutcome(view, task)),
    view.tookMs[task] ?? null,
    view.startedMs[task] ?? null,
    view.ranOn[task] ?? null,
    view.attempts[task] ?? 0,
    noteOf(model, task),
    isCritical(task) ? 1 : 0,
  ];
}

const NOTE_MAX = 120;

/** The reason why a task did not pass, or its tags. */
function noteOf({ view }: PageModel, task: number): string {
  const outcome = view.outcomes[task];
  switch (outcome?.status) {
    case "failed":
      return truncate(errorLine(outcome.error, plainStyle.sanitize), NOTE_MAX);
    case "skipped":
      return outcomeReason(outcome, view);
    case "cancelled": {
      const { error } = outcome;
      const why = outcomeReason(outcome, view);
      return truncate(error ? `${why}: ${errorLine(error, plainStyle.sanitize)}` : why, NOTE_MAX);
    }
    default:
      return view.tasks[task]!.tags.join(", ");
  }
}
