/** Texts about outcomes and stray errors, for reports. */
import type { ErrorRecord } from "../base/error_record.ts";
import { CANCEL_REASON_TEXT, type TaskOutcome } from "./run_event.ts";
import type { RunView, StrayRecord } from "./run_view.ts";

/** The reason why a task was skipped or cancelled. */
export function outcomeReason(
  outcome: TaskOutcome & { readonly status: "skipped" | "cancelled" },
  view: Pick<RunView, "tasks"> & Partial<Pick<RunView, "outcomes">>,
): string {
  if (outcome.status === "cancelled") return CANCEL_REASON_TEXT[outcome.reason];
  const { via, cause, reason } = outcome;
  const name = (task: number) => view.tasks[task]!.name;
  if (cause === null || via === null) {
    if (reason !== undefined) return reason;
    const isUnused = via !== null && view.tasks[via]!.kind === "resource";
    return isUnused ? `${name(via)} was not set up` : "nothing had failed";
  }
  // A resource that was set up and is the cause of a skip was lost later.
  const end = view.outcomes?.[cause]?.status === "passed" ? "was lost" : "failed";
  const why = reason === undefined ? end : `was skipped: ${reason}`;
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
