/** Texts about outcomes and stray errors, for reports. */
import type { ErrorRecord } from "../base/error_record.ts";
import { CANCEL_REASON_TEXT, type TaskOutcome } from "./run_event.ts";
import type { RunView, StrayRecord } from "./run_view.ts";

/** The reason why a task was skipped or cancelled. */
export function outcomeReason(
  outcome: TaskOutcome & { readonly status: "skipped" | "cancelled" },
  view: Pick<RunView, "tasks">,
): string {
  if (outcome.status === "cancelled") return CANCEL_REASON_TEXT[outcome.reason];
  const { via, cause, reason } = outcome;
  if (cause === null || via === null) return reason ?? "nothing had failed";
  const name = (task: number) => view.tasks[task]!.name;
  const why = reason === undefined ? "failed" : `was skipped: ${reason}`;
  return via === cause ? `${name(cause)} ${why}` : `${name(cause)} ${why} (through ${name(via)})`;
}

/** The error of a task that failed, or that threw after its cancellation. */
export function errorOf(outcome: TaskOutcome | undefined): ErrorRecord | undefined {
  return outcome !== undefined && "error" in outcome ? outcome.error : undefined;
}

/** Describes the tasks or the hook that may have caused a stray error. */
export function suspectsLabel(
  { suspects, hook }: Pick<StrayRecord, "suspects" | "hook">,
  view: RunView,
): string {
  if (hook !== undefined) return `in ${hook}`;
  const names = suspects.map((task) => view.tasks[task]!.name);
  if (names.length === 0) return "belongs to no task";
  return `leaked by ${names.length === 1 ? "" : "one of "}${names.join(", ")}`;
}
