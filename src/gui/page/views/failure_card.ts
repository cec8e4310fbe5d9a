/** Card of a failed or flaky task: error, output, and the tasks that were skipped because of it. */
import { signal } from "@preact/signals";
import type { ErrorRecord } from "../../../base/error_record.ts";
import { plural } from "../../../base/text_format.ts";
import { threadName } from "../../../events/run_event.ts";
import { errorOf } from "../../../events/outcome_reason.ts";
import type { TaskId } from "../../../task/task.ts";
import { frame } from "../model/displayed_run.ts";
import type { RunModel } from "../model/run_model.ts";
import { selected } from "../model/store.ts";
import { STATUS_ICONS } from "../model/status_text.ts";
import { ErrorView, formatErrorRecord } from "./error_view.ts";
import { html } from "./html_tag.ts";

/** Number of last lines of output, and of names of skipped tasks. */
const LINES_MAX = 8;
const NAMES_MAX = 8;

/** The properties of {@linkcode FailureCard}. */
export interface FailureCardProps {
  readonly model: RunModel;
  readonly task: TaskId;
  /** The tasks that were skipped because of this one. */
  readonly skipped: readonly TaskId[];
}

/** The card of a failed or flaky task, or of a cancelled task that threw. */
export function FailureCard({ model, task, skipped }: FailureCardProps) {
  frame.value; // a leaked timer may print after the failure
  const { view } = model;
  const status = model.statuses[task]!;
  const error = status === "flaky" ? view.retryErrors.get(task) : errorOf(view.outcomes[task]);
  const { name } = view.tasks[task]!;
  const attempts = view.attempts[task] ?? 1;
  const facts = status === "flaky"
    ? `passed on attempt ${attempts}`
    : `${threadName(view.ranOn[task] ?? 0)}, ${plural(attempts, "attempt")}`;
  return html`<article class=${`card ${status}`}>
    <h3><span class="kind">${STATUS_ICONS[status]} ${status}</span> ${
    taskLink(name)
  } <small>${facts}</small>
      ${error && html`<${CopyButton} name=${name} error=${error} />`}</h3>
    ${error && html`<${ErrorView} error=${error} />`}
    ${
    model.lostThreads.filter((it) => it.task === task).map(({ error }, i) =>
      html`<p class="soft" key=${i}>${error.message}</p>`
    )
  }
    ${lastOutput(model, task)}
    ${skippedTasks(model, skipped)}
  </article>`;
}

function taskLink(name: string) {
  return html`<button type="button" class="link" onClick=${() =>
    selected.value = name}>${name}</button>`;
}

function lastOutput(model: RunModel, task: TaskId) {
  const output = model.output.get(task);
  if (output === undefined) return "";
  const lines = output.lines.slice(-LINES_MAX);
  const rest = output.count - lines.length;
  return html`
    <div class="output">
      <h4>Output${rest > 0 && html`
        <small>the last ${lines.length} of ${output.count} lines</small>
      `}</h4>
      <pre tabindex="0">${lines.map(({ level, text }, i) =>
        html`<span key=${i} class=${`line ${level}`}>${text + "\n"}</span>`
      )}</pre>
    </div>
  `;
}

function skippedTasks(model: RunModel, skipped: readonly TaskId[]) {
  if (skipped.length === 0) return "";
  const rest = skipped.length - NAMES_MAX;
  return html`
    <p
      class="skipped-tasks"><span class="kind skipped">${STATUS_ICONS.skipped} ${plural(
        skipped.length,
        "task",
      )} skipped</span> because of it: ${skipped.slice(0, NAMES_MAX).map((it, i) =>
        html`<span key=${it}>${i > 0 ? ", " : ""}${taskLink(model.view.tasks[it]!.name)}</span>`
      )}${rest > 0 ? ` and ${rest} more` : ""}</p>
  `;
}

/** The task whose error was copied last. */
const copied = signal("");

function CopyButton({ name, error }: { name: string; error: ErrorRecord }) {
  const copy = async () => {
    await navigator.clipboard.writeText(`${name}\n${formatErrorRecord(error)}\n`);
    copied.value = name;
  };
  return html`
    <button type="button" class="chip" aria-label=${`Copy the error of ${name}`}
      onClick=${() => void copy()}>${copied.value === name ? "Copied" : "Copy"}</button>
  `;
}
