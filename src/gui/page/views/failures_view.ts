/** Failures tab. */
import { threadName } from "../../../events/run_event.ts";
import { suspectsLabel } from "../../../events/outcome_reason.ts";
import type { RunView, StrayRecord } from "../../../events/run_view.ts";
import { skipGroups } from "../../../events/skip_groups.ts";
import type { TaskId } from "../../../task/task.ts";
import { type DisplayedRun, frame } from "../model/displayed_run.ts";
import { failuresOf } from "../model/failures.ts";
import type { LostThread } from "../model/run_model.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { shown } from "../model/store.ts";
import { ErrorView } from "./error_view.ts";
import { FailureCard } from "./failure_card.ts";
import { html } from "./html_tag.ts";

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
  const { model } = run;
  const failures = failuresOf(run);
  const { failed, cancelled, strayErrors, lostThreads, unreported } = failures;
  const { flaky } = model.view;
  if (failures.count === 0 && flaky.length === 0) {
    return html`
      <div class="empty">
        <p>Nothing has failed.</p>
      </div>
    `;
  }
  const groups = model.view.counts.skipped > 0 ? skipGroups(model.view) : [];
  const skipped = new Map(groups.map(({ cause, tasks }) => [cause, tasks]));
  const card = (task: TaskId) =>
    html`<${FailureCard} key=${task} model=${model} task=${task} skipped=${
      skipped.get(task) ?? []
    } />`;
  const rest = failed.length - SHOWN_MAX;
  return html`<div class="failures" id="failures" tabindex="0">
    ${unreported !== undefined && unreportedCard(unreported, run)}
    ${failed.slice(0, SHOWN_MAX).map(card)}
    ${rest > 0 && html`<p class="soft">and ${rest} more: see the Tasks tab</p>`}
    ${cancelled.slice(0, SHOWN_MAX).map(card)}
    ${strayErrors.map((it) => strayErrorCard(model.view, it))}
    ${lostThreads.map(lostThreadCard)}
    ${flaky.slice(0, SHOWN_MAX).map(card)}
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

function lostThreadCard({ worker, error }: LostThread) {
  return html`
    <article class="card cancelled">
      <h3>${threadName(worker)} was lost</h3>
      <${ErrorView} error=${error} />
    </article>
  `;
}
