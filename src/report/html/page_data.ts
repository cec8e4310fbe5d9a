/**
 * What the script of the page draws: the timeline and the table. A run may have 100,000 tasks, so
 * these are rows of plain values.
 */
import { truncate } from "../../base/text_format.ts";
import { outcomeReason } from "../../events/outcome_reason.ts";
import { errorLine } from "../text/error_line.ts";
import { plainStyle } from "../style.ts";
import { DISPLAY_OUTCOMES, displayOutcome, type PageModel } from "./page_model.ts";

/** A row of the table: name, ending, milliseconds, start, thread, attempts, note, whether critical. */
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

/** A bar of the timeline. */
export type AttemptRow = readonly [
  task: number,
  thread: number,
  startMs: number,
  endMs: number,
  end: number,
];

/** See the head of this file. */
export interface PageData {
  readonly elapsedMs: number;
  readonly threads: number;
  readonly endings: readonly string[];
  readonly tasks: readonly TaskRow[];
  readonly attempts: readonly AttemptRow[];
}

/** Gathers it. */
export function pageData(model: PageModel): PageData {
  const { view, attempts } = model;
  return {
    elapsedMs: view.elapsedMs,
    threads: view.workers,
    endings: DISPLAY_OUTCOMES,
    tasks: view.tasks.map((_, task) => taskRow(model, task)),
    attempts: attempts.map(({ task, worker, startNs, endNs, end }) => {
      const ending = end === "retried" ? "failed" : end;
      return [task, worker, startNs / 1e6, endNs / 1e6, DISPLAY_OUTCOMES.indexOf(ending)];
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

/** Why it did not pass, or its tags. */
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
