/** Tests of the permissions of tasks. */
import { assertEquals, assertThrows } from "@std/assert";
import { checkPermissions, type TaskPermissions } from "../../src/task/task_permissions.ts";

Deno.test("checkPermissions() omits what is not permitted, and sorts lists", () => {
  assertEquals(checkPermissions("none"), {});
  assertEquals(checkPermissions({ read: false, env: [] }), {});
  assertEquals(checkPermissions({ net: undefined as never }), {});
  const checked = checkPermissions({ write: ["b", "a", "b"], net: true, read: ["c"] });
  assertEquals(JSON.stringify(checked), '{"net":true,"read":["c"],"write":["a","b"]}');
});

const wrong: [permissions: unknown, message: string][] = [
  ["all", 'Cannot use the permissions "all": expected an object or "none"'],
  [null, 'Cannot use the permissions null: expected an object or "none"'],
  [
    { red: true },
    'Cannot permit "red": expected one of read, write, net, env, run, sys, ffi, import',
  ],
  [{ read: "a" }, 'Cannot permit read "a": expected true, false or an array of strings'],
  [{ read: null }, "Cannot permit read null: expected true, false or an array of strings"],
  [{ net: ["a", 1] }, 'Cannot permit net [ "a", 1 ]: expected true, false or an array of strings'],
];
for (const [permissions, message] of wrong) {
  Deno.test(`checkPermissions() rejects ${Deno.inspect(permissions)}`, () => {
    const check = () => checkPermissions(permissions as TaskPermissions);
    assertEquals(assertThrows(check, TypeError).message, message);
  });
}
