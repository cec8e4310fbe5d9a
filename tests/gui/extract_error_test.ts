/** The error message within the output of the command. */
import { assertEquals } from "@std/assert";
import { extractError } from "../../src/gui/extract_error.ts";

const DENO = `Resolver diagnostics:
error: Failed reading lockfile at '/tmp/deno.lock'

Caused by:
    Unsupported lockfile version '99'

Stack backtrace:
   0: <unknown>
`;

Deno.test("extractError() finds an error of the command, else one of Deno, else the last line", () => {
  assertEquals(extractError("hello\nError: no\nError: Cannot run\nbye\n"), "Cannot run");
  assertEquals(extractError(DENO), "Failed reading lockfile at '/tmp/deno.lock'");
  assertEquals(extractError(`${DENO}Error: Cannot run\n`), "Cannot run");
  assertEquals(
    extractError("teardownState failed: Error: a\n  at b\n"),
    "teardownState failed: Error: a",
  );
  const stray = "Error outside of tasks, on the main thread: Error: a";
  assertEquals(extractError(`${stray}\n    at b\n`), stray);
  assertEquals(extractError("one\ntwo\n\n"), "two");
  assertEquals(extractError(""), "");
});
