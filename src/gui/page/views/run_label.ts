/** Texts of the runs of the session, for lists. */
import type { RunInfo } from "../../ui_protocol.ts";
import { connectionState } from "../client/event_connection.ts";
import { endStatusOf } from "../model/run_end_status.ts";

/** Whether the server is unreachable, so that active runs have an unknown end. */
function isDisconnected(): boolean {
  return connectionState.value === "lost" || connectionState.value === "silent";
}

/** The status of a run, as a class. */
export function runStatus({ end }: RunInfo): string {
  if (end !== null) return endStatusOf(end);
  return isDisconnected() ? "unfinished" : "running";
}

/** The end of a run in two words, with an icon. */
export function runEndText({ end, cancels, isReplaced }: RunInfo): string {
  if (end === null) return isDisconnected() ? "? unfinished" : "▶ running";
  if (isReplaced && endStatusOf(end) === "cancelled") return "⊘ cancelled by a change";
  // A process that still loads the module ends at the first signal, without an exit code.
  if (end.code === null) {
    if (!end.isCancelled) return `✕ ${end.signal ?? "ended unexpectedly"}`;
    return cancels > 1 ? "⊘ killed" : "⊘ cancelled";
  }
  const words: Record<number, string> = {
    0: "✓ passed",
    1: "✕ failed",
    2: "✕ could not run",
    4: "nothing to run",
    129: "⊘ cancelled",
    130: "⊘ cancelled",
    143: "⊘ cancelled",
  };
  return words[end.code] ?? `✕ exit ${end.code}`;
}

/** The name of a module, or of a folder of modules, by its path. */
export function moduleLabel(path: string): string {
  return path === "." ? "all modules" : path;
}

/** Maximum number of changed files that are named: one line. */
const CHANGED_MAX = 3;

/** The files whose change has started a round: `a.txt, b.txt and 2 more changed`; else empty. */
export function changeText({ round }: RunInfo): string {
  if (round === undefined || round.changedCount === 0) return "";
  const named = round.changed.slice(0, CHANGED_MAX);
  const rest = round.changedCount - named.length;
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""} changed`;
}

/**
 * The start time and the selection of a run; its module, if the session has several, and the files
 * whose change has started it.
 */
export function describeRun(run: RunInfo, ofSeveral: boolean): string {
  const { startedAt, request } = run;
  const at = new Date(startedAt).toLocaleTimeString();
  const what = [
    ofSeveral && moduleLabel(request.module),
    request.names.join(", "),
    request.tags && `tags ${request.tags}`,
    request.rerunFailed && "rerun of failed tasks",
    changeText(run),
  ].filter(Boolean).join(" · ");
  return what === "" ? at : `${at} · ${what}`;
}
