/** Tests of markAll(). */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { discoverTasks } from "../../src/task/discover.ts";
import { mark, markAll } from "../../src/task/mark.ts";

/** Calls as a program without types may make them. */
const untyped = markAll as (...args: unknown[]) => unknown;

Deno.test("markAll() names tasks by their keys, in an exported record", () => {
  const core = mark({ tags: "x" }, () => "core");
  const builds = markAll({ "build:core": core, "build:app 1": () => "app" });
  const all = mark({ after: { core: builds["build:core"], rest: "build:*" } }, () => {});
  const found = discoverTasks({ builds, all });
  assertEquals(found.map(({ spec }) => [spec.name, spec.after, spec.tags]), [
    ["build:core", [], ["x"]],
    ["build:app 1", [], []],
    ["all", ["build:core", "build:app 1"], []],
  ]);
  assertStrictEquals(builds["build:core"], core);
});

Deno.test("markAll() is found in a namespace, and under the own name when exported twice", () => {
  const load = mark(function load() {});
  const group = markAll({ other: load });
  const namespace = Object.assign(Object.create(null), { group });
  Object.defineProperty(namespace, Symbol.toStringTag, { value: "Module" });
  assertEquals(discoverTasks({ db: namespace }).map(({ spec }) => spec.name), ["db.other"]);
  assertEquals(discoverTasks({ load, group }).map(({ spec }) => spec.name), ["load"]);
});

Deno.test("markAll() throws when it is given no functions, and freezes its record", () => {
  const expected = "expected an object of functions by task name";
  for (const tasks of [undefined, null, "a", [() => 1], new Map()]) {
    assertThrows(() => untyped(tasks), TypeError, expected);
  }
  assertThrows(() => untyped({ a: 1 }), TypeError, "Cannot mark a number");
  assertThrows(() => {
    (markAll({ a: () => 1 }) as Record<string, unknown>)["b"] = () => 2;
  }, TypeError);
});
