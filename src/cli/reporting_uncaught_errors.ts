/**
 * Uncaught errors of the main thread: of the module's top level, its hooks, and code that they
 * leaked. Without a handler, each would end the process in the middle of a run, without summary and
 * teardown.
 */
import { isClaimed, onUncaughtError } from "../runtime/uncaught_errors.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isInternalFrame } from "../runtime/internal_frames.ts";
import { queueMicrotask } from "../runtime/timers.ts";
import { ExitCode } from "./exit_code.ts";
import type { System } from "./system/system.ts";

/**
 * Runs work during which uncaught errors are printed and recorded; they turn a passed run into a
 * failed one.
 *
 * @param work Returns an exit code; it gets the list of errors so far.
 */
export async function reportingUncaughtErrors(
  system: System,
  work: (errors: readonly ErrorRecord[]) => Promise<number>,
): Promise<number> {
  const errors: ErrorRecord[] = [];
  const stop = onUncaughtError((event, error) =>
    queueMicrotask(() => {
      if (isClaimed(event)) return; // of a task on this thread: the run reports it
      const record = recordError(error);
      errors.push(record);
      printError(system, record);
    })
  );
  try {
    const code = await work(errors);
    // A failure takes precedence over output that could not be written.
    const isSpared = code === ExitCode.PASSED || code === ExitCode.INTERNAL;
    return isSpared && errors.length > 0 ? ExitCode.FAILED : code;
  } finally {
    stop();
  }
}

function printError(system: System, { type, message, stack }: ErrorRecord): void {
  const lines = (stack ?? `${type}: ${message}`).split("\n")
    .filter((line) => !isInternalFrame(line) && !RUNTIME_FRAME.test(line));
  system.err(`Error outside of tasks, on the main thread: ${lines.join("\n")}`);
}

/** Stack frames of the runtime, which are left out as the library's own are. */
const RUNTIME_FRAME = /^\s+at .*\bext:\w+\//;
