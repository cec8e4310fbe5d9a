/** Status of the shown run. */
import { formatDuration } from "../../../base/duration.ts";
import { etaMs } from "../../../events/eta_ms.ts";
import { CANCEL_REASON_TEXT, type CancelReason } from "../../../events/run_event.ts";
import { plural } from "../../../base/text_format.ts";
import { isSuccessful } from "../../../events/run_view.ts";
import { endStatusOf, recordedEndStatus, type RunEndStatus } from "../model/run_end_status.ts";
import { html } from "./html_tag.ts";
import { connectionState } from "../client/event_connection.ts";
import { DISPLAY_STATUSES } from "../model/run_model.ts";
import { type ConnectionState, type DisplayedRun, frame, nowOf } from "../model/displayed_run.ts";
import { history, isOpening, opened, player, shown, tasks } from "../model/store.ts";

/** The status of the run: a line, a progress bar, counts, elapsed and estimated time. */
export function StatusBar() {
  frame.value;
  const run = shown.value;
  const { kind, text } = run ? statusLine(run) : idleStatus();
  const view = run?.model.view;
  // A run's tasks are known with its first event; resources are no tasks.
  const total = view !== undefined && view.tasks.length > 0 ? view.taskCount : tasks.value.length;
  const done = view?.doneCount ?? 0;
  const percent = total === 0 ? 0 : Math.floor(done / total * 100);
  // Tasks without an outcome in an unfinished run are neither running nor waiting.
  const open = run?.model.isUnfinished ? undefined : view?.counts;
  const unfinished = run?.model.isUnfinished ? total - done : 0;
  return html`
    <section class="status" aria-label="Status">
      <p class=${`verdict ${kind}`} role="status" id="verdict">${text}</p>
      <${Bar} run=${run} total=${total} percent=${percent} />
      <dl class="numbers">
          ${counter("tasks", "Tasks", total)}
          ${counter("passed", "Passed", view?.counts.passed ?? 0, "passed")}
          ${counter("failed", "Failed", view?.counts.failed ?? 0, "failed")}
          ${counter("skipped", "Skipped", view?.counts.skipped ?? 0, "skipped")}
          ${counter("cancelled", "Cancelled", view?.counts.cancelled ?? 0, "cancelled")}
          ${unfinished > 0 && counter("unfinished", "Unfinished", unfinished, "unfinished")}
          ${counter("running", "Running", open?.running ?? 0, "running")}
          ${counter(
            "waiting",
            "Waiting",
            (open?.queued ?? 0) + (open?.waiting ?? 0),
            "waiting",
          )}
          ${counter("percent", "Done", run ? `${percent}%` : "–")}
          ${counter("elapsed", "Elapsed", run ? formatElapsed(nowOf(run)) : "–")}
          ${counter("left", "Remaining", etaText(run))}
        </dl>
    </section>
  `;
}

/** A count with its label; the swatches are the legend of the bar and of the graph. */
function counter(id: string, label: string, value: number | string, kind = "") {
  const isNone = value === 0 || value === "–";
  const style = kind === "" ? undefined : { "--swatch": `var(--${kind})` };
  return html`
    <div class=${`number ${isNone ? "none" : kind}`} style=${style}>
      <dt>${label}</dt>
      <dd id=${`count-${id}`}>${value}</dd>
    </div>
  `;
}

function Bar(
  { run, total, percent }: { run: DisplayedRun | null; total: number; percent: number },
) {
  const counts = new Map(DISPLAY_STATUSES.map((status) => [status, 0]));
  for (const status of run?.model.statuses ?? []) {
    counts.set(status, counts.get(status)! + 1);
  }
  const order = [
    "passed",
    "flaky",
    "failed",
    "skipped",
    "cancelled",
    "unfinished",
    "running",
  ] as const;
  let x = 0;
  return html`
    <svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" role="progressbar"
      aria-label="Tasks that have ended" aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${percent}>
        ${order.map((status) => {
          const width = total === 0 ? 0 : counts.get(status)! / total * 1000;
          x += width;
          return html`<rect key=${status} class=${status} x=${
            x - width
          } width=${width} height="8" />`;
        })}
      </svg>
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
    return { kind: "cancelled", text: `${title}: ending, ${cancelReasonText(view.cancelled)}` };
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
function cancelReasonText(reason: CancelReason): string {
  return `since ${CANCEL_REASON_TEXT[reason] ?? `the run was cancelled (${reason})`}`;
}

/** The end of a run with all its events. */
function endText({ model: { view }, end }: DisplayedRun, ending: RunEndStatus): string {
  const { failed } = view.counts;
  if (view.cancelled) return `cancelled, ${cancelReasonText(view.cancelled)}`;
  if (ending === "cancelled") return "cancelled after all tasks had ended";
  if (failed > 0) return `${plural(failed, "task")} failed`;
  if (view.strayErrors.length > 0) return "an error outside of tasks";
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

function etaText(run: DisplayedRun | null): string {
  if (run === null || run.model.isFinished || run.model.isUnfinished) return "–";
  const ms = etaMs(run.model.view, nowOf(run));
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
