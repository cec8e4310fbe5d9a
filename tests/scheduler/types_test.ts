/** The types of `register`: valid and invalid calls, and inferred arguments. */
import { assertEquals, assertThrows } from "@std/assert";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import type { RegisterOptions } from "../../src/scheduler/scheduler_options.ts";
import type { State, TaskContext } from "../../src/task/context.ts";

interface Count {
  n: number;
}

Deno.test("Scheduler.register() infers the function's parameters from withState", async () => {
  const s = new Scheduler({ mode: "inline", state: { n: 2 } });
  const options: RegisterOptions = { withState: true };
  s.register((task) => {
    const context: TaskContext = task;
    return context.attempt;
  }, "a");
  s.register(
    (state, task) => {
      const [whole, context]: [State, TaskContext] = [state, task];
      return whole.n + context.attempt;
    },
    "b",
    { withState: true },
  );
  s.register((state: Count) => state.n, "c", { withState: true });
  s.register((state: Count, task: TaskContext) => state.n + task.attempt, "d", options);
  s.dregister()(function e(task) {
    return task.attempt;
  });
  s.dregister({ withState: true })(function f(state: Count, task) {
    return state.n + task.attempt;
  });
  await s.start();
  assertEquals({ ...s.state.results }, { a: 1, b: 3, c: 2, d: 3, e: 1, f: 3 });
});

Deno.test("Scheduler accepts an initial state with an interface type", () => {
  const state: Count = { n: 2 };
  assertEquals(new Scheduler({ mode: "inline", state }).state.n, 2);
});

Deno.test("Scheduler.dregister() throws when the function has no name", () => {
  const s = new Scheduler({ mode: "inline" });
  const text = "Cannot register a function without a name: use register(fn, name)";
  assertEquals(assertThrows(() => s.dregister()(() => 1), TypeError).message, text);
});

Deno.test("Scheduler.register() does not compile when the function expects a state that it does not get", () => {
  const s = new Scheduler({ mode: "inline" });
  // @ts-expect-error -- without withState it gets its context
  s.register((state) => state.results.a, "a");
  // @ts-expect-error -- as above, and nothing more
  s.register((state, task) => [state, task], "b", { after: ["a"] });
  // @ts-expect-error -- as above
  s.register((state: Count) => state.n, "c", { withState: false });
  // @ts-expect-error -- as above
  s.dregister()(function d(state: Count) {
    return state.n;
  });
  assertEquals(s.graph.names, ["a", "b", "c", "d"]);
  // @ts-expect-error -- there is no such option
  assertThrows(() => s.register(() => 1, "e", { after: ["a"], tmeout: 1 }), TypeError);
});

Deno.test("Scheduler.dregister() throws when it decorates a member other than a static method", () => {
  const s = new Scheduler({ mode: "inline" });
  const text = (name: string) =>
    `Cannot dregister ${name}: @dregister works on static methods of a class`;
  const refused: [name: string, define: () => unknown][] = [
    ["method", () =>
      class {
        // @ts-expect-error -- it has no object to be called on
        @s.dregister()
        method() {}
      }],
    ["value", () =>
      class {
        // @ts-expect-error -- it is not a function
        @s.dregister()
        static get value() {
          return 1;
        }
      }],
  ];
  for (const [name, define] of refused) {
    assertEquals(assertThrows(define, TypeError).message, text(name));
  }
  assertEquals(s.graph.size, 0);
});
