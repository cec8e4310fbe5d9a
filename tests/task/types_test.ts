/** Tests of the types of mark() and dmark(). */
import { assertEquals, assertThrows } from "@std/assert";
import type { Duration } from "../../src/base/duration.ts";
import type { State, TaskContext } from "../../src/task/context.ts";
import type { NoResources, Task } from "../../src/task/function_types.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { dmark, mark, type MarkOptions } from "../../src/task/mark.ts";

/** Fails to compile unless the two are the same. */
function same<A, B>(
  ..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]
): void {}

interface Shop extends State {
  items: string[];
}

interface Count {
  n: number;
}

/** Calls each function as a run does. */
function resultsOf(namespace: Record<string, unknown>): unknown[] {
  const state = { items: ["a", "b"], n: 2 } as unknown as State;
  const task = { name: "t" } as TaskContext;
  return discoverTasks(namespace).map(({ spec, call }) =>
    spec.withState ? call(state, task) : call(task)
  );
}

Deno.test("mark() preserves the type of a function with its own state type", () => {
  const a = mark((state: Shop) => state.items.length);
  const b = mark({ after: [a] }, async (state: Count, task) => {
    same<typeof task, TaskContext<readonly [number], NoResources>>();
    return await Promise.resolve(`${state.n}`);
  });
  same<typeof a, Task<number>>();
  same<typeof b, Task<Promise<string>>>();
  assertEquals(resultsOf({ a }), [2]);
});

Deno.test("mark() infers the type of a case's value, for all kinds of functions", () => {
  const rows = [{ add: 1, is: 3 }];
  const own = mark({ each: rows }, (state: Count, row) => {
    same<typeof row, { add: number; is: number }>();
    return state.n + row.add === row.is;
  });
  const plain = mark({ each: [1], withState: false }, (value, task) => {
    same<typeof value, 1>();
    return [value, task.name];
  });
  const other = dmark({ each: { one: "x" } }, (value, task) => {
    same<typeof value, "x">();
    return [value, task.name];
  });
  assertEquals(resultsOf({ own, plain, other }), [true, [1, "t"], ["x", "t"]]);
});

Deno.test("mark() accepts options of the type MarkOptions", () => {
  const options: MarkOptions = { timeout: "10s" };
  const a = mark(options, (state) => state.n);
  const b = mark({ ...options, after: ["a"] }, (state: Count) => state.n);
  const c = mark({ ...options, withState: false }, (task) => task.name);
  const d = dmark({ ...options, after: ["c"] }, (task) => task.name);
  assertEquals(resultsOf({ a, b, c, d }), [2, 2, "t", "t"]);
});

Deno.test("mark() infers the same types when the function is passed in a second call", () => {
  const options: MarkOptions = {};
  const a = mark({ tags: "x" })((state, task) => {
    same<typeof state, State>();
    return task.name;
  });
  const b = mark({ after: [a] })((state: Count, task) => [state.n, task.name]);
  const c = mark({ withState: false })((task) => task.name);
  const d = mark({ each: [1] })((state: Count, value, task) => {
    same<typeof value, 1>();
    return [state.n + value, task.name];
  });
  const e = dmark({ each: ["x"] })((value, task) => [value, task.name]);
  const f = mark(options)((state: Count) => state.n);
  same<typeof a, Task<string>>();
  same<typeof b, Task<(string | number)[]>>();
  same<typeof c, Task<string>>();
  assertEquals(resultsOf({ a, b, c, d, e, f }), ["t", [2, "t"], "t", [3, "t"], ["x", "t"], 2]);
});

Deno.test("mark() does not compile when a function declares other parameters", () => {
  const takesState = (_state: State, _task: TaskContext) => {};
  const marked = [
    // @ts-expect-error -- it gets its context alone
    mark({ withState: false }, takesState),
    // @ts-expect-error -- as above
    mark({ withState: false }, (state: Count) => state.n),
    // @ts-expect-error -- as above
    dmark({ after: [] }, (state: Count) => state.n),
    // @ts-expect-error -- it gets a case before its context
    mark({ each: ["a"] }, (state: State, task: TaskContext) => [state, task]),
    // @ts-expect-error -- the cases are of another type
    mark({ each: ["a"] }, (state: Count, value: number) => state.n + value),
    // @ts-expect-error -- as above
    dmark({ each: ["a"] }, (value: number) => value),
    // @ts-expect-error -- it gets its context alone
    mark({ withState: false })((_state: State, _task: TaskContext) => {}),
    // @ts-expect-error -- it gets a case before its context
    mark({ each: ["a"] })((state: State, task: TaskContext) => [state, task]),
    // @ts-expect-error -- it gets its context alone
    dmark()((state: Count) => state.n),
  ];
  assertEquals(marked.length, 9);
});

Deno.test('mark() accepts a static method that declares the type of "this"', () => {
  class Steps {
    static base = 3;
    @mark({ tags: ["x"] })
    static more(this: typeof Steps, state: Count) {
      return this.base + state.n;
    }
    @dmark
    static name2(this: typeof Steps, task: TaskContext) {
      return `${this.base} ${task.name}`;
    }
  }
  assertEquals(resultsOf({ Steps }), [5, "3 t"]);
});

Deno.test("mark() accepts durations as numbers and as texts with a unit", () => {
  const times: Duration[] = [250, "250ms", "30s", "1.5m", "2h", "1 s", "10 ms"];
  const a = mark({ timeout: "1 s", retries: { count: 1, delay: "10ms" } }, () => 1);
  assertThrows(() => mark({ timeout: "30d" as Duration }, () => 1), RangeError, '"1h"');
  // @ts-expect-error: there is no such unit
  assertThrows(() => mark({ timeout: "30d" }, () => 1), RangeError);
  // @ts-expect-error: a number is missing
  assertThrows(() => mark({ timeout: "soon" }, () => 1), RangeError);
  // @ts-expect-error: a word for a unit
  assertThrows(() => mark({ retries: { count: 1, delay: "1 second" } }, () => 1), RangeError);
  // @ts-expect-error: any text may be none
  const text: Duration = String(times[0]);
  assertEquals([times.length, text, resultsOf({ a })], [7, "250", [1]]);
});
