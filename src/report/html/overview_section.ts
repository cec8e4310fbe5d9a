/** The overview of the page: verdict, counts and key figures. */
import { efficiency } from "../../events/critical_path.ts";
import { CANCEL_REASON_TEXT } from "../../events/run_event.ts";
import { isTaskNode, type RunView } from "../../events/run_view.ts";
import { plural } from "../../base/text_format.ts";
import { formatDuration } from "../../base/duration.ts";
import {
  DISPLAY_OUTCOMES,
  type DisplayOutcome,
  displayOutcome,
  formatCount,
  type PageModel,
} from "./page_model.ts";
import { type Tally, tally } from "../../events/tally.ts";
import { html, type SafeHtml } from "../../base/safe_html.ts";

/** The verdict on a run. */
export function verdictOf(view: RunView): { readonly kind: string; readonly text: string } {
  const { failed } = view.counts;
  if (failed > 0) {
    return {
      kind: "failed",
      text: `${formatCount(failed)} ${failed === 1 ? "task" : "tasks"} failed`,
    };
  }
  if (view.strayErrors.length > 0) {
    return { kind: "failed", text: plural(view.strayErrors.length, "error") + " outside of tasks" };
  }
  const { cancelled } = view;
  if (cancelled) return { kind: "cancelled", text: `Cancelled: ${CANCEL_REASON_TEXT[cancelled]}` };
  if (view.taskCount === view.counts.passed) return { kind: "passed", text: "All tasks passed" };
  if (view.counts.skipped === view.unneeded) {
    return { kind: "passed", text: "All needed tasks passed" };
  }
  return { kind: "skipped", text: "Some tasks were skipped" };
}

/** The section with the verdict, counts and key figures. */
export function overview(model: PageModel): SafeHtml {
  const { view, module, path } = model;
  const verdict = verdictOf(view);
  const percent = (part: number) => `${Math.round(part * 100)}%`;
  return html`<header class="overview">
  <p class="module">${module}</p>
  <h1 class="verdict ${verdict.kind}">${verdict.text}</h1>
  ${countsBar(model)}
  <dl class="figures">
    ${figure("Took", formatDuration(view.elapsedMs), startedText(view))}
    ${figure("Critical path", formatDuration(path.lengthMs), `${percent(path.share)} of the run`)}
    ${figure("Threads busy", percent(efficiency(view)), `of ${plural(view.workers, "thread")}`)}
    ${figure("Tasks", formatCount(view.taskCount), mockedText(view))}
  </dl>
</header>`;
}

function figure(title: string, value: string, more: string): SafeHtml {
  return html`
    <div>
      <dt>${title}</dt>
      <dd>${value}${more !== "" && html`<small>${more}</small>`}</dd>
    </div>
  `;
}

function startedText({ startedAt }: RunView): string {
  return startedAt === undefined ? "" : startedAt.slice(0, 19).replace("T", " ") + " UTC";
}

function mockedText({ mocked }: RunView): string {
  return mocked.length > 0 ? `and ${mocked.length} mocked` : "";
}

/** The tasks, and the set-ups and tear-downs that failed. */
function countedTasks(view: RunView): number[] {
  return [...view.tasks.keys()].filter((task) => {
    return isTaskNode(view, task) || view.outcomes[task]?.status === "failed";
  });
}

function countsBar({ view }: PageModel): SafeHtml {
  const tasks = Map.groupBy(countedTasks(view), (task) => displayOutcome(view, task));
  const countOf = (ending: DisplayOutcome) => tasks.get(ending)!.length;
  const total = countedTasks(view).length;
  const shown = DISPLAY_OUTCOMES.filter((ending) => tasks.has(ending));
  let x = 0;
  const bars = shown.map((ending) => {
    const width = countOf(ending) / total * 1000;
    x += width;
    return html`
      <rect class="${ending}" x="${x - width}" width="${width}" height="8" />
    `;
  });
  return html`
    <svg class="counts-bar" viewBox="0 0 1000 8" preserveAspectRatio="none"
      aria-hidden="true">${bars}</svg>
    <ul class="counts">${shownCounts(tally(view)).map(countItem)}</ul>
  `;
}

/** A count of the legend; parts of it are in parentheses, as in the summary line. */
interface Count {
  readonly kind: DisplayOutcome;
  readonly label: string;
  readonly count: number;
  readonly parts?: readonly Omit<Count, "parts">[];
}

/** The counts of the summary line. Without their parts, they add up to the number of tasks. */
function shownCounts(counts: Tally): Count[] {
  const { passed, flaky, cached, failed, failedResources, skipped, unneeded, cancelled, open } =
    counts;
  const resources = failedResources === 1 ? "resource" : "resources";
  const all: Count[] = [
    {
      kind: "failed",
      label: "failed",
      count: failed,
      parts: [{ kind: "failed", label: resources, count: failedResources }],
    },
    { kind: "skipped", label: "skipped", count: skipped },
    { kind: "unneeded", label: "unneeded", count: unneeded },
    // An event stream that ends early has no outcome of some tasks.
    { kind: "cancelled", label: "cancelled", count: cancelled + open },
    {
      kind: "passed",
      label: "passed",
      count: passed,
      parts: [
        { kind: "flaky", label: "flaky", count: flaky },
        { kind: "cached", label: "cached", count: cached },
      ],
    },
  ];
  return all.filter(({ count }) => count > 0);
}

function countItem({ kind, label, count, parts = [] }: Count): SafeHtml {
  const more = parts.filter((part) => part.count > 0).map((part) =>
    html`
      <span class="part">(<span class="${part.kind}"><b>${formatCount(part.count)}</b> ${part
        .label}</span>)</span>
    `
  );
  return html`<li class="${kind}"><b>${formatCount(count)}</b> ${label}${more}</li>`;
}

/** The section with the critical path; a long one is shortened in the middle. */
export function pathSection({ view, path }: PageModel): SafeHtml {
  if (path.tasks.length === 0) return html``;
  const rest = path.tasks.length - LINKS_MAX;
  const link = (task: number) =>
    html`<li><span class="name">${view.tasks[task]!.name}</span> <small>${
      formatDuration(view.tookMs[task] ?? 0)
    }</small></li>`;
  const links = rest <= 0 ? path.tasks.map(link) : [
    ...path.tasks.slice(0, LINKS_MAX / 2).map(link),
    html`<li class="more">${formatCount(rest)} more</li>`,
    ...path.tasks.slice(-LINKS_MAX / 2).map(link),
  ];
  return html`
    <section aria-labelledby="path-title">
      <h2 id="path-title">Critical path</h2>
      <p
        class="lead">Each of these tasks had to wait for the one before it. With any number of threads, the run takes at least ${formatDuration(
          path.lengthMs,
        )}.</p>
      <ol class="path">${links}</ol>
    </section>
  `;
}

const LINKS_MAX = 20;
