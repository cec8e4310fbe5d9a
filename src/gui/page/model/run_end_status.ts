/** Status and errors of ended runs. */
import { abbreviateList } from "../../../base/text_format.ts";
import { isSuccessful } from "../../../events/run_view.ts";
import type { RunInfo } from "../../ui_protocol.ts";
import { extractError } from "../../extract_error.ts";
import type { DisplayedRun } from "./displayed_run.ts";

/** The status of an ended run, as in the title, in the status bar and in the list of runs. */
export type RunEndStatus = "passed" | "failed" | "cancelled";

/** The status by the exit code, which includes failures without an event, as in `teardownState`. */
export function endStatusOf({ code, isCancelled }: NonNullable<RunInfo["end"]>): RunEndStatus {
  if (code === 0) return "passed";
  return isCancelled ? "cancelled" : "failed";
}

/** The status by the events: a recording has no exit code. */
export function recordedEndStatus({ model: { view, isFinished } }: DisplayedRun): RunEndStatus {
  if (view.cancelled === "interrupted" || view.cancelled === "aborted") return "cancelled";
  return isFinished && isSuccessful(view) ? "passed" : "failed";
}

/** The reason of a failure that no event explains; undefined when the events explain it. */
export function unreportedFailure(run: DisplayedRun): string | undefined {
  const { end, model } = run;
  if (end === null || endStatusOf(end) !== "failed") return undefined;
  if (model.isFinished && !isSuccessful(model.view)) return undefined;
  if (end.signal !== null) return `The process was killed by ${end.signal}${runningTasksText(run)}`;
  return extractError(end.output) || `The command exited with ${end.code} without output`;
}

/** Maximum number of running tasks that are named: one line. */
const NAMES_MAX = 3;

/** The tasks that ran when the process ended: ` while load and 2 more ran`. */
function runningTasksText({ model: { view } }: DisplayedRun): string {
  const running = view.running.flatMap((task) => task === undefined ? [] : view.tasks[task]!.name);
  if (running.length === 0) return "";
  return ` while ${abbreviateList(running, NAMES_MAX)} ran`;
}
