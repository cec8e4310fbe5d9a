/**
 * Output buffering for reporters with their own format: delivers a task's output when the task
 * ends, only if the task failed, or never. Output without a task, and output after its task's end,
 * is delivered at once.
 *
 * A reporter that gets events later gets a view of its own, which is at the delivered event: in the
 * view of the run, a task whose output is delivered would have finished.
 */
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent } from "../../events/run_event.ts";
import { applyEvent, emptyView } from "../../events/run_view.ts";
import type { OutputMode } from "./task_output_reporter.ts";

/** Wraps a reporter so that it receives output according to the mode. */
export function bufferOutput(mode: OutputMode, reporter: Reporter): Reporter {
  if (mode === "live") return reporter;
  const view = emptyView();
  const deliver = (event: RunEvent) => {
    applyEvent(view, event);
    return reporter.report(event, view);
  };
  const held = new Map<number, RunEvent[]>();
  /** Whether the output of each finished task is shown, by task id. */
  const finished: (boolean | undefined)[] = [];
  return {
    report(event) {
      if (event.type === "task-output") {
        if (mode === "none") return;
        const isShown = event.task === null || finished[event.task];
        if (isShown === false) return;
        if (isShown === undefined) return void held.getOrInsert(event.task!, []).push(event);
      } else if (event.type === "task-finished") {
        const isShown = mode === "grouped" || event.outcome.status === "failed";
        if (isShown) held.get(event.task)?.forEach(deliver);
        held.delete(event.task);
        finished[event.task] = isShown;
      }
      deliver(event);
    },
    async [Symbol.asyncDispose]() {
      await reporter[Symbol.asyncDispose]?.();
    },
  };
}
