/** The results of dependencies (`task.results`), in the shape of `after`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { statuses, type TestSpace } from "../../support/command.ts";
import { inEveryWay } from "../../support/in_every_way.ts";

const OUT = ["--state-out=state.json"];

async function resultsOf(space: TestSpace): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`)).results;
}

const ETL = `
  export const orders = mark(async () => [{ item: "tea", count: 3 }]);
  export const prices = mark(() => new Map([["tea", 4]]));
  export const nothing = mark(() => {});
  export const size = mark({ each: { s: 1, m: 2 } }, (state, size) => size * 10);
  export const letter = mark({ each: ["x", "y"] }, (state, letter) => letter.toUpperCase());
`;

inEveryWay("task.results has the shape of after when it is an object or a list", async (way) => {
  await using space = await way.space();
  const { code, stderr } = await space.tdrunModule(
    `${ETL}
    export const record = mark(
      { after: { own: orders, prices, nothing, size, letter, name: "orders" } },
      (state, task) => {
        const { own, prices, nothing, size, letter, name } = task.results;
        return [own[0].count * prices.get("tea"), nothing, size, letter, name === own,
          Object.keys(task.results), "own" in task.results, "other" in task.results];
      },
    );
    export const list = mark(
      { after: [orders, "letter", "size.*"] },
      (state, { results: [first, second, third, ...rest], results }) =>
        [first[0].item, second, third, rest.length, results.length],
    );
    export const none = mark((state, task) => task.results.length);
    `,
    OUT,
  );
  assertEquals(code, 0, stderr);
  const { record, list, none } = await resultsOf(space);
  const [sizes, letters] = [{ s: 10, m: 20 }, ["X", "Y"]];
  const keys = ["own", "prices", "nothing", "size", "letter", "name"];
  assertEquals(record, [12, null, sizes, letters, true, keys, true, false]);
  assertEquals(list, ["tea", letters, { "size.m": 20, "size.s": 10 }, 0, 3]);
  assertEquals(none, 0);
});

inEveryWay("task.results rejects reads that after does not declare", async (way) => {
  await using space = await way.space();
  const { code, stderr } = await space.tdrunModule(`${ETL}
    export const key = mark({ after: { orders, size } }, (state, task) => task.results.prices);
    export const named = mark({ after: [orders] }, (state, task) => task.results.orders);
    export const index = mark({ after: [orders] }, (state, task) => task.results[1]);
    export const none = mark((state, task) => task.results.orders);
    export const write = mark({ after: { orders } }, (state, task) => { task.results.orders = 1; });
    export const probed = mark({ after: { orders } }, async (state, task) => {
      await task.results; // reads \`then\`
      return JSON.stringify(task.results);
    });
  `);
  assertEquals(code, 1, stderr);
  for (
    const text of [
      'TypeError: "key" reads task.results.prices, but "after" has no such key: it has "orders", "size"',
      'TypeError: "named" reads task.results.orders, but "after" is a list: read task.results[0], ' +
      "or use an object, such as { after: { orders } }",
      'TypeError: "index" reads task.results[1], but "after" has one item',
      'TypeError: "none" reads task.results.orders, but "after" is empty: add the dependency to it',
      'TypeError: Cannot write task.results of "write": results are read-only',
    ]
  ) assertStringIncludes(stderr, text);
  assertEquals(statuses(stderr)["probed"], "PASSED");
});

inEveryWay(
  "task.results reads a mocked result, and names a dependency without one",
  async (way) => {
    await using space = await way.space();
    const source = `
    export const load = mark(() => [1]);
    export const fail = mark(() => { throw new Error("no"); });
    export const sum = mark({ after: { load } }, (state, task) => task.results.load.length);
    export const late = mark({ after: { fail } }, (state, task) => task.results.fail ?? "default");
    export const always = mark(
      { after: { fail, load }, when: "always" },
      (state, task) => ["fail" in task.results, task.results.fail ?? "none", task.results.load],
    );
  `;
    await space.module("module.ts", source);
    const mocked = await space.tdrun(["module.ts::sum", "--result-load:=[7,8]", ...OUT]);
    assertEquals(mocked.code, 0, mocked.stderr);
    assertEquals((await resultsOf(space))["sum"], 2);

    const alone = await space.tdrun(["module.ts::sum"]);
    assertEquals(alone.code, 1);
    assertStringIncludes(
      alone.stderr,
      '"sum" reads task.results.load, but "load" has no result: the task was not selected; ' +
        "--with-deps selects it",
    );
    const all = await space.tdrun(["module.ts", "--no-skip-deps", ...OUT]);
    assertEquals(all.code, 1);
    assertStringIncludes(
      all.stderr,
      '"late" reads task.results.fail, but "fail" has no result: the task did not pass, ' +
        "or skipped itself; test for the result with `in`",
    );
    assertEquals((await resultsOf(space))["always"], [false, "none", [1]]);
  },
);

inEveryWay("after takes globs, and functions of the case", async (way) => {
  await using space = await way.space();
  const { code, stderr } = await space.tdrunModule(
    `
    const packages = { core: [], utils: ["core"], app: ["core", "utils"] };
    export const build = mark(
      { each: Object.keys(packages), after: (name) => packages[name].map((it) => \`build.\${it}\`) },
      (state, name, task) => [name, ...task.results].flat(9).join(" "),
    );
    export const test_a = mark(() => "a");
    export const test_b = mark({ after: { build: "build.app" } }, (state, task) => task.results.build);
    export const test_all = mark({ after: ["test_*"] }, (state, task) => task.results[0]);
    `,
    OUT,
  );
  assertEquals(code, 0, stderr);
  const { test_all, ...results } = await resultsOf(space);
  assertEquals(results, {
    "build.core": "core",
    "build.utils": "utils core",
    "build.app": "app core utils core",
    "test_a": "a",
    "test_b": "app core utils core",
  });
  assertEquals(test_all, { test_a: "a", test_b: "app core utils core" });
});

inEveryWay("task.results are those of the last run when a run is resumed", async (way) => {
  await using space = await way.space();
  await space.module(
    "module.ts",
    `
    export const load = mark(() => ({ at: [1, 2], of: new Set(["x"]) }));
    export const sum = mark({ after: { load } }, (state, task) => {
      if (state.isBroken === "yes") throw new Error("no");
      return [task.results.load.at[1], task.results.load.of.has("x")];
    });
    `,
  );
  assertEquals((await space.tdrun(["module.ts", "--isBroken=yes"])).code, 1);
  const { code, stderr } = await space.tdrun(["module.ts", "--rerun-failed", ...OUT]);
  assertEquals(code, 0, stderr);
  assertEquals((await resultsOf(space))["sum"], [2, true]);
});

inEveryWay("--strict takes no read of the journal for a read of a task", async (way) => {
  await using space = await way.space();
  const { code, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => [1]);
    export const b = mark((state, task) => { task.log.info("reporters run, also the journal"); });
    export const c = mark({ after: { a } }, (state, task) => task.results.a);
    `,
    ["--strict"],
  );
  assertEquals(code, 0, stderr);
});
