/** Tests of the types of `task.results`, of `state.results` and of the state. */
import { assertEquals } from "@std/assert";
import { mark, Scheduler } from "../../mod.ts";
import type { Results, State, Task, TaskContext } from "../../mod.ts";
import { discoverTasks } from "../../src/task/discover.ts";

/** Fails to compile unless the two are the same. */
function same<A, B>(
  ..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]
): void {}

/** Checks that functions which are only type-checked are tasks, too. */
function assertTasks(namespace: Record<string, unknown>): void {
  assertEquals(
    discoverTasks(namespace).map(({ spec }) => spec.caseOf ?? spec.name).filter((it, i, all) =>
      all.indexOf(it) === i
    ).sort(),
    Object.keys(namespace).sort(),
  );
}

const orders = mark(async () => await Promise.resolve([{ item: "tea", count: 3 }]));
const prices = mark(() => ({ tea: 4, mug: 9 }));
const linuxAndMac = mark({ each: { linux: 1, mac: 2 } }, (_state, value) => `${value}`);
const letters = mark({ each: ["a", "b"] }, (_state, letter) => letter.length);

Deno.test("task.results has the keys of after, with the types of the functions", () => {
  const total = mark({ after: { orders, prices, other: "orders" } }, (_state, task) => {
    same<typeof task.results.prices, { tea: number; mug: number }>();
    same<typeof task.results.other, unknown>();
    // @ts-expect-error: not a dependency
    void task.results.order;
    // @ts-expect-error: of another type
    const text: string = task.results.prices.tea;
    // @ts-expect-error: results are read-only
    task.results.prices = { tea: 1, mug: 1 };
    return [task.results.orders[0]!.count * task.results.prices.tea, text];
  });
  assertTasks({ orders, prices, total });
});

Deno.test("task.results is a tuple when after is a list", () => {
  const names: string[] = ["orders"];
  const tuple = mark({ after: [orders, prices, "orders"] }, (_state, { results }) => {
    const [first, second, third] = results;
    same<typeof third, unknown>();
    // @ts-expect-error: there are three
    void results[3];
    // @ts-expect-error: a list has no keys
    void results.orders;
    return first[0]!.count + second.mug;
  });
  const list = mark({ after: names }, (_state, task) => {
    same<typeof task.results, readonly unknown[]>();
  });
  const none = mark({ tags: "x" }, (_state, task) => {
    // @ts-expect-error: there are no dependencies
    void task.results.orders;
  });
  assertTasks({ orders, prices, tuple, list, none });
});

Deno.test("task.results has an array or a record for a task with cases", () => {
  const join = mark({ after: { linuxAndMac, letters } }, (_state, { results }) => {
    same<typeof results.linuxAndMac.mac, string>();
    const [a, b] = results.letters;
    same<typeof a, number>();
    // @ts-expect-error: there is no such case
    void results.linuxAndMac.windows;
    return a + b;
  });
  assertTasks({ linuxAndMac, letters, join });
});

Deno.test("task.results may be undefined when the task runs after failures", () => {
  const after = { prices, letters };
  const clean = mark({ after, when: "always" }, (_state, { results }) => {
    same<typeof results.prices, { tea: number; mug: number } | undefined>();
    same<(typeof results.letters)[0], number | undefined>();
    // @ts-expect-error: it may be undefined
    return results.prices.tea;
  });
  assertTasks({ prices, letters, clean });
});

Deno.test("after may be a function of the case, whose results have its type", () => {
  const build = mark({
    each: { core: [] as string[], app: ["build.core"] },
    after: (dependencies) => dependencies,
  }, (_state, dependencies, task) => {
    same<typeof dependencies, readonly string[] | string[]>;
    same<typeof task.results, readonly unknown[]>;
    return dependencies.length;
  });
  const sized = mark(
    { each: [1, 2], after: (size) => size > 1 ? [prices] : [] },
    (_s, _v, task) => task.results[0]?.tea,
  );
  assertTasks({ build, prices, sized });
});

Deno.test("mark() types the results for a decorator, a marker and a helper, too", () => {
  const helper = (task: TaskContext) => task.name;
  class Steps {
    @mark({ after: { prices } })
    static double(_state: State, task: TaskContext<{ prices: { tea: number } }>) {
      return task.results.prices.tea * 2;
    }
  }
  const late = mark({ after: { double: Steps.double } })((_state, task) => {
    same<typeof task.results.double, number>();
    return helper(task);
  });
  same<ReturnType<typeof late>, string>();
  assertEquals(discoverTasks({ prices, Steps, late }).length, 3);
});

const etl = {
  orders,
  total: mark({ after: { orders } }, (_state, task) => task.results.orders.length),
  version: 1,
};

Deno.test("State has typed keys, results and updates, and rejects others", () => {
  type Shop = State<{ region: string; seen?: string[] }, Results<typeof etl>>;
  const report = mark({ after: [etl.total] }, (state: Shop) => {
    same<typeof state.results.total, number>();
    state.update("region", (region) => region.toUpperCase());
    state.update("seen", (seen) => void seen?.push("a"));
    // @ts-expect-error: misspelled
    void state.results.totl;
    // @ts-expect-error: not a task
    void state.results.version;
    // @ts-expect-error: misspelled
    void state.regio;
    // @ts-expect-error: of another type
    state.update("region", () => 1);
    // @ts-expect-error: misspelled
    state.update("regoin", (it) => it);
    return state.results.orders[0]!.count;
  });
  same<typeof report, Task<number>>();
  assertTasks({ orders, total: etl.total, report });
});

Deno.test("Results has the results of cases by name", () => {
  const plain = () => [1];
  const sizes = mark({ each: [{ width: 1 }] }, (_state, { width }) => width * 2);
  const names = mark({ each: ["a"] as string[] }, (_state, name) => name);
  type All = Results<
    {
      letters: typeof letters;
      linuxAndMac: typeof linuxAndMac;
      sizes: typeof sizes;
      names: typeof names;
      orders: typeof orders;
      plain: typeof plain;
    }
  >;
  const all = mark((state: State<object, All>) => {
    same<typeof state.results.letters.b, number>();
    same<typeof state.results.linuxAndMac.mac, string>();
    same<(typeof state.results.sizes)["0"], number>();
    same<typeof state.results.names.a, string | undefined>();
    same<typeof state.results.plain, number[]>();
    same<typeof state.results.orders, { item: string; count: number }[]>();
    // @ts-expect-error: there is no such case
    void state.results.letters.c;
  });
  assertTasks({ letters, linuxAndMac, sizes, names, all });
});

Deno.test("Scheduler types the state, and the results of registered functions", () => {
  const s = new Scheduler<{ counter: number }, true>({
    state: { counter: 0 },
    skipDependents: true,
    mode: "inline",
  });
  const load = s.register(() => 10, "load");
  const double = s.register((task) => task.results.load * 2, "double", { after: { load } });
  s.register(
    (state, task) => {
      // @ts-expect-error: misspelled
      void state.count;
      return state.counter + task.results[0];
    },
    "sum",
    { after: [double], withState: true },
  );
  // @ts-expect-error: of another type
  s.state.counter = "1";
  const loose = new Scheduler({ mode: "inline", state: { anything: 1 } });
  const read = loose.register(() => 1, "read");
  loose.register(
    // @ts-expect-error: dependents run after failures here, so it may be undefined
    (task) => task.results.read + 1,
    "next",
    { after: { read } },
  );
  loose.state.other = "any key";
  assertEquals([s.graph.size, loose.graph.size], [3, 2]);
});
