import { assertEquals, assertRejects } from "@std/assert";
import type { ModuleCode } from "../../src/lane/run_spec.ts";
import { describeCases } from "../../src/lane/run_cases.ts";
import { CodeLoader } from "../../src/thread/code_loader.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { dmark, mark } from "../../src/task/mark.ts";

const code: ModuleCode = { kind: "module", url: "data:,tasks" };

function loaderOf(namespace: object): CodeLoader {
  return new CodeLoader(() => undefined, () => {}, () => Promise.resolve(namespace));
}

Deno.test("CodeLoader looks at no other task when a task of a flat module is found", async () => {
  const looked: string[] = [];
  const namespace = new Proxy({ a: mark(() => 1), b: mark(() => 2) } as Record<string, unknown>, {
    get(target, name) {
      looked.push(String(name));
      return target[name as string];
    },
  });
  const { tasks } = await loaderOf(namespace).load({ ...code, isFlat: true }, ["a", "b"]);
  looked.length = 0;
  assertEquals(tasks.get("a")?.spec.name, "a");
  assertEquals(looked, ["a"]);
});

Deno.test("CodeLoader finds what a full discovery finds when a module is flat", async () => {
  const a = mark({ tags: ["x"], timeout: "1 s" }, () => 1);
  const b = mark({ after: [a], when: "always" }, () => 2);
  const c = dmark({ after: { a, other: "b" } }, () => 3);
  const namespace = { a, b, c, helper: () => 4 };
  const { tasks } = await loaderOf(namespace).load({ ...code, isFlat: true }, ["a", "b", "c"]);
  const all = discoverTasks(namespace);
  assertEquals([...tasks.keys()], all.map(({ spec }) => spec.name));
  for (const { spec, call, results } of all) {
    const found = tasks.get(spec.name)!;
    assertEquals({ ...found.spec, after: found.spec.after }, spec);
    assertEquals([found.call, found.results?.()], [call, results?.()]);
  }
  assertEquals([tasks.get("helper"), tasks.get("toString")], [undefined, undefined]);
});

Deno.test("CodeLoader uses the cases of the run when a module was loaded ahead", async () => {
  const called: string[] = [];
  const options = { each: ["x"], after: (value: string) => (called.push(value), []) };
  const namespace = { a: mark(options, () => 1) };
  const cases = await describeCases(discoverTasks(namespace));
  const loader = loaderOf(namespace);
  called.length = 0;
  loader.prefetch(code.url, false);
  const { tasks } = await loader.load({ ...code, cases }, ["a.x"]);
  assertEquals([[...tasks.keys()], called], [["a.x"], ["x"]]);
});

Deno.test("CodeLoader reports the error of a module that it has loaded ahead", async () => {
  const unexported = mark(() => 1);
  const loader = loaderOf({ a: mark({ after: [unexported] }, () => 2) });
  loader.prefetch(code.url, false);
  await assertRejects(() => loader.load(code, ["a"]), Error, "which this module does not export");
});
