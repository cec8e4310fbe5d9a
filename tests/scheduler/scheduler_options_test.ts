/** What a scheduler, and a task of it, may be set up with. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  mark,
  type RegisterOptions,
  Scheduler,
  type SchedulerOptions,
  StateCloneError,
  UsageError,
} from "../../mod.ts";

/** Each is refused when it is given, whatever types say. */
const REFUSED: readonly [options: Record<string, unknown>, says: string][] = [
  [{ reporters: [{}] }, "Cannot use {} as a reporter: it is an object with a method `report`"],
  [{ reporters: [null] }, "Cannot use null as a reporter"],
  [{ reporters: {} }, "Cannot use {} as reporters: it is an array"],
  [{ signal: {} }, "Cannot use {} as the signal: it is an AbortSignal"],
  [{ state: new Map() }, "Cannot use Map(0) {} as the state: it is a plain object"],
  [{ state: 5 }, "Cannot use 5 as the state"],
  [{ state: { results: null } }, "Cannot use null as state.results: it is a plain object"],
  [{ state: { results: "x" } }, 'Cannot use "x" as state.results: it is a plain object'],
  [{ module: "./tasks.ts" }, "`module` is a URL, such as import.meta.url"],
  [{ mode: null }, "Cannot run in mode null: it is one of import, replay, inline"],
  [{ mode: "inlin" }, 'Cannot run in mode "inlin"; did you mean "inline"?'],
  [{ keepWorkers: 1 }, "Cannot make a scheduler with keepWorkers: 1: it is true or false"],
  [{ skipDependents: "false" }, 'with skipDependents: "false": it is true or false'],
  [{ strict: null }, "with strict: null: it is true or false"],
  [{ retries: { count: 1, dely: 5 } }, 'Cannot retry with "dely"'],
];

for (const [options, says] of REFUSED) {
  Deno.test(`Scheduler: refuses ${Deno.inspect(options)}`, () => {
    assertThrows(() => new Scheduler(options as SchedulerOptions), TypeError, says);
  });
}

Deno.test("Scheduler: the workers are a whole number from 0 to 63", () => {
  for (const workers of [0, 1, 63]) new Scheduler({ workers });
  for (const workers of [-1, 64, 1.5, NaN, "2"] as number[]) {
    const says = `Cannot run on ${
      Deno.inspect(workers)
    } workers: it is a whole number from 0 to 63`;
    assertThrows(() => new Scheduler({ workers }), RangeError, says);
  }
});

Deno.test("Scheduler and register(): options that are none are refused for what they are", () => {
  const options = 4 as unknown as SchedulerOptions;
  assertThrows(
    () => new Scheduler(options),
    TypeError,
    "Cannot make a scheduler with 4: options are an object, such as { workers: … }",
  );
  for (const after of [["a"], "a", null] as unknown as RegisterOptions[]) {
    assertThrows(
      () => new Scheduler().register(() => {}, "b", after),
      TypeError,
      `Cannot register a task with ${Deno.inspect(after)}: options are an object, such as`,
    );
  }
});

Deno.test("mark and register(): withState is true or false", () => {
  const options = { withState: "no" } as unknown as RegisterOptions;
  const says = 'with withState: "no": it is true or false';
  assertThrows(() => new Scheduler().register(() => {}, "a", options), TypeError, says);
  assertThrows(() => mark(options, () => {}), TypeError, says);
  assertThrows(() => mark(options)(() => {}), TypeError, says);
});

Deno.test("register(): a name is a text that is not empty, and what it comes after are names", () => {
  const register = (name: unknown, after: unknown = []) => () =>
    new Scheduler().register(() => {}, name as string, { after } as RegisterOptions);
  for (const name of ["", undefined, 5]) {
    assertThrows(register(name), TypeError, "Cannot register a task without a name");
  }
  for (const after of ["b", [() => {}], ["b", 1], {}]) {
    assertThrows(
      register("a", after),
      TypeError,
      'Cannot register "a": "after" is an array of names',
    );
  }
});

Deno.test("Scheduler: a symbol as a key of the state it begins with is refused, and not left out", () => {
  const key = Symbol("k");
  const refused: readonly [state: object, path: string][] = [
    [{ a: 1, [key]: 2 }, "state"],
    [{ a: { [key]: 2 } }, "state.a"],
    [{ results: { [key]: 2 } }, "state.results"],
  ];
  for (const [state, path] of refused) {
    const s = new Scheduler({ mode: "inline", state });
    const says = `${path}: the key Symbol(k) is a symbol and cannot be shared`;
    assertEquals(assertThrows(() => s.state, StateCloneError).message, says);
  }
});

Deno.test("Scheduler: a number of workers that is a text is shown as one", () => {
  const options = { workers: "4" } as unknown as SchedulerOptions;
  assertThrows(() => new Scheduler(options), RangeError, 'Cannot run on "4" workers');
});

Deno.test("a generator is refused as a task: to call it runs nothing of it", () => {
  const s = new Scheduler();
  for (const fn of [function* () {}, async function* () {}]) {
    assertThrows(
      () => s.register(fn, "a"),
      TypeError,
      "Cannot register a task that is a generator",
    );
    assertThrows(() => mark(fn), TypeError, "Cannot mark a task that is a generator");
  }
});

Deno.test("Scheduler: permissions that nobody would enforce are refused before anything runs", async () => {
  const s = new Scheduler({ mode: "inline" });
  let ran = false;
  s.register(() => void (ran = true), "a", { permissions: "none" });
  const says = 'Cannot enforce the permissions of task "a"';
  await assertRejects(() => s.start(), UsageError, says);
  assertEquals(ran, false);
});

Deno.test("Scheduler: does not start when it was disposed of", async () => {
  const s = new Scheduler({ mode: "inline", keepWorkers: true });
  s.register(() => 1, "a");
  assertEquals((await s.start()).ok, true);
  await s[Symbol.asyncDispose]();
  await assertRejects(() => s.start(), UsageError, "it was disposed of");
});

Deno.test("Scheduler: what is registered while a run is going on belongs to the next start", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.onSchedulerStart(() => s.graph.names.includes("c") || s.register(() => 3, "c"));
  const first = s.start();
  s.register(() => 2, "b");
  assertEquals((await first).passed, ["a"]);
  assertEquals((await s.start()).passed, ["a", "b", "c"]);
});

Deno.test("Scheduler: a run that its signal has cut short is not ok, whatever its tasks made of that", async () => {
  const stop = new AbortController();
  const s = new Scheduler({ mode: "inline", signal: stop.signal });
  s.register((task) => {
    stop.abort();
    return task.signal.aborted;
  }, "a");
  const { ok, passed } = await s.start();
  assertEquals([ok, passed], [false, ["a"]]);
});

Deno.test("Scheduler: a callback that rejects is named, and the run goes on", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.register(() => 2, "b", { after: ["a"] });
  s.onTaskDone(() => Promise.reject(new Error("not reached")));
  const { passed, ok, reporterErrors } = await s.start();
  assertEquals([passed, ok], [["a", "b"], false]);
  assertEquals(reporterErrors.map(({ message }) => message), ["not reached"]);
});

Deno.test("Scheduler: who waits for the end of the run is told what start() returns", async () => {
  const s = new Scheduler({ mode: "inline" });
  s.register(() => 1, "a");
  s.onTaskDone(() => {
    throw new Error("a callback's");
  });
  const told: unknown[] = [];
  s.onSchedulerDone(({ ok, reporterErrors }) => told.push(ok, reporterErrors.length));
  s.onSchedulerDone(() => {
    throw new Error("its own");
  });
  const { ok, reporterErrors } = await s.start();
  assertEquals([told, ok], [[false, 1], false]);
  assertEquals(reporterErrors.map(({ message }) => message), ["a callback's", "its own"]);
});
