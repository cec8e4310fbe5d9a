/** The checks before tasks run in processes. */
import { UsageError } from "../base/errors.ts";
import type { TaskSpec } from "../task/task.ts";
import { checkCovered, grantOf } from "../spawn/permission_flags.ts";

/**
 * Checks that process isolation works here, and that the run has the permissions of its tasks.
 *
 * @param action The subject of the message. Threads of a remote worker need the same permissions:
 * their state is in files, and a shell removes these if the worker is killed.
 * @throws {UsageError} naming what is missing.
 */
export function assertProcessIsolationSupported(
  tasks: readonly TaskSpec[],
  action = "isolate tasks by process",
): void {
  const refusal = (why: string) => new UsageError(`Cannot ${action}: ${why}`);
  if (Deno.build.os === "windows") {
    throw refusal("Windows has no named pipes in the file system");
  }
  if (Deno.build.standalone) {
    throw refusal("a compiled program has no Deno executable to start");
  }
  for (const kind of ["run", "read", "write"] as const) {
    if (grantOf(kind) === "less") {
      throw refusal(`--allow-${kind} without a list is needed`);
    }
  }
  for (const { name, policy } of tasks) {
    if (policy?.permissions) checkCovered(name, policy.permissions);
  }
}
