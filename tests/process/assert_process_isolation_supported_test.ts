import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Scheduler } from "../../mod.ts";
import { UsageError } from "../../src/base/errors.ts";
import { checkIsolation } from "../../src/pool/create_pool.ts";
import { diagnoseExit } from "../../src/process/process_handle.ts";
import { checkPermissions } from "../../src/task/task_permissions.ts";
import { taskSpec } from "../../src/task/task.ts";

const bound = taskSpec({ name: "bound", after: [], tags: [], withState: false }, {
  permissions: { net: true },
});

for (const isolate of ["worker", "inline"] as const) {
  Deno.test(`checkIsolation() rejects permissions for tasks isolated by ${isolate}`, async () => {
    await assertRejects(
      () => checkIsolation(isolate, [bound]),
      UsageError,
      'Cannot enforce the permissions of task "bound": threads have the permissions of the whole process; use ' +
        "--isolate=process",
    );
  });
}

Deno.test("checkIsolation() accepts permissions when tasks run in processes", async () => {
  await checkIsolation("process", [bound]);
  const free = taskSpec({ name: "free", after: [], tags: [], withState: false }, {});
  for (const isolate of ["worker", "inline", "process"] as const) {
    await checkIsolation(isolate, [free]);
  }
});

Deno.test("checkPermissions() normalizes permissions, and rejects invalid ones", () => {
  const one = checkPermissions({ read: ["b", "a", "b"], env: false, net: true, sys: [] });
  const other = checkPermissions({ net: true, read: ["a", "b"] });
  assertEquals(JSON.stringify(one), JSON.stringify(other));
  assertEquals(checkPermissions("none"), {});
  const assertInvalid = (permissions: unknown, message: string) =>
    assertThrows(() => checkPermissions(permissions as "none"), TypeError, message);
  assertInvalid("all", 'Cannot use the permissions "all": expected an object or "none"');
  assertInvalid({ disk: true }, 'Cannot permit "disk": expected one of read, write, net');
  assertInvalid(
    { read: "a" },
    'Cannot permit read "a": expected true, false or an array of strings',
  );
  assertInvalid({ read: [1] }, "Cannot permit read [ 1 ]");
});

Deno.test("Scheduler rejects an isolation that is unknown or unavailable", () => {
  const assertRejected = (options: Record<string, unknown>, message: string) =>
    assertThrows(() => new Scheduler(options), TypeError, message);
  assertRejected(
    { isolate: "thread" },
    'Cannot isolate tasks by "thread": expected one of worker, process',
  );
  assertRejected(
    { isolate: "process", workers: 0 },
    "this scheduler runs tasks on the main thread",
  );
});

Deno.test("diagnoseExit() names the exit code, the signal and a known cause", () => {
  const messageFor = (code: number, signal: Deno.Signal | null, printed = "") =>
    diagnoseExit({ success: false, code, signal }, printed).message;
  assertEquals(messageFor(3, null), "the process exited by itself (exit code 3)");
  assertEquals(
    messageFor(139, "SIGSEGV"),
    "the process was terminated by a signal (exit code 139, SIGSEGV)",
  );
  const fatal = "# Fatal JavaScript out of memory: Reached heap limit";
  assertEquals(
    messageFor(133, "SIGTRAP", fatal),
    "the process ran out of memory (exit code 133, SIGTRAP); --v8-flags=--max-old-space-size=<MiB> " +
      "raises its limit",
  );
});
