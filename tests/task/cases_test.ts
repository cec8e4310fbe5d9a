import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import type { State, TaskContext } from "../../src/task/context.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { dmark, mark } from "../../src/task/mark.ts";

function names(namespace: Record<string, unknown>): string[] {
  return discoverTasks(namespace).map(({ spec }) => spec.name);
}

Deno.test("casesOf() names a case by its value, or by its index for objects and null", () => {
  const words = [
    "chrome",
    3,
    true,
    10n,
    "a.csv",
    "18.x",
    "a b",
    "a,b",
    'say "hi"',
    "a::b",
    "é",
    "",
  ];
  assertEquals(
    names({ t: mark({ each: words }, () => {}) }),
    words.map((word) => `t.${word}`),
  );
  assertEquals(names({ t: mark({ each: [{ a: 1 }, "a b", null] }, () => {}) }), [
    ...["t.0", "t.a b", "t.2"],
  ]);
});

Deno.test("casesOf() names the cases of an object by its keys", () => {
  assertEquals(names({ t: mark({ each: { small: 1, large: 1000 } }, () => {}) }), [
    ...["t.small", "t.large"],
  ]);
});

Deno.test("discoverTasks() passes the value of a case before the context", () => {
  const seen: unknown[] = [];
  const withState = mark({ each: { one: 1 } }, (state, value, task) => {
    seen.push([state, value, task.name]);
  });
  const without = dmark({ each: ["x"] }, (...args: unknown[]) => void seen.push(args));
  const task = { name: "context" } as TaskContext;
  for (const found of discoverTasks({ withState, without })) {
    found.call(...(found.spec.withState ? ["state", task] as const : [task] as const));
  }
  assertEquals(seen, [["state", 1, "context"], ["x", task]]);
});

Deno.test("mark() infers the type of a case's value, with and without a state type", () => {
  interface Settings extends State {
    region: string;
  }
  const found = discoverTasks({
    own: mark(
      { each: [1] },
      (state: Settings, value, task) => [state.region, value + 1, task.name],
    ),
    plain: mark({ each: [1], withState: false }, (value, task) => [value + 1, task.name]),
    short: dmark({ each: { x: 1 } }, (value, task) => [value + 1, task.name]),
  });
  const task = { name: "context" } as TaskContext;
  const results = found.map(({ call, spec }) =>
    spec.withState ? call({ region: "eu" } as unknown as State, task) : call(task)
  );
  assertEquals(results, [["eu", 2, "context"], [2, "context"], [2, "context"]]);
});

Deno.test("discoverTasks() resolves a dependency on a task to all of its cases", () => {
  const load = mark({ each: ["a", "b"] }, () => {});
  const found = discoverTasks({
    load,
    byName: mark({ after: ["load"] }, () => {}),
    byFunction: mark({ after: [load] }, () => {}),
    byCase: mark({ after: ["load.b"] }, () => {}),
  });
  const after = Object.fromEntries(found.map(({ spec }) => [spec.name, spec.after]));
  assertEquals(after, {
    "load.a": [],
    "load.b": [],
    byName: ["load.a", "load.b"],
    byFunction: ["load.a", "load.b"],
    byCase: ["load.b"],
  });
});

Deno.test('mark() rejects an "each" that is neither an array nor a plain object', () => {
  const messageFor = (each: unknown) =>
    assertThrows(() => mark({ each: each as unknown[] }, () => {}), TypeError).message;
  const text = (each: string) =>
    `Cannot mark a task for each ${each}: expected an array or a plain object`;
  assertEquals(messageFor(new Map([["a", 1]])), text('Map(1) { "a" => 1 }'));
  assertEquals(messageFor(new Set(["a"])), text('Set(1) { "a" }'));
  assertEquals(messageFor([1].values()), text("Object [Array Iterator] {}"));
  assertEquals(messageFor("ab"), text('"ab"'));
});

Deno.test('discoverTasks() rejects an empty "each" and cases with equal names', () => {
  const messageFor = (each: unknown[]) =>
    assertThrows(() => names({ t: mark({ each }, () => {}) }), UsageError).message;
  assertEquals(messageFor([]), 'Cannot create the task "t": "each" is empty');
  assertEquals(messageFor([1, 1]), 'Cannot create the task "t": "each" has two cases named "t.1"');
  assertThrows(
    () => mark({ each: 3 as never }, () => {}),
    TypeError,
    "Cannot mark a task for each 3",
  );
});
