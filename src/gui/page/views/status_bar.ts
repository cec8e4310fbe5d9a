/** How the run goes: in a word, in numbers, in a bar, and how long it takes. */
import { formatDuration } from "../../../base/duration.ts";
import { etaMs } from "../../../events/eta.ts";
import { CANCEL_REASON_TEXT, type CancelReason } from "../../../events/run_event.ts";
import { plural } from "../../../base/text_format.ts";
import { isSuccessful } from "../../../events/run_view.ts";
import { endingOf, recordedEnding, type RunEndStatus } from "../model/run_end_status.ts";
import { html } from "./html_tag.ts";
import { link } from "../client/event_connection.ts";
import { DISPLAY_STATUSES } from "../model/run_model.ts";
import { type ConnectionState, type DisplayedRun, frame, nowOf } from "../model/displayed_run.ts";
import { history, isOpening, opened, player, shown, tasks } from "../model/store.ts";

/** See the head of this file. */
export function StatusBar() {
  frame.value;
  const run = shown.value;
  const { kind, text } = run ? verdictOf(run) : idleText();
  const view = run?.model.view;
  const total = tasks.value.length;
  const done = view?.finished.length ?? 0;
  const percent = total === 0 ? 0 : Math.floor(done / total * 100);
  // What has no outcome when a run breaks off does not run, and waits for nothing.
  const open = run?.model.isBrokenOff ? undefined : view?.counts;
  const unfinished = run?.model.isBrokenOff ? total - done : 0;
  return html`
    <section class="status" aria-label="Status">
      <p class=${`verdict ${kind}`} role="status" id="verdict">${text}</p>
      <${Bar} run=${run} total=${total} percent=${percent} />
      <dl class="numbers">
          ${number("tasks", "Tasks", total)}
          ${number("passed", "Passed", view?.counts.passed ?? 0, "passed")}
          ${number("failed", "Failed", view?.counts.failed ?? 0, "failed")}
          ${number("skipped", "Skipped", view?.counts.skipped ?? 0, "skipped")}
          ${number("cancelled", "Cancelled", view?.counts.cancelled ?? 0, "cancelled")}
          ${unfinished > 0 && number("unfinished", "Unfinished", unfinished, "unfinished")}
          ${number("running", "Running", open?.running ?? 0, "running")}
          ${number(
            "waiting",
            "Waiting",
            (open?.queued ?? 0) + (open?.waiting ?? 0),
            "waiting",
          )}
          ${number("percent", "Done", run ? `${percent}%` : "–")}
          ${number("elapsed", "Elapsed", run ? formatElapsed(nowOf(run)) : "–")}
          ${number("left", "Left, about", leftText(run))}
        </dl>
    </section>
  `;
}

/** A counter; one of a colour has a swatch: together they explain the colours of the bar and of the graph. */
function number(id: string, label: string, value: number | string, kind = "") {
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
  const counts = new Map(DISPLAY_STATUSES.map((standing) => [standing, 0]));
  for (const standing of run?.model.standings ?? []) {
    counts.set(standing, counts.get(standing)! + 1);
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
        ${order.map((standing) => {
          const width = total === 0 ? 0 : counts.get(standing)! / total * 1000;
          x += width;
          return html`<rect key=${standing} class=${standing} x=${
            x - width
          } width=${width} height="8" />`;
        })}
      </svg>
  `;
}

interface Verdict {
  readonly kind: string;
  readonly text: string;
}

function idleText(): Verdict {
  if (isOpening.value) return { kind: "soft", text: "Loading the module…" };
  const gone = goneText(link.value);
  if (gone) return gone;
  if (link.value === "connecting") return { kind: "soft", text: "Connecting again…" };
  if (opened.value === null) return { kind: "soft", text: "No module is open" };
  return { kind: "soft", text: "Ready to run" };
}

/** What is said when the server tells nothing more. */
function goneText(it: ConnectionState): Verdict | undefined {
  if (it === "lost") return { kind: "failed", text: "The server has ended" };
  return it === "silent" ? { kind: "failed", text: "The server does not answer" } : undefined;
}

function verdictOf(run: DisplayedRun): Verdict {
  const { model } = run;
  const { view, isOver } = model;
  const title = player.value ? "Replay" : run.title;
  const gone = goneText(run.link);
  if (gone) return gone;
  if (!isOver && run.link === "over" && player.value?.isPlaying.value !== false && player.value) {
    return { kind: "running", text: `${title}: playing` };
  }
  if (model.isBrokenOff && player.value) {
    return { kind: endingShown(run) ?? "failed", text: `${title}: breaks off here` };
  }
  if (!isOver && player.value) return { kind: "soft", text: `${title}: paused` };
  if (!isOver && run.link === "over") return brokenOff(run);
  if (run.link === "connecting" && view.tasks.length > 0) {
    return { kind: "soft", text: `${title}: connecting again…` };
  }
  if (view.tasks.length === 0 && !isOver) return { kind: "soft", text: `${title}: starting…` };
  const ending = run.link === "over" ? endingShown(run) : null; // else not all has come
  if (ending !== null) return { kind: ending, text: `${title}: ${howItEnded(run, ending)}` };
  if (view.cancelled) {
    return { kind: "cancelled", text: `${title}: ending, ${because(view.cancelled)}` };
  }
  if (model.hasRun) {
    return { kind: "running", text: `${title}: all tasks have ended, the run has not` };
  }
  return { kind: "running", text: `${title}: running on ${plural(view.workers, "thread")}` };
}

/** How the run that is shown has ended; null while it has not. */
function endingShown(run: DisplayedRun): RunEndStatus | null {
  const { isOver, isBrokenOff } = run.model;
  if (player.value !== null) {
    if (!isOver && !isBrokenOff) return null;
    return run.end === null ? recordedEnding(run) : endingOf(run.end);
  }
  const end = history.value.find(({ id }) => id === run.info?.id)?.end ?? run.end;
  if (end !== null) return endingOf(end);
  return goneText(run.link) ? "failed" : null;
}

/** Why a run was cut short. A recording may have reasons that are not known here. */
function because(reason: CancelReason): string {
  return `since ${CANCEL_REASON_TEXT[reason] ?? `it was cancelled (${reason})`}`;
}

/** How a run ended of which all was told. */
function howItEnded({ model: { view }, end }: DisplayedRun, ending: RunEndStatus): string {
  const { failed } = view.counts;
  if (view.cancelled) return `cancelled, ${because(view.cancelled)}`;
  if (ending === "cancelled") return "cancelled after all tasks had ended";
  if (failed > 0) return `${plural(failed, "task")} failed`;
  if (view.strayErrors.length > 0) return "an error outside of tasks";
  if (!isSuccessful(view)) return "some tasks were skipped";
  if (ending === "passed") return "all went well";
  return end?.signal ? `killed by ${end.signal} after its tasks` : "failed, though no task did";
}

/** How a run ended of which not all was told. */
function brokenOff({ title, end, events }: DisplayedRun): Verdict {
  const kind = end === null ? "failed" : endingOf(end);
  const isAsked = end?.isAsked === true;
  const isKilled = end !== null && end.signal !== null;
  const how = events.length === 0
    ? isAsked ? "cancelled before it began" : "could not start"
    : isAsked
    ? isKilled ? "was killed" : "was stopped"
    : isKilled
    ? `was killed by ${end.signal}`
    : "broke off";
  return { kind, text: `${title}: ${how}` };
}

function leftText(run: DisplayedRun | null): string {
  if (run === null || run.model.isOver || run.model.isBrokenOff) return "–";
  const ms = etaMs(run.model.view, nowOf(run));
  return ms === undefined ? "–" : formatElapsed(ms);
}

/** Without digits that change faster than they are read. */
function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms);
}

/** How the run stands, for the title of the page: seen where the page is not. */
export function titleSign(): string {
  const run = shown.value;
  if (run === null) return "";
  const ending = endingShown(run);
  return ending === null ? "▶ " : { passed: "✓ ", failed: "✕ ", cancelled: "⊘ " }[ending];
}
