/** The checks before tasks run in processes. */
import { UsageError } from "../base/errors.ts";
import type { TaskSpec } from "../task/task.ts";
import { checkCovered, grantOf } from "../spawn/permission_flags.ts";

/**
 * Checks that process isolation works here, and that the run has the permissions of its tasks.
 *
 * @throws {UsageError} naming what is missing.
 */
export function assertProcessIsolationSupported(tasks: readonly TaskSpec[]): void {
  if (Deno.build.os === "windows") {
    throw refusal("Windows has no named pipes in the file system");
  }
  if (Deno.build.standalone) {
    throw refusal("a compiled program has no Deno executable to start");
  }
  for (const kind of ["run", "read", "write"] as const) {
    if (grantOf(kind) === "less") {
      throw refusal(`process isolation needs --allow-${kind} without a list`);
    }
  }
  for (const { name, policy } of tasks) {
    if (policy?.permissions) checkCovered(name, policy.permissions);
  }
}

function refusal(why: string): UsageError {
  return new UsageError(`Cannot isolate tasks by process: ${why}`);
}
