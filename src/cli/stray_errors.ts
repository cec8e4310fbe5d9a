/**
 * Errors that nobody catches on the main thread: the top level of the module, one of its hooks, or what
 * they left behind. Unheard, each would end the process in the middle of a run: without its summary,
 * without tearing anything down.
 */
import { hearUncaught, isClaimed } from "../base/claimed_event.ts";
import { recordError } from "../base/error_record.ts";
import { isOwnFrame } from "../base/own_frames.ts";
import { queueMicrotask } from "../base/timers.ts";
import { ExitCode } from "./exit_code.ts";
import type { Host } from "./host.ts";

/**
 * Does something during which such errors are told, and do no more than keep it from ending well.
 *
 * @param work Returns an exit code. It may ask whether there was no such error until now.
 */
export async function telling(
  host: Host,
  work: (isWell: () => boolean) => Promise<number>,
): Promise<number> {
  let isWell = true;
  const stop = hearUncaught((event, error) =>
    queueMicrotask(() => {
      if (isClaimed(event)) return; // a task's, that runs on this thread: the run tells of it
      isWell = false;
      tell(host, error);
    })
  );
  try {
    const code = await work(() => isWell);
    // What could not be written comes second to what has failed.
    const isSpared = code === ExitCode.PASSED || code === ExitCode.INTERNAL;
    return isSpared && !isWell ? ExitCode.FAILED : code;
  } finally {
    stop();
  }
}

function tell(host: Host, error: unknown): void {
  const { type, message, stack } = recordError(error);
  const lines = (stack ?? `${type}: ${message}`).split("\n")
    .filter((line) => !isOwnFrame(line) && !RUNTIME_FRAME.test(line));
  host.err(`Error outside of tasks, on the main thread: ${lines.join("\n")}`);
}

/** Nobody looks for a mistake in the runtime, either. */
const RUNTIME_FRAME = /^\s+at .*\bext:\w+\//;
