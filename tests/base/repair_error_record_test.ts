/** Tests of error records that arrive malformed. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { recordError } from "../../src/base/error_record.ts";
import { repairErrorRecord } from "../../src/base/repair_error_record.ts";

Deno.test("repairErrorRecord() returns a well-formed record unchanged", () => {
  const cause = new TypeError("inner", { cause: "why" });
  const error = Object.assign(new AggregateError([cause, 1], "m", { cause }), { code: 7 });
  for (const thrown of [error, "text", null, undefined]) {
    const record = recordError(thrown);
    assertStrictEquals(repairErrorRecord(record), record);
  }
});

Deno.test("repairErrorRecord() replaces malformed fields, and keeps the others", () => {
  const message = "an error that cannot be read: its thread sent a malformed record of it";
  const unreadable = { type: "Error", message };
  for (const sent of [undefined, null, 7, "text", {}, []]) {
    assertEquals(repairErrorRecord(sent), unreadable);
  }
  assertEquals(repairErrorRecord({ type: 5, message: "kept", stack: 5 }), {
    type: "Error",
    message: "kept",
  });
  const good = { type: "A", message: "a" };
  const errors = [good, 7];
  const sent = {
    type: "T",
    message: null,
    stack: "s",
    cause: "c",
    errors,
    props: { a: 1, b: "2" },
  };
  assertEquals(repairErrorRecord(sent), {
    ...{ type: "T", message, stack: "s", cause: unreadable },
    ...{ errors: [good, unreadable], props: { b: "2" } },
  });
});

Deno.test("repairErrorRecord() terminates for records that are cyclic or deeply nested", () => {
  const sent: Record<string, unknown> = { type: "T", message: "m" };
  sent.cause = sent;
  let depth = 0;
  for (let it: unknown = repairErrorRecord(sent); it; it = (it as { cause?: unknown }).cause) {
    depth++;
  }
  assert(depth < 30, `${depth}`);
});
