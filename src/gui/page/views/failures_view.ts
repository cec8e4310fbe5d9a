/** Failures tab. */
import { plural } from "../../../base/text_format.ts";
import { threadName } from "../../../events/run_event.ts";
import { errorOf, suspectsLabel } from "../../../events/outcome_reason.ts";
import { type RunView, type StrayRecord, tasksWithStatus } from "../../../events/run_view.ts";
import type { TaskId } from "../../../task/task.ts";
import { unreportedFailure } from "../model/run_end_status.ts";
import { ErrorView } from "./error_view.ts";
import { html } from "./html_tag.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { type DisplayedRun, frame } from "../model/displayed_run.ts";
import { selected, shown } from "../model/store.ts";

/** Maximum number of tasks of one kind; the table has all of them. */
const SHOWN_MAX = 100;

/** The errors of failed and flaky tasks, and errors outside of tasks. */
export function FailuresView() {
  frame.value;
  const run = shown.value;
  if (!run) {
    return html`
      <div class="empty">
        <p>Nothing has run yet.</p>
      </div>
    `;
  }
  const { view } = run.model;
  const unreported = unreportedFailure(run);
  const failed = tasksWithStatus(view, "failed");
  const { strayErrors, lostWorkers, flaky } = view;
  const cancelled = tasksWithStatus(view, "cancelled").filter((it) => errorOf(view.outcomes[it]));
  const reported = failed.length + cancelled.length + strayErrors.length + lostWorkers.length +
    flaky.length;
  if (unreported === undefined && reported === 0) {
    return html`
      <div class="empty">
        <p>Nothing has failed.</p>
      </div>
    `;
  }
  const rest = failed.length - SHOWN_MAX;
  return html`<div class="failures" id="failures" tabindex="0">
    ${unreported !== undefined && unreportedCard(unreported, run)}
    ${failed.slice(0, SHOWN_MAX).map((task) => failedTaskCard(view, task))}
    ${rest > 0 && html`<p class="soft">and ${rest} more: see the Tasks tab</p>`}
    ${cancelled.slice(0, SHOWN_MAX).map((task) => failedTaskCard(view, task))}
    ${strayErrors.map((it) => strayErrorCard(view, it))}
    ${lostWorkers.map(lostWorkerCard)}
    ${flaky.slice(0, SHOWN_MAX).map((task) => flakyTaskCard(view, task))}
  </div>`;
}

/** Number of last lines of the command's output: those of a crash, or the stack of a hook. */
const OUTPUT_LINES = 12;

function unreportedCard(why: string, { end }: DisplayedRun) {
  const output = stripAnsi(end?.output ?? "").trimEnd().split("\n").slice(-OUTPUT_LINES).join("\n");
  const code = end?.signal ?? end?.code ?? "no exit code";
  return html`<article class="card failed" id="unreported">
    <h3>Outside of tasks <small>the command ended with ${code}</small></h3>
    <p class="message name">${stripAnsi(why)}</p>
    ${output !== "" && html`<pre class="stack">${output}</pre>`}
  </article>`;
}

/** A failed task, or a cancelled task that threw. */
function failedTaskCard(view: RunView, task: number) {
  const outcome = view.outcomes[task]!;
  const error = errorOf(outcome);
  const { name } = view.tasks[task]!;
  const attempts = plural(view.attempts[task] ?? 1, "attempt");
  return html`<article key=${`task-${task}`} class=${`card ${outcome.status}`}>
    <h3><button type="button" class="link" onClick=${() => selected.value = name}>${name}</button>
      <small>${threadName(view.ranOn[task] ?? 0)}, ${attempts}</small></h3>
    ${error && html`<${ErrorView} error=${error} />`}
  </article>`;
}

function strayErrorCard(view: RunView, stray: StrayRecord) {
  const { worker, error } = stray;
  return html`
    <article class="card failed">
      <h3>Outside of tasks <small>${threadName(worker)}, ${suspectsLabel(
        stray,
        view,
      )}</small></h3>
      <${ErrorView} error=${error} />
    </article>
  `;
}

function lostWorkerCard({ worker, error }: RunView["lostWorkers"][number]) {
  return html`
    <article class="card cancelled">
      <h3>${threadName(worker)} was lost</h3>
      <${ErrorView} error=${error} />
    </article>
  `;
}

function flakyTaskCard(view: RunView, task: TaskId) {
  const error = view.retryErrors.get(task);
  return html`<article key=${`flaky-${task}`} class="card flaky">
    <h3>${view.tasks[task]!.name} <small>flaky: passed on attempt ${
    view.attempts[task]
  }</small></h3>
    ${error && html`<${ErrorView} error=${error} />`}
  </article>`;
}
