/** Status of the shown run. */
import { formatDuration } from "../../../base/duration.ts";
import { CANCEL_REASON_TEXT, type CancelReason } from "../../../events/run_event.ts";
import { plural } from "../../../base/text_format.ts";
import { emptyView, isSuccessful } from "../../../events/run_view.ts";
import { tally } from "../../../events/tally.ts";
import { failuresOf, failuresText } from "../model/failures.ts";
import { endStatusOf, recordedEndStatus, type RunEndStatus } from "../model/run_end_status.ts";
import { remainingMs } from "../model/remaining_ms.ts";
import { html } from "./html_tag.ts";
import { connectionState } from "../client/event_connection.ts";
import { type ConnectionState, type DisplayedRun, frame, nowOf } from "../model/displayed_run.ts";
import {
  active,
  history,
  isOpening,
  opened,
  player,
  session,
  shown,
  taskCount,
} from "../model/store.ts";
import { changeText } from "./run_label.ts";

/** The status of the run: a line, a progress bar, counts, elapsed and estimated time. */
export function StatusBar() {
  frame.value;
  const run = shown.value;
  const { kind, text } = run ? statusLine(run) : idleStatus();
  return html`
    <section class="status" aria-label="Status">
      <p class=${`verdict ${kind}`} role="status" id="verdict">${text}${watchingText(run)}</p>
      ${run !== null && roundLine(run)}
      <${Bar} run=${run} />
      <dl class="numbers">
          ${counters(run).map(counter)}
        </dl>
    </section>
  `;
}

/** The end of the status when a watch waits for a change. */
function watchingText(run: DisplayedRun | null): string {
  if (session.value?.isWatching !== true || active.value !== undefined) return "";
  if (connectionFailure(connectionState.value)) return "";
  if (run === null) return opened.value === null ? "" : "; a run is repeated when a file changes";
  const isLast = history.value.at(-1)?.id === run.info?.id;
  return isLast && player.value === null ? "; watching for changes" : "";
}

/** The reason of a round, and the tasks whose results it reuses. */
function roundLine({ info, model: { view } }: DisplayedRun) {
  const change = info === null ? "" : changeText(info);
  if (change === "") return "";
  const count = `${view.taskCount} of ${plural(view.taskCount + view.mocked.length, "task")}`;
  const text = view.taskCount === 0 ? change : `${change}: ${count}`;
  if (view.mocked.length === 0) return html`<p class="round soft" id="round">${text}</p>`;
  return html`
    <details class="round soft" id="round">
      <summary>${text}</summary>
      Reused: <span class="name">${view.mocked.join(", ")}</span>
    </details>
  `;
}

/** A count or time with its label. */
interface Counter {
  readonly id: string;
  readonly label: string;
  readonly value: number | string;
  /** The status that is counted; its swatch is the legend of the bar and of the graph. */
  readonly kind?: string;
  /** Whether the counter is shown at 0, too: it would come and go while a run is active. */
  readonly isSteady?: boolean;
  /** Parts of the count, in parentheses: the counts themselves add up to the number of tasks. */
  readonly parts?: readonly CountPart[];
}

/** A part of a count. */
interface CountPart {
  readonly id: string;
  readonly label: string;
  readonly value: number;
}

function counters(run: DisplayedRun | null): Counter[] {
  const total = taskCount.value;
  const view = run?.model.view;
  const { isUnfinished = false, isFinished = false } = run?.model ?? {};
  const isActive = run !== null && !isFinished && !isUnfinished;
  const all = tally(view ?? emptyView());
  // Tasks without an outcome in an unfinished run are neither running nor waiting.
  const running = isUnfinished ? 0 : view?.counts.running ?? 0;
  const waiting = isUnfinished ? 0 : all.open - running;
  const of = (kind: string, label: string, value: number, more: Partial<Counter> = {}): Counter => {
    return { id: kind, label, value, kind, ...more };
  };
  return [
    { id: "tasks", label: "Tasks", value: total },
    { id: "reused", label: "Reused", value: view?.mocked.length ?? 0 },
    of("passed", "Passed", all.passed, {
      parts: [partOf("flaky", "flaky", all.flaky), partOf("cached", "cached", all.cached)],
    }),
    of("failed", "Failed", all.failed, {
      parts: [partOf("failed-resources", "of resources", all.failedResources)],
    }),
    of("skipped", "Skipped", all.skipped),
    of("unneeded", "Unneeded", all.unneeded),
    of("cancelled", "Cancelled", all.cancelled),
    of("unfinished", "Unfinished", isUnfinished ? all.open : 0),
    of("running", "Running", running, { isSteady: isActive }),
    of("waiting", "Waiting", waiting),
    { id: "percent", label: "Done", value: run ? `${percentDone(run)}%` : "–" },
    { id: "elapsed", label: "Elapsed", value: run ? formatElapsed(nowOf(run)) : "–" },
    { id: "left", label: "Remaining", value: remainingText(run) },
  ];
}

function partOf(id: string, label: string, value: number): CountPart {
  return { id, label, value };
}

function percentDone({ model: { view } }: DisplayedRun): number {
  return view.taskCount === 0 ? 0 : Math.floor(view.doneCount / view.taskCount * 100);
}

function counter({ id, label, value, kind = "", isSteady = false, parts = [] }: Counter) {
  const isNone = value === 0 || value === "–";
  const style = kind === "" ? undefined : { "--swatch": `var(--${kind})` };
  return html`
    <div key=${id} class=${`number ${isNone ? "none" : kind}`} style=${style}
      hidden=${isNone && !isSteady}>
      <dt>${label}</dt>
      <dd><span id=${`count-${id}`}>${value}</span>${parts.map((part) =>
        part.value > 0 && html`
          <small key=${part.id} class=${part.id}>(<span
              id=${`count-${part.id}`}>${part.value}</span> ${part.label})</small>
        `
      )}</dd>
    </div>
  `;
}

/** Statuses with a part of the bar, in order. */
const BAR_ORDER = [
  "passed",
  "cached",
  "flaky",
  "failed",
  "skipped",
  "unneeded",
  "cancelled",
  "unfinished",
  "running",
] as const;

function Bar({ run }: { run: DisplayedRun | null }) {
  frame.value;
  const total = taskCount.value;
  const view = run?.model.view;
  const { flaky, cached, open, ...all } = tally(view ?? emptyView());
  const isUnfinished = run?.model.isUnfinished === true;
  const running = isUnfinished ? 0 : view?.counts.running ?? 0;
  const counts: Readonly<Record<string, number>> = {
    ...all,
    passed: all.passed - flaky - cached,
    cached,
    flaky,
    running,
    unfinished: isUnfinished ? open : 0,
  };
  const rest = view === undefined ? total : isUnfinished ? 0 : open - running;
  const part = (status: string, count: number) =>
    count > 0 && html`<span key=${status} class=${status} style=${{ flexGrow: count }}></span>`;
  return html`
    <div class="bar" role="progressbar" aria-label="Tasks that have ended" aria-valuemin="0"
      aria-valuemax="100" aria-valuenow=${run ? percentDone(run) : 0} hidden=${total === 0}>
      ${BAR_ORDER.map((status) => part(status, counts[status] ?? 0))}
      ${part("rest", rest)}
    </div>
  `;
}

interface StatusLine {
  readonly kind: string;
  readonly text: string;
}

function idleStatus(): StatusLine {
  if (isOpening.value) return { kind: "soft", text: "Loading the module…" };
  const failure = connectionFailure(connectionState.value);
  if (failure) return failure;
  if (connectionState.value === "connecting") return { kind: "soft", text: "Reconnecting…" };
  if (opened.value === null) return { kind: "soft", text: "No module is open" };
  return { kind: "soft", text: "Ready to run" };
}

/** The status when the server is unreachable. */
function connectionFailure(it: ConnectionState): StatusLine | undefined {
  if (it === "lost") return { kind: "failed", text: "The server has stopped" };
  return it === "silent" ? { kind: "failed", text: "The server is not responding" } : undefined;
}

function statusLine(run: DisplayedRun): StatusLine {
  const { model } = run;
  const { view, isFinished } = model;
  const title = player.value ? "Replay" : run.title;
  const failure = connectionFailure(run.connection);
  if (failure) return failure;
  if (
    !isFinished && run.connection === "ended" && player.value?.isPlaying.value !== false &&
    player.value
  ) {
    return { kind: "running", text: `${title}: playing` };
  }
  if (model.isUnfinished && player.value) {
    return { kind: shownEndStatus(run) ?? "failed", text: `${title}: the recording ends here` };
  }
  if (!isFinished && player.value) return { kind: "soft", text: `${title}: paused` };
  if (!isFinished && run.connection === "ended") return unfinishedStatus(run);
  if (run.connection === "connecting" && view.tasks.length > 0) {
    return { kind: "soft", text: `${title}: reconnecting…` };
  }
  if (view.tasks.length === 0 && !isFinished) return { kind: "soft", text: `${title}: starting…` };
  const ending = run.connection === "ended" ? shownEndStatus(run) : null; // else events are missing
  if (ending !== null) return { kind: ending, text: `${title}: ${endText(run, ending)}` };
  if (view.cancelled) {
    return {
      kind: "cancelled",
      text: `${title}: ending, ${cancelReasonText(view.cancelled, run)}`,
    };
  }
  if (model.hasFinishedTasks) {
    return { kind: "running", text: `${title}: all tasks have ended, the run is finishing` };
  }
  return { kind: "running", text: `${title}: running on ${plural(view.workers, "thread")}` };
}

/** The end status of the shown run; null while the run is active. */
function shownEndStatus(run: DisplayedRun): RunEndStatus | null {
  const { isFinished, isUnfinished } = run.model;
  if (player.value !== null) {
    if (!isFinished && !isUnfinished) return null;
    return run.end === null ? recordedEndStatus(run) : endStatusOf(run.end);
  }
  const end = history.value.find(({ id }) => id === run.info?.id)?.end ?? run.end;
  if (end !== null) return endStatusOf(end);
  return connectionFailure(run.connection) ? "failed" : null;
}

/** The reason of a cancellation. A recording may have unknown reasons. */
function cancelReasonText(reason: CancelReason, { info }: DisplayedRun): string {
  if (history.value.find(({ id }) => id === info?.id)?.isReplaced) return "since a file changed";
  return `since ${CANCEL_REASON_TEXT[reason] ?? `the run was cancelled (${reason})`}`;
}

/** The end of a run with all its events. */
function endText(run: DisplayedRun, ending: RunEndStatus): string {
  const { model: { view }, end } = run;
  if (view.cancelled) return `cancelled, ${cancelReasonText(view.cancelled, run)}`;
  if (ending === "cancelled") return "cancelled after all tasks had ended";
  const failures = isSuccessful(view) ? "" : failuresText(failuresOf(run));
  if (failures !== "") return failures;
  if (!isSuccessful(view)) return "some tasks were skipped";
  if (ending === "passed") return "passed";
  return end?.signal
    ? `killed by ${end.signal} after all tasks had ended`
    : "failed outside of tasks";
}

/** The end of a run whose events are incomplete. */
function unfinishedStatus({ title, end, events }: DisplayedRun): StatusLine {
  const kind = end === null ? "failed" : endStatusOf(end);
  const isCancelled = end?.isCancelled === true;
  const isKilled = end !== null && end.signal !== null;
  const how = events.length === 0
    ? isCancelled ? "cancelled before the start" : "could not start"
    : isCancelled
    ? isKilled ? "was killed" : "was stopped"
    : isKilled
    ? `was killed by ${end.signal}`
    : "ended unexpectedly";
  return { kind, text: `${title}: ${how}` };
}

function remainingText(run: DisplayedRun | null): string {
  const ms = run === null ? undefined : remainingMs(run);
  return ms === undefined ? "–" : formatElapsed(ms);
}

/** Formats without digits that change too fast to be read. */
function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms);
}

/** The icon of the run for the title of the page, which is visible in a background tab. */
export function titleIcon(): string {
  const run = shown.value;
  if (run === null) return "";
  const ending = shownEndStatus(run);
  return ending === null ? "▶ " : { passed: "✓ ", failed: "✕ ", cancelled: "⊘ " }[ending];
}
