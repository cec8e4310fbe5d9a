/** How a run ended: the title of the page, its heading and the list of runs all have it from here. */
import { listInPart } from "../../../base/text_format.ts";
import { isSuccessful } from "../../../events/run_view.ts";
import type { RunInfo } from "../../ui_protocol.ts";
import { extractError } from "../../extract_error.ts";
import type { DisplayedRun } from "./displayed_run.ts";

/** See the head of this file. */
export type RunEndStatus = "passed" | "failed" | "cancelled";

/** How the command ended: its exit code knows more than the events, such as what `teardownState` threw. */
export function endStatusOf({ code, isCancelled }: NonNullable<RunInfo["end"]>): RunEndStatus {
  if (code === 0) return "passed";
  return isCancelled ? "cancelled" : "failed";
}

/** What the events alone tell of a run that is over: all there is of a recording. */
export function recordedEndStatus({ model: { view, isFinished } }: DisplayedRun): RunEndStatus {
  if (view.cancelled === "interrupted" || view.cancelled === "aborted") return "cancelled";
  return isFinished && isSuccessful(view) ? "passed" : "failed";
}

/** Why a run failed of which no event says why; undefined where the events say it. */
export function unreportedFailure(run: DisplayedRun): string | undefined {
  const { end, model } = run;
  if (end === null || endStatusOf(end) !== "failed") return undefined;
  if (model.isFinished && !isSuccessful(model.view)) return undefined;
  if (end.signal !== null) return `The process was killed by ${end.signal}${runningTasksText(run)}`;
  return extractError(end.output) || `The command has ended with ${end.code}, and said nothing`;
}

/** So many of the tasks that were running are named. */
const NAMES_MAX = 3;

/** What was running when a run broke off: ` while load and 2 more ran`. */
function runningTasksText({ model: { view } }: DisplayedRun): string {
  const running = view.running.flatMap((task) => task === undefined ? [] : view.tasks[task]!.name);
  if (running.length === 0) return "";
  return ` while ${listInPart(running, NAMES_MAX)} ran`;
}
