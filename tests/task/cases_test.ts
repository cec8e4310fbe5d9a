import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import type { State, TaskContext } from "../../src/task/context.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { dmark, mark } from "../../src/task/mark.ts";

function names(namespace: Record<string, unknown>): string[] {
  return discoverTasks(namespace).map(({ spec }) => spec.name);
}

Deno.test("casesOf names a case of a list by its value when that is a word, whatever its characters", () => {
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

Deno.test("each: names of an object's cases are its keys", () => {
  assertEquals(names({ t: mark({ each: { small: 1, large: 1000 } }, () => {}) }), [
    ...["t.small", "t.large"],
  ]);
});

Deno.test("each: the function gets the value of its case before its context", () => {
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

Deno.test("each: values have the type of the cases, with a state of one's own and without one", () => {
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

Deno.test("each: whoever comes after the name comes after all of its cases", () => {
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

Deno.test("each: what holds no cases by place or by name is refused, as it is marked", () => {
  const refused = (each: unknown) =>
    assertThrows(() => mark({ each: each as unknown[] }, () => {}), TypeError).message;
  const text = (each: string) =>
    `Cannot mark a task for each ${each}: expected an array or a plain object`;
  assertEquals(refused(new Map([["a", 1]])), text('Map(1) { "a" => 1 }'));
  assertEquals(refused(new Set(["a"])), text('Set(1) { "a" }'));
  assertEquals(refused([1].values()), text("Object [Array Iterator] {}"));
  assertEquals(refused("ab"), text('"ab"'));
});

Deno.test("each: no cases, and two of one name, are refused", () => {
  const refused = (each: unknown[]) =>
    assertThrows(() => names({ t: mark({ each }, () => {}) }), UsageError).message;
  assertEquals(refused([]), 'Cannot create the task "t": "each" is empty');
  assertEquals(refused([1, 1]), 'Cannot create the task "t": "each" has two cases named "t.1"');
  assertThrows(
    () => mark({ each: 3 as never }, () => {}),
    TypeError,
    "Cannot mark a task for each 3",
  );
});
