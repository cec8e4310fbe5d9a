/**
 * For reporters that show output their own way: they are told of it when its task ends, of failed
 * tasks only, or never. Output of no task is delivered at once, as is output that comes after its task has
 * ended.
 */
import type { Reporter, RunEvent } from "../../events/run_event.ts";
import type { OutputMode } from "./task_output.ts";

/** A reporter that gets the events as the mode has it. */
export function bufferOutput(mode: OutputMode, reporter: Reporter): Reporter {
  if (mode === "live") return reporter;
  const held = new Map<number, RunEvent[]>();
  /** By task that has finished: whether its output is shown. */
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
        if (isShown) held.get(event.task)?.forEach((output) => reporter.report(output));
        held.delete(event.task);
        finished[event.task] = isShown;
      }
      reporter.report(event);
    },
    async [Symbol.asyncDispose]() {
      await reporter[Symbol.asyncDispose]?.();
    },
  };
}
