import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  SharedState,
  snapshot,
  StateCloneError,
  StateFullError,
  ThreadFencedError,
} from "../../src/state/shared_state.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

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
  const values = [
    undefined,
    null,
    true,
    -0,
    NaN,
    { deep: [1] },
    "short é",
    "",
    "日本",
    "é".repeat(60),
  ];
  for (const [id, value] of values.entries()) other.setResultOf(id, NAMES[id]!, value);
  const { results } = main.root;
  assert("a" in results);
  assertStrictEquals(results["a"], undefined);
  assertStrictEquals(results["b"], null);
  assertStrictEquals(results["c"], true);
  assert(Object.is(results["d"], -0));
  assert(Number.isNaN(results["e"]));
  assertEquals(results["f"], { deep: [1] });
  for (const id of [6, 7, 8, 9]) assertStrictEquals(results[NAMES[id]!], values[id]);
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

Deno.test("SharedState.setResultOf() gives each thread one read-only value", () => {
  const { main, other } = pair();
  const rows = [{ id: 1, tags: new Set(["a"]) }];
  other.setResultOf(0, "a", rows);
  rows[0]!.id = 2;
  const seen = main.root.results["a"];
  assertStrictEquals(main.root.results["a"], seen);
  assertStrictEquals(main.resultOf("a")!.value, seen);
  assertEquals(seen, [{ id: 1, tags: new Set(["a"]) }]);
  assertThrows(() => seen[0].id = 3, TypeError, "read only property 'id'");
  assertThrows(() => seen[0].tags.add("b"), TypeError, "results are read-only");
  main.root.copy = seen;
  main.root.copy[0].tags.add("b");
  assertEquals(snapshot(other.root.copy), [{ id: 1, tags: new Set(["a", "b"]) }]);
  assertEquals(other.root.results["a"], [{ id: 1, tags: new Set(["a"]) }]);
});

Deno.test("SharedState.setResultOf() copies what a task returns of the state", () => {
  const { main, other } = pair();
  other.root.list = [{ n: 1 }];
  other.setResultOf(0, "a", { list: other.root.list, same: other.root.list[0] });
  other.root.list[0].n = 2;
  const { list, same } = main.root.results["a"];
  assertEquals(list, [{ n: 1 }]);
  assertStrictEquals(list[0], same);
  other.setResultOf(1, "b", other.root);
  assertEquals(main.root.results["b"].list, [{ n: 2 }]);
  assertEquals(main.root.results["b"].results, { a: { list, same } });
});

Deno.test("SharedState.releaseLeaked() gives the next task bytes of its own", () => {
  const { main, other } = pair();
  main.setResultOf(0, "a", { bytes: new Uint8Array([1, 2]) });
  main.setResultOf(1, "b", [1]);
  const first = other.root.results["a"].bytes;
  const list = other.root.results["b"];
  first[0] = 9;
  assertStrictEquals(other.root.results["a"].bytes, first);
  other.releaseLeaked();
  assertEquals([...other.root.results["a"].bytes], [1, 2]);
  assertStrictEquals(other.root.results["b"], list);
});

Deno.test("SharedState.setResultOf() takes no lock and appends nothing to the log", () => {
  const { main, other } = pair();
  const before = main.bytes.used;
  main.replica.withLock(() => other.setResultOf(0, "a", { rows: new Array(10_000).fill("row") }));
  assertEquals(main.bytes.used, before);
  assertEquals(main.root.results["a"].rows.length, 10_000);
});

Deno.test("SharedState.setResultOf() leaves no part of a result that cannot be written", () => {
  const main = SharedState.create({ initialBytes: 1000, maxBytes: 100_000 });
  const other = SharedState.join(main.invite("thread_0"));
  other.joinResults(NAMES, main.openResults(NAMES));
  assertThrows(
    () => other.setResultOf(0, "a", "x".repeat(100_000)),
    StateFullError,
    "limit is 100000",
  );
  assertThrows(() => other.setResultOf(1, "b", [1, () => {}]), StateCloneError, "result[1]");
  const stops = {
    get a() {
      throw new RangeError("mine");
    },
  };
  assertThrows(() => other.setResultOf(2, "c", stops), RangeError, "mine");
  assertEquals(main.sanitized(), { results: {} });
  other.setResultOf(0, "a", "x".repeat(50_000));
  assertEquals(main.root.results["a"].length, 50_000);
});

Deno.test("SharedState.setResultOf() rejects the result of a thread fenced while it is packed", () => {
  const main = SharedState.create();
  const handle = main.invite("thread_0");
  const other = SharedState.join(handle);
  other.joinResults(NAMES, main.openResults(NAMES));
  const value = {
    get a() {
      main.fence(handle);
      return 1;
    },
  };
  assertThrows(() => other.setResultOf(0, "a", value), ThreadFencedError);
  assertEquals(main.hasResult("a"), false);
});

Deno.test("SharedState.setResultOf() replaces the result of an earlier attempt", () => {
  const { main, other } = pair();
  for (const n of [1, 2, 3]) {
    other.setResultOf(0, "a", { n });
    assertEquals(main.root.results["a"], { n });
    main.dropResult(0, "a");
    assertEquals(main.hasResult("a"), false);
  }
});

Deno.test("SharedState.packedLengthOf() returns the length of a result without unpacking it", () => {
  const { main, other } = pair();
  other.setResultOf(0, "a", new Uint8Array(5000));
  other.setResultOf(1, "b", 1);
  main.setResult("in the log", ["x".repeat(7000)]);
  const lengths = ["a", "b", "c", "in the log"].map((name) => main.packedLengthOf(name));
  assert(lengths[0]! > 5000 && lengths[0]! < 5200, String(lengths));
  assert(lengths[3]! > 7000 && lengths[3]! < 7200, String(lengths));
  assertEquals([lengths[1], lengths[2]], [0, 0]);
});
