/**
 * A run that is refused when its reports are open already: the module cannot be loaded, or `setupState` throws.
 * The reports have the reason, as an error outside of tasks: an empty file would be taken for the report of a run.
 */
import { wallTime } from "../../runtime/clock.ts";
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import { DeadlineError, NothingToRunError, UsageError } from "../../base/errors.ts";
import { EventStream } from "../../events/event_stream.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { MainError } from "../output/deferred_run_end.ts";
import { HookFailure } from "./hook_failure.ts";

/** Writes to the reports why a run was refused, and closes them. */
export async function reportRejectedRun(
  reports: readonly Reporter[],
  error: unknown,
): Promise<void> {
  const stream = new EventStream(reports);
  const now = () => wallTime().toISOString();
  stream.emit(
    { type: "run-started", tasks: [], workers: 1, startedAt: now(), mocked: [] },
    0,
  );
  stream.emit({ type: "stray-error", worker: null, suspects: [], ...mainError(error) }, 0);
  stream.emit({ type: "run-finished", finishedAt: now() }, 0);
  await stream.close();
}

/** What the hook has thrown, or why there is no run: without a stack, which is of our own code. */
function mainError(error: unknown): MainError {
  if (error instanceof HookFailure && error.hook === "setupState") {
    return { hook: error.hook, error: recordError(error.cause) };
  }
  const record = recordError(error);
  const isOwn = [UsageError, NothingToRunError, DeadlineError].some((it) => error instanceof it);
  return { error: isOwn ? withoutStack(record) : record };
}

function withoutStack({ type, message }: ErrorRecord): ErrorRecord {
  return { type, message };
}
