/** Tests of the hint for a missing permission. */
import { assertEquals } from "@std/assert";
import { permissionHint } from "../../src/runtime/permissions.ts";

Deno.test("permissionHint() returns the missing flag, with its value when that is known", () => {
  const hint = (message: string) => permissionHint(new Error(message));
  const again = (kind: string) => `run again with the --allow-${kind} flag`;
  assertEquals(
    hint(`Requires read access to "/a/b.ts", ${again("read")}`),
    "run with --allow-read=/a/b.ts",
  );
  assertEquals(
    hint(`Requires net access to "a.com:443", ${again("net")}`),
    "run with --allow-net=a.com:443",
  );
  assertEquals(hint(`Requires read access to <CWD>, ${again("read")}`), "run with --allow-read");
  assertEquals(hint(`Requires write access to "a b", ${again("write")}`), "run with --allow-write");
  assertEquals(
    hint(`Requires all access to "/proc/self/environ", ${again("all")}`),
    "run with --allow-all",
  );
  assertEquals(hint("no such file"), undefined);
  assertEquals(permissionHint("Requires read access"), undefined);
});
