/** What a process died of, in words. */
import type { ErrorRecord } from "../base/error_record.ts";

/** What V8 says before it ends the process. */
const OUT_OF_MEMORY = /JavaScript heap out of memory|Fatal (process|JavaScript) out of memory/;

/**
 * Says what a process died of that nobody ended.
 *
 * @param printed The last of what it printed on standard error.
 */
export function diagnoseExit(status: Deno.CommandStatus, printed: string): ErrorRecord {
  const { code, signal } = status;
  const how = signal === null ? `exit code ${code}` : `exit code ${code}, ${signal}`;
  if (OUT_OF_MEMORY.test(printed)) {
    return {
      type: "OutOfMemoryError",
      message: `its process ran out of memory (${how}): --v8-flags=--max-old-space-size=<MiB> ` +
        "gives it more",
    };
  }
  const message = signal === "SIGKILL"
    ? `its process was killed (${how}), by somebody or by the system for want of memory`
    : signal === null
    ? `its process ended by itself (${how})`
    : `its process was ended by a signal (${how})`;
  return { type: "ProcessLostError", message };
}
