/** Validation of the options of a scheduler and its tasks. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  mark,
  type RegisterOptions,
  Scheduler,
  type SchedulerOptions,
  StateCloneError,
  UsageError,
} from "../../mod.ts";

/** Options that throw at the call, whatever their types. */
const INVALID: readonly [options: Record<string, unknown>, message: string][] = [
  [{ reporters: [{}] }, "Cannot use {} as a reporter: expected an object with a method `report`"],
  [{ reporters: [null] }, "Cannot use null as a reporter"],
  [{ reporters: {} }, "Cannot use {} as reporters: expected an array"],
  [{ signal: {} }, "Cannot use {} as the signal: expected an AbortSignal"],
  [{ state: new Map() }, "Cannot use Map(0) {} as the state: expected a plain object"],
  [{ state: 5 }, "Cannot use 5 as the state"],
  [{ state: { results: null } }, "Cannot use null as state.results: expected a plain object"],
  [{ state: { results: "x" } }, 'Cannot use "x" as state.results: expected a plain object'],
  [{ module: "./tasks.ts" }, "expected a URL, such as import.meta.url"],
  [{ mode: null }, "Cannot run in mode null: expected one of import, inline"],
  [{ mode: "inlin" }, 'Cannot run in mode "inlin"; did you mean "inline"?'],
  [{ keepWorkers: 1 }, "Cannot create a scheduler with keepWorkers: 1: expected true or false"],
  [{ skipDependents: "false" }, 'with skipDependents: "false": expected true or false'],
  [{ strict: null }, "with strict: null: expected true or false"],
  [{ retries: { count: 1, dely: 5 } }, 'Cannot retry with "dely"'],
];

for (const [options, message] of INVALID) {
  Deno.test(`Scheduler throws when its options are ${Deno.inspect(options)}`, () => {
    assertThrows(() => new Scheduler(options as SchedulerOptions), TypeError, message);
  });
}

Deno.test("Scheduler throws when workers is not an integer from 0 to 63", () => {
  for (const workers of [0, 1, 63]) new Scheduler({ workers });
  for (const workers of [-1, 64, 1.5, NaN, "2"] as number[]) {
    const message = `Cannot create a scheduler with workers: ${
      Deno.inspect(workers)
    }: expected an integer from 0 to 63`;
    assertThrows(() => new Scheduler({ workers }), RangeError, message);
  }
});

Deno.test("Scheduler and register() throw when options are not an object", () => {
  const options = 4 as unknown as SchedulerOptions;
  assertThrows(
    () => new Scheduler(options),
    TypeError,
    "Cannot create a scheduler with 4: expected an object, such as { workers: … }",
  );
  for (const after of [["a"], "a", null] as unknown as RegisterOptions[]) {
    assertThrows(
      () => new Scheduler().register(() => {}, "b", after),
      TypeError,
      `Cannot register a task with ${Deno.inspect(after)}: expected an object, such as`,
    );
  }
});

Deno.test("mark() and register() throw when withState is not a boolean", () => {
  const options = { withState: "no" } as unknown as RegisterOptions;
  const message = 'with withState: "no": expected true or false';
  assertThrows(() => new Scheduler().register(() => {}, "a", options), TypeError, message);
  assertThrows(() => mark(options, () => {}), TypeError, message);
  assertThrows(() => mark(options)(() => {}), TypeError, message);
});

Deno.test("Scheduler.register() throws when the name is empty or after is no list or record of tasks", () => {
  const register = (name: unknown, after: unknown = []) => () =>
    new Scheduler().register(() => {}, name as string, { after } as RegisterOptions);
  for (const name of ["", undefined, 5]) {
    assertThrows(register(name), TypeError, "Cannot register a task without a name");
  }
  for (const after of ["b", ["b", 1], { b: 1 }, new Map()]) {
    assertThrows(
      register("a", after),
      TypeError,
      'Cannot register "a" after ',
    );
  }
});

Deno.test("Scheduler throws when the initial state has a symbol key", () => {
  const key = Symbol("k");
  const refused: readonly [state: object, path: string][] = [
    [{ a: 1, [key]: 2 }, "state"],
    [{ a: { [key]: 2 } }, "state.a"],
    [{ results: { [key]: 2 } }, "state.results"],
  ];
  for (const [state, path] of refused) {
    const s = new Scheduler({ mode: "inline", state });
    const message = `${path}: the key Symbol(k) is a symbol and cannot be shared`;
    assertEquals(assertThrows(() => s.state, StateCloneError).message, message);
  }
});

Deno.test("Scheduler quotes workers in the error when it is a string", () => {
  const options = { workers: "4" } as unknown as SchedulerOptions;
  assertThrows(() => new Scheduler(options), RangeError, 'workers: "4"');
});

Deno.test("mark() and register() throw when the function is a generator", () => {
  const s = new Scheduler();
  const generators: (() => unknown)[] = [function* () {}, async function* () {}];
  for (const fn of generators) {
    assertThrows(
      () => s.register(fn, "a"),
      TypeError,
      "Cannot register a task that is a generator",
    );
    assertThrows(() => mark(fn), TypeError, "Cannot mark a task that is a generator");
  }
});

Deno.test("Scheduler.start() rejects permissions that cannot be enforced before any task runs", async () => {
  const s = new Scheduler({ mode: "inline" });
  let ran = false;
  s.register(() => void (ran = true), "a", { permissions: "none" });
  const message = 'Cannot enforce the permissions of task "a"';
  await assertRejects(() => s.start(), UsageError, message);
  assertEquals(ran, false);
});

Deno.test("Scheduler.start() rejects when the scheduler was disposed of", async () => {
  const s = new Scheduler({ mode: "inline", keepWorkers: true });
  s.register(() => 1, "a");
  assertEquals((await s.start()).ok, true);
  await s[Symbol.asyncDispose]();
  await assertRejects(() => s.start(), UsageError, "the scheduler was disposed of");
});

Deno.test("Scheduler.register() adds a task to the next start when a run is active", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.onSchedulerStart(() => s.graph.names.includes("c") || s.register(() => 3, "c"));
  const first = s.start();
  s.register(() => 2, "b");
  assertEquals((await first).passed, ["a"]);
  assertEquals((await s.start()).passed, ["a", "b", "c"]);
});

Deno.test("Scheduler.start() returns a summary that is not ok when the signal cancelled the run", async () => {
  const stop = new AbortController();
  const s = new Scheduler({ mode: "inline", signal: stop.signal });
  s.register((task) => {
    stop.abort();
    return task.signal.aborted;
  }, "a");
  const { ok, passed } = await s.start();
  assertEquals([ok, passed], [false, ["a"]]);
});

Deno.test("Scheduler reports a callback that rejects, and continues the run", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.register(() => 2, "b", { after: ["a"] });
  s.onTaskDone(() => Promise.reject(new Error("not reached")));
  const { passed, ok, reporterErrors } = await s.start();
  assertEquals([passed, ok], [["a", "b"], false]);
  assertEquals(reporterErrors.map(({ message }) => message), ["not reached"]);
});

Deno.test("Scheduler.onSchedulerDone() passes the summary that start() returns", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.onTaskDone(() => {
    throw new Error("a callback's");
  });
  const summaries: unknown[] = [];
  s.onSchedulerDone(({ ok, reporterErrors }) => summaries.push(ok, reporterErrors.length));
  s.onSchedulerDone(() => {
    throw new Error("its own");
  });
  const { ok, reporterErrors } = await s.start();
  assertEquals([summaries, ok], [[false, 1], false]);
  assertEquals(reporterErrors.map(({ message }) => message), ["a callback's", "its own"]);
});
