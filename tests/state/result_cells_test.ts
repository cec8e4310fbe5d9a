import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SharedState, snapshot } from "../../src/state/shared_state.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

/** A state, and another thread's end of it, in the same run. */
function pair(): { main: SharedState; other: SharedState } {
  const main = SharedState.create();
  const cells = main.openResults(NAMES);
  const other = SharedState.join(main.invite("thread_0"));
  other.joinResults(NAMES, cells);
  return { main, other };
}

Deno.test("SharedState.setResultOf() shares every kind of value with the other thread", () => {
  const { main, other } = pair();
  const values = [undefined, null, true, -0, NaN, { deep: [1] }];
  for (const [id, value] of values.entries()) other.setResultOf(id, NAMES[id]!, value);
  const { results } = main.root;
  assert("a" in results);
  assertStrictEquals(results["a"], undefined);
  assertStrictEquals(results["b"], null);
  assertStrictEquals(results["c"], true);
  assert(Object.is(results["d"], -0));
  assert(Number.isNaN(results["e"]));
  assertEquals(snapshot(results["f"]), { deep: [1] });
});

Deno.test("SharedState omits a task from the results when it has none", () => {
  const { main, other } = pair();
  other.setResultOf(1, "b", 2);
  const { results } = main.root;
  assertEquals("a" in results, false);
  assertEquals(Object.keys(results), ["b"]);
  assertEquals(JSON.stringify(results), '{"b":2}');
  assertEquals({ ...results }, { b: 2 });
  assertEquals(main.sanitized(), { results: { b: 2 } });
  assertEquals(Deno.inspect(results), "{ b: 2 }");
  assertEquals(Deno.inspect(main.root), "{ results: { b: 2 } }");
});

Deno.test("SharedState lists results in the order of their names", () => {
  const main = SharedState.create();
  main.setResult("e", "in the log");
  main.openResults(["a", "b", "c", "d"]);
  main.setResultOf(2, "c", { in: "the log" });
  main.setResultOf(3, "d", 3);
  main.setResultOf(1, "b", ["in the log"]);
  main.setResultOf(0, "a", undefined);
  const names = ["a", "b", "c", "d", "e"];
  assertEquals(Object.keys(main.root.results), names);
  assertEquals(Object.keys({ ...main.root.results }), names);
  assertEquals(Object.keys(snapshot(main.root.results)), names);
  assertEquals(Object.keys(main.sanitized()["results"] as object), names);
});

Deno.test("SharedState.openResults() keeps the results of the previous run", () => {
  const { main, other } = pair();
  other.setResultOf(0, "a", 1);
  other.setResultOf(1, "b", "text");
  main.openResults(["b", "z"]);
  main.setResultOf(0, "b", 5);
  assertEquals(main.sanitized(), { results: { a: 1, b: 5 } });
});

Deno.test("SharedState.clearResults() removes the results in the log and in cells", () => {
  const { main, other } = pair();
  other.setResultOf(0, "a", 1);
  other.setResultOf(1, "b", ["log"]);
  main.clearResults();
  assertEquals(main.sanitized(), { results: {} });
});

Deno.test("SharedState.dropResult() removes the result of one task, which may be set again", () => {
  const { main, other } = pair();
  for (const [id, value] of [1, ["log"], 3, ["stays"]].entries()) {
    other.setResultOf(id, NAMES[id]!, value);
  }
  main.dropResult(0, "a");
  main.dropResult(1, "b");
  main.dropResult(4, "e");
  assertEquals(other.sanitized(), { results: { c: 3, d: ["stays"] } });
  other.setResultOf(0, "a", "again");
  assertEquals(main.sanitized(), { results: { a: "again", c: 3, d: ["stays"] } });
});
