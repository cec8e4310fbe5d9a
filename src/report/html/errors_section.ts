/**
 * Sections of the page about errors: failed and flaky tasks, errors outside of tasks, and the
 * reasons why tasks did not run.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import { onOneLine, plural } from "../../base/text_format.ts";
import { threadName } from "../../events/run_event.ts";
import {
  isTaskNode,
  type RunView,
  type StrayRecord,
  tasksWithStatus,
} from "../../events/run_view.ts";
import { formatDuration } from "../../base/duration.ts";
import { codeFrame } from "../text/code_frame.ts";
import type { ErrorContext } from "../text/format_error.ts";
import { formatFrame, type Frame, userFrames } from "../text/stack_frames.ts";
import { errorOf, outcomeReason, suspectsLabel } from "../../events/outcome_reason.ts";
import { skipGroups } from "../../events/skip_groups.ts";
import { plainStyle } from "../style.ts";
import { type DisplayOutcome, displayOutcome, formatCount, type PageModel } from "./page_model.ts";
import { html, type Piece, type SafeHtml } from "../../base/safe_html.ts";

/** Maximum number of items per section; the table lists all tasks. */
export const SHOWN_MAX = 200;
const FRAMES_MAX = 20;
const REASONS_MAX = 10;
const NOT_RUN: readonly DisplayOutcome[] = ["skipped", "unneeded", "cancelled"];

/**
 * The sections of failed and flaky tasks, errors outside of tasks, lost threads and tasks that did
 * not run.
 */
export function errorSections(model: PageModel): SafeHtml {
  const { view } = model;
  const hasError = (task: number) => errorOf(view.outcomes[task]) !== undefined;
  const hasNotRun = (task: number) =>
    isTaskNode(view, task) && NOT_RUN.includes(displayOutcome(view, task)) && !hasError(task);
  const task = (it: number) => taskError(model, it);
  const threw = tasksWithStatus(view, "cancelled").filter(hasError);
  const cancelled = section("cancelled", "Cancelled, with an error", threw, task);
  return html`
    ${section("failures", "Failures", tasksWithStatus(view, "failed"), task)}${cancelled}
    ${section("strays", "Errors outside of tasks", view.strayErrors, (it) => strayError(model, it))}
    ${section("lost", "Lost threads", view.lostWorkers, (it) => lostWorker(model, it))}
    ${section("flaky", "Flaky", view.flaky, task)}
    ${notRunSection(model, view.finished.filter(hasNotRun))}
  `;
}

function section<T>(
  id: string,
  title: string,
  items: readonly T[],
  describe: (item: T) => SafeHtml,
): Piece {
  if (items.length === 0) return undefined;
  const rest = items.length - SHOWN_MAX;
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title} <small>${formatCount(items.length)}</small></h2>
${items.slice(0, SHOWN_MAX).map(describe)}
${rest > 0 && html`<p class="lead">and ${formatCount(rest)} more</p>`}
</section>`;
}

function strayError(model: PageModel, stray: StrayRecord): SafeHtml {
  return html`<article class="error failed">
<h3>${threadName(stray.worker)} <small>${suspectsLabel(stray, model.view)}</small></h3>
${errorMarkup(stray.error, model)}
</article>`;
}

function lostWorker(model: PageModel, { worker, error }: RunView["lostWorkers"][number]): SafeHtml {
  return html`<article class="error cancelled">
<h3>${threadName(worker)}</h3>
${errorMarkup(error, model)}
</article>`;
}

/** Tasks that did not run for one reason. */
interface NotRunGroup {
  readonly status: DisplayOutcome;
  readonly why: string;
  readonly tasks: readonly number[];
}

/** Lists the reasons with their tasks, the largest group first. */
function notRunSection(model: PageModel, tasks: readonly number[]): Piece {
  if (tasks.length === 0) return undefined;
  const groups = notRunGroups(model, tasks);
  const shown = NOT_RUN.filter((status) => groups.some((group) => group.status === status));
  return html`<section aria-labelledby="not-run">
<h2 id="not-run">${listed(shown)} <small>${formatCount(tasks.length)}</small></h2>
${reasons(groups.map((group) => notRun(model, group)))}
</section>`;
}

/** Joins outcomes to a title: `Skipped, unneeded and cancelled`. */
function listed(outcomes: readonly DisplayOutcome[]): string {
  const last = outcomes.at(-1)!;
  const text = outcomes.length === 1 ? last : `${outcomes.slice(0, -1).join(", ")} and ${last}`;
  return text[0]!.toUpperCase() + text.slice(1);
}

/** Groups tasks by cause: one failure may skip thousands of tasks. */
function notRunGroups({ view }: PageModel, tasks: readonly number[]): NotRunGroup[] {
  const caused = skipGroups(view).map(({ why, tasks }): NotRunGroup => {
    return { status: "skipped", why, tasks };
  });
  const grouped = new Set(caused.flatMap(({ tasks }) => tasks));
  const others = Map.groupBy(
    tasks.filter((task) => !grouped.has(task)),
    (task) => Object.values(reasonOf(view, task)).join(),
  );
  const rest = [...others.values()].map((tasks) => ({ ...reasonOf(view, tasks[0]!), tasks }));
  return [...caused, ...rest].sort((a, b) => b.tasks.length - a.tasks.length);
}

function reasonOf(view: RunView, task: number): Omit<NotRunGroup, "tasks"> {
  const outcome = view.outcomes[task]!;
  if (outcome.status !== "skipped" && outcome.status !== "cancelled") {
    throw new TypeError("expected a task that did not run");
  }
  const { status } = outcome;
  const why = outcomeReason(outcome, view);
  if (status === "skipped") return { status: displayOutcome(view, task), why };
  const hasRun = view.startedMs[task] !== undefined;
  return { status, why: `${hasRun ? "ended when" : "never started, since"} ${why}` };
}

/** Lists reasons, most of them collapsed. */
function reasons(items: readonly SafeHtml[]): SafeHtml {
  const rest = items.slice(REASONS_MAX);
  return html`<ul class="reasons">${items.slice(0, REASONS_MAX)}</ul>
${
    rest.length > 0 &&
    html`
      <details>
        <summary>${rest.length} more</summary>
        <ul class="reasons">${rest}</ul>
      </details>
    `
  }`;
}

/** A reason: with its task, or with the number of its tasks, whose names are collapsed. */
function notRun({ view }: PageModel, { status, why, tasks }: NotRunGroup): SafeHtml {
  const names = tasks.slice(0, SHOWN_MAX).map((task) => view.tasks[task]!.name);
  const rest = tasks.length - names.length;
  const text = html`<small>${status}: ${why}</small>`;
  if (tasks.length === 1) {
    return html`
      <li class="${status}"><span class="name">${names}</span> ${text}</li>
    `;
  }
  return html`
    <li class="${status}">
      <details>
        <summary><b>${formatCount(tasks.length)} tasks</b> ${text}</summary>
        <p class="name">${names.join(", ")}${rest > 0 && ` and ${formatCount(rest)} more`}</p>
      </details>
    </li>
  `;
}

function taskError(model: PageModel, task: number): SafeHtml {
  const { view, output } = model;
  const error = errorOf(view.outcomes[task]);
  const count = view.attempts[task] ?? 1;
  const earlier = count > 1 ? model.retriedOf(task) : [];
  const about = [
    threadName(view.ranOn[task] ?? 0),
    formatDuration(view.tookMs[task] ?? 0),
    ...(count > 1 ? [plural(count, "attempt")] : []),
  ];
  const lines = output.get(task) ?? [];
  return html`<article class="error ${displayOutcome(view, task)}" id="task-${task}">
  <h3>${view.tasks[task]!.name} <small>${about.join(" · ")}</small></h3>
  ${error && errorMarkup(error, model)}
  ${
    earlier.map(({ number, worker, error }) =>
      html`<details><summary>Attempt ${number} failed on ${threadName(worker)}</summary>${
        error && errorMarkup(error, model)
      }</details>`
    )
  }
  ${
    lines.length > 0 && html`
      <details>
        <summary>Output, ${plural(lines.length, "line")}</summary>
        <pre>${lines.map(clean).join("\n")}</pre>
      </details>
    `
  }
</article>`;
}

/** An error: message, own properties, stack frames, members and causes. */
function errorMarkup(error: ErrorRecord, context: ErrorContext): SafeHtml {
  const [first = "", ...rest] = clean(error.message).trimEnd().split("\n");
  const frames = userFrames(error.stack, error.message);
  const props = Object.entries(error.props ?? {});
  return html`<p class="message"><b>${onOneLine(error.type)}</b> ${
    first !== error.type && first
  }</p>
  ${rest.length > 0 && html`<pre>${rest.join("\n").replace(/\n{3,}/g, "\n\n")}</pre>`}
  ${
    props.length > 0 && html`<dl class="props">${
      props.map(([key, value]) =>
        html`
          <div>
            <dt>${onOneLine(key)}</dt>
            <dd>${clean(value)}</dd>
          </div>
        `
      )
    }</dl>`
  }
  ${frames[0] && excerptMarkup(frames[0], context)}
  ${frames.length > 0 && framesMarkup(frames, context)}
  ${
    (error.errors ?? []).map((member, i) =>
      html`<div class="inner"><p class="role">Member ${i}</p>${errorMarkup(member, context)}</div>`
    )
  }
  ${
    error.cause &&
    html`<div class="inner"><p class="role">Caused by</p>${errorMarkup(error.cause, context)}</div>`
  }`;
}

function framesMarkup(frames: readonly Frame[], { folder }: ErrorContext): SafeHtml {
  const rest = frames.length - FRAMES_MAX;
  return html`<ul class="frames">${
    frames.slice(0, FRAMES_MAX).map((frame) => html`<li>${formatFrame(frame, folder)}</li>`)
  }${rest > 0 && html`<li>… ${rest} more</li>`}</ul>`;
}

function excerptMarkup(frame: Frame, { sourceLine }: ErrorContext): Piece {
  const excerpt = codeFrame(frame, sourceLine);
  if (!excerpt) return undefined;
  const { line, text, padding } = excerpt;
  const gutter = " ".repeat(String(line).length);
  return html`<pre class="excerpt"><span>${line} │</span> ${text}
<span>${gutter} │</span> ${padding}<b>^</b></pre>`;
}

function clean(text: string): string {
  return plainStyle.sanitize(text);
}
