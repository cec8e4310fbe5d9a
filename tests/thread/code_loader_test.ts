import { assertEquals, assertRejects } from "@std/assert";
import type { ModuleCode } from "../../src/lane/run_spec.ts";
import { describeCases } from "../../src/lane/run_cases.ts";
import { CodeLoader } from "../../src/thread/code_loader.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { mark } from "../../src/task/mark.ts";

const code: ModuleCode = { kind: "module", url: "data:,tasks" };

function loaderOf(namespace: object): CodeLoader {
  return new CodeLoader(() => undefined, () => {}, () => Promise.resolve(namespace));
}

Deno.test("CodeLoader finds the tasks of a module once when it was loaded ahead", async () => {
  let reads = 0;
  const a = mark(() => 1);
  const loader = loaderOf({
    get a() {
      reads++;
      return a;
    },
  });
  loader.prefetch(code.url, false);
  const loaded = await loader.load(code, ["a"]);
  const readsAhead = reads;
  assertEquals([...loaded.tasks.keys()], ["a"]);
  assertEquals(await loader.load(code, ["a"]), loaded);
  assertEquals(reads, readsAhead);
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
