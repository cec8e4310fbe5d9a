/** The line that says what went wrong, among all that was said. */
import { assertEquals } from "@std/assert";
import { errorIn } from "../../src/gui/extract_error.ts";

const DENO = `Resolver diagnostics:
error: Failed reading lockfile at '/tmp/deno.lock'

Caused by:
    Unsupported lockfile version '99'

Stack backtrace:
   0: <unknown>
`;

Deno.test("errorIn: the command's own error, else that of Deno, else the last line", () => {
  assertEquals(errorIn("hello\nError: no\nError: Cannot run\nbye\n"), "Cannot run");
  assertEquals(errorIn(DENO), "Failed reading lockfile at '/tmp/deno.lock'");
  assertEquals(errorIn(`${DENO}Error: Cannot run\n`), "Cannot run");
  assertEquals(
    errorIn("teardownState failed: Error: a\n  at b\n"),
    "teardownState failed: Error: a",
  );
  const stray = "Error outside of tasks, on the main thread: Error: a";
  assertEquals(errorIn(`${stray}\n    at b\n`), stray);
  assertEquals(errorIn("one\ntwo\n\n"), "two");
  assertEquals(errorIn(""), "");
});
