/** Values of a state file that are not JSON, which the web UI cannot show. */
import { assertEquals } from "@std/assert";
import { findNonJsonValue } from "../../src/cli/ui/find_non_json_value.ts";
import { parseState } from "../../src/cli/run/state_file.ts";

const found = (yaml: string) => findNonJsonValue(parseState("s.yaml", yaml));

Deno.test("findNonJsonValue() describes the value and its path", () => {
  assertEquals(found("a: {when: 2001-12-14}"), "state.a.when is a Date");
  assertEquals(found("a: [1, .inf]"), "state.a.1 is Infinity");
  assertEquals(found("a: .nan"), "state.a is NaN");
  assertEquals(found("a: !!binary aGVsbG8="), "state.a is a Uint8Array");
  assertEquals(found("a: &a {b: [*a]}"), "state.a.b.0 is a circular reference");
});

Deno.test("findNonJsonValue() returns undefined for JSON, also when a value has many paths", () => {
  assertEquals(found('{"a": [1, null, true, "x", {"b": -1.5e300}], "c": {}}'), undefined);
  // Each list holds the one above nine times: 9 ** 40 places.
  let list: unknown = "x";
  for (let i = 0; i < 40; i++) list = Array(9).fill(list);
  assertEquals(findNonJsonValue({ list }), undefined);
});
