/**
 * Errors that nobody catches on the main thread: the top level of the module, one of its hooks, or what
 * they left behind. Unheard, each would end the process in the middle of a run: without its summary,
 * without tearing anything down.
 */
import { isClaimed, onUncaughtError } from "../runtime/uncaught_errors.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isInternalFrame } from "../runtime/internal_frames.ts";
import { queueMicrotask } from "../runtime/timers.ts";
import { ExitCode } from "./exit_code.ts";
import type { System } from "./system/system.ts";

/**
 * Does something during which such errors are told, and do no more than keep it from ending well.
 *
 * @param work Returns an exit code. It may ask for the errors until now.
 */
export async function reportingUncaughtErrors(
  system: System,
  work: (errors: readonly ErrorRecord[]) => Promise<number>,
): Promise<number> {
  const errors: ErrorRecord[] = [];
  const stop = onUncaughtError((event, error) =>
    queueMicrotask(() => {
      if (isClaimed(event)) return; // a task's, that runs on this thread: the run tells of it
      const record = recordError(error);
      errors.push(record);
      printError(system, record);
    })
  );
  try {
    const code = await work(errors);
    // What could not be written comes second to what has failed.
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

/** Nobody looks for a mistake in the runtime, either. */
const RUNTIME_FRAME = /^\s+at .*\bext:\w+\//;
