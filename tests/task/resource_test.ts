import { assertEquals, assertThrows } from "@std/assert";
import { mark, type Resource, resource, Scheduler, UsageError } from "../../mod.ts";
import { discoverTasks } from "../../src/task/discover.ts";

/** Fails to compile unless the two are the same. */
function same<A, B>(
  ..._: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]
): void {}

const server = resource(() => ({
  value: { url: "http://localhost" },
  async [Symbol.asyncDispose]() {},
}));

Deno.test("resource() types task.use by what the function returns", () => {
  const load = mark(() => 5);
  const db = resource({ use: { server }, after: { load } }, (_state, task) => {
    same<typeof task.use.server, { url: string }>();
    return Promise.resolve({ value: task.use.server.url.length + task.results.load });
  });
  same<typeof db, Resource<number>>();
  same<ReturnType<() => typeof cleaned>, Resource<undefined>>();
  const cleaned = resource(() => ({ [Symbol.dispose]() {} }));
  const plain = resource(() => ["a"]);
  const all = mark({ use: { db, server, cleaned, plain } }, (_state, { use }) => {
    same<typeof use.plain, string[]>();
    same<typeof use.cleaned, undefined>();
    return use.server.url + use.db;
  });
  const cases = mark({ each: ["x"], use: { db } })((_state, value, task) => value + task.use.db);
  const none = mark((_state, task) => {
    // @ts-expect-error: not in `use`
    return task.use.db;
  });
  const other = mark({ use: { db } }, (_state, task) => {
    // @ts-expect-error: another resource
    return task.use.server;
  });
  // @ts-expect-error: a resource is no dependency
  assertThrows(() => mark({ after: { db } }, () => 1), TypeError);
  // @ts-expect-error: a task is no resource
  assertThrows(() => mark({ use: { load } }, () => 1), TypeError);
  const found = discoverTasks({ load, server, db, all, cases, none, other, cleaned, plain });
  assertEquals(found.find(({ spec }) => spec.name === "db")?.spec, {
    name: "db",
    kind: "resource",
    tags: [],
    withState: true,
    after: ["load", "server"],
    use: ["server"],
  });
});

Deno.test("resource() of a thread types task.use as any value, such as an instance", () => {
  const run = resource(() => ({ value: new URL("http://a") }));
  const set = resource({ scope: "thread", use: { run } }, (_state, task) => {
    same<typeof task.use.run, URL>();
    return { value: new Set<string>(), [Symbol.dispose]() {} };
  });
  const user = mark({ use: { set } }, (_state, task) => {
    same<typeof task.use.set, Set<string>>();
  });
  const specs = discoverTasks({ run, set, user }).map(({ spec }) => spec);
  assertEquals(specs.find(({ name }) => name === "set")!.scope, "thread");
});

Deno.test("Scheduler.resource() types task.use, and adds the resource to the graph", () => {
  const s = new Scheduler({ mode: "inline" });
  const db = s.resource((task) => ({ value: task.name }), "db", { mutex: "m" });
  s.register((task) => task.use.db.length, "read", { use: { db } });
  assertEquals(s.graph.tasks.map(({ name, kind, use }) => [name, kind, use]), [
    ["db", "resource", undefined],
    ["read", undefined, ["db"]],
  ]);
  assertThrows(() => s.register(() => 1, "db"), UsageError, '"db" is registered twice');
  s.register(() => 1, "late", { after: ["db"] });
  const message = '"late" depends on "db", which is a resource: replace `after` by `use`';
  assertThrows(() => s.graph, UsageError, message);
});

Deno.test("resource() rejects invalid arguments and options", () => {
  const refused: [args: unknown[], message: string][] = [
    [[{}], "Cannot create a resource with undefined: expected a function that sets it up"],
    [[{ when: "always" }, () => 1], 'Cannot create a resource with "when": no such option'],
    [
      [{ scope: "task" }, () => 1],
      'Cannot create a resource of the scope "task": expected "run" or "thread"',
    ],
    [
      [{ use: { db: resource({ scope: "thread" }, () => 1) } }, () => 1],
      'Cannot create a resource with use.db: it is a resource of the scope "thread", and has no ' +
      'instance on the thread of this one; give this one the scope "thread", too',
    ],
    [[{ use: [server] }, () => 1], "expected resources by key, such as { db }"],
    [
      [{ use: { a: 1 } }, () => 1],
      "with use.a: 1: expected a resource, the result of resource(fn)",
    ],
    [[{ tags: 1 }, () => 1], "Cannot tag a resource 1: expected an array of strings"],
  ];
  for (const [args, message] of refused) {
    assertThrows(() => (resource as (...args: unknown[]) => unknown)(...args), TypeError, message);
  }
  const message = "Cannot use restart -1: expected an integer from 0 to 1000";
  assertThrows(() => resource({ restart: -1 }, () => 1), RangeError, message);
});

Deno.test("discoverTasks() rejects a used resource that the module does not export", () => {
  const test = mark({ use: { server } }, () => 1);
  const message = '"test" uses a resource that this module does not export';
  assertThrows(() => discoverTasks({ test }), UsageError, message);
});
