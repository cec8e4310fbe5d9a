/** Tasks with cases (`each`): their values, names and results. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statuses, TestSpace } from "../../support/command.ts";
import { inEveryWay, type Way } from "../../support/in_every_way.ts";

/** Changes the folder that `each` lists, before any thread loads the module. */
const CHANGING = `
  const data = new URL("data/", import.meta.url);
  const files = [...Deno.readDirSync(data)].map(({ name }) => name).sort();
  export function setupState() {
    if (!files.includes("a.csv")) return; // it runs for the main thread's values alone
    Deno.removeSync(new URL("a.csv", data));
    Deno.writeTextFileSync(new URL("0.csv", data), "");
  }
`;

async function changing(way: Way): Promise<TestSpace> {
  const space = await way.space();
  await Deno.mkdir(`${space.folder}/data`);
  for (const name of ["a.csv", "b.csv", "c.csv"]) await space.file(`data/${name}`, "");
  return space;
}

async function resultsOf(space: TestSpace): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`)).results;
}

const OUT = ["--state-out=state.json"];

inEveryWay("each runs every value of the main thread once when a folder changes", async (way) => {
  await using space = await changing(way);
  const { code, stderr } = await space.tdrunModule(
    `${CHANGING}
    const list = files.map((name) => ({ name, size: new Map([["of", name]]) }));
    export const byName = mark({ each: files }, (state, file) => file);
    export const byIndex = mark({ each: list }, (state, { name, size }) => [name, size.get("of")]);
    `,
    OUT,
  );
  assertEquals(code, 0, stderr);
  assertEquals(await resultsOf(space), {
    ...{ "byName.a.csv": "a.csv", "byName.b.csv": "b.csv", "byName.c.csv": "c.csv" },
    "byIndex.0": ["a.csv", "a.csv"],
    "byIndex.1": ["b.csv", "b.csv"],
    "byIndex.2": ["c.csv", "c.csv"],
  });
});

inEveryWay("each fails a case when its value differs and cannot be shared", async (way) => {
  await using space = await changing(way);
  const { code, stderr } = await space.tdrunModule(`${CHANGING}
    class Source { constructor(name) { this.name = name; } }
    const two = files.filter((name) => name !== "c.csv").map((name) => new Source(name));
    const fewer = files.filter((name) => name !== "0.csv").map((name) => () => name);
    export const instance = mark({ each: two }, (_, it) => it.name);
    export const closure = mark({ each: fewer }, (_, it) => it());
    export const same = mark({ each: { A: Source, here: () => "here" } }, (_, it) => it.name);
  `);
  const other = way.isInline ? "PASSED" : "FAILED";
  assertEquals(statuses(stderr), {
    ...{ "instance.0": other, "instance.1": "PASSED", "same.A": "PASSED", "same.here": "PASSED" },
    ...{ "closure.0": other, "closure.1": other, "closure.2": other },
  }, stderr);
  assertEquals(code, way.isInline ? 0 : 1);
  if (way.isInline) return;
  assertStringIncludes(
    stderr,
    'CaseValueError: Cannot run "instance.0": "each" has a different value in this thread',
  );
});

inEveryWay("state.results of a task with cases holds the results of all of them", async (way) => {
  await using space = await way.space();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    export const parse = mark({ each: ["a.csv", true, "b c", "__proto__"] }, (_, it) =>
      it === true ? undefined : typeof it === "string" ? { of: [it] } : it);
    export const none = mark({ each: ["x"] }, () => { throw new Error("no"); });
    export const sum = mark({ after: [parse, "none"], when: "always" }, ({ results }) => [
      Object.keys(results.parse), results.parse["a.csv"].of[0], results.parse["b c"],
      results.none, "none" in results, "parse" in results, Object.keys(results),
    ]);
    export function teardownState({ results }) { console.log("keys", Object.keys(results.parse)); }
    `,
    OUT,
  );
  assertEquals(code, 1, stderr); // by none.x
  const keys = ["a.csv", "true", "b c", "__proto__"];
  const results = await resultsOf(space);
  assertEquals(results.sum, [
    ...[keys, "a.csv", { of: ["b c"] }, null, false, true],
    keys.map((key) => `parse.${key}`).sort(),
  ]);
  // JSON has no undefined.
  assertEquals(Object.keys(results), ["parse.__proto__", "parse.a.csv", "parse.b c", "sum"]);
  assertStringIncludes(stdout, 'keys [ "a.csv", "true", "b c", "__proto__" ]');
});

inEveryWay(
  "state.results of a task with cases is read-only and has the results of its cases only",
  async (way) => {
    await using space = await way.space();
    const { code, stderr } = await space.tdrunModule(
      `
    export const parse = mark({ each: { a: 1, b: 2 } }, (_, it) => it);
    export const parseAll = mark(() => "parse.c");
    export const read = mark({ after: [parse] }, ({ results }) => {
      results.parse.c = 3;
    });
    export const mocked = mark({ after: [parse] }, ({ results }) => results.parse);
    `,
      ["--result-parse.b:=20", "--exclude=parse.a", ...OUT],
    );
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "TypeError: Cannot add property c, object is not extensible");
    assertEquals((await resultsOf(space)).mocked, { b: 20 });
  },
);

/** Names with the characters that separate names, values and options. */
const ODD = [
  "eu:west",
  "a=b",
  "a:=b",
  "a.csv",
  "a b",
  "x,y",
  'say "hi"',
  "p::q",
  "é日本",
  "*",
  "-x",
];

Deno.test("tdrun accepts case names with any characters wherever it takes names", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const t = mark({ each: ${JSON.stringify(ODD)}, tags: ["odd"] }, (state, it) => {
      if (it === "a b" && !state.fixed) throw new Error("no");
      return it;
    });
    export const all = mark({ after: [t] }, ({ results }) => results.t);`,
  );
  const run = async (...args: string[]) => {
    const { code, stderr } = await space.tdrun(["module.ts", "--state-out=state.json", ...args]);
    assert(code <= 1, stderr);
    return await resultsOf(space);
  };
  const results = Object.fromEntries(ODD.map((it) => [`t.${it}`, it]));
  const byKey = Object.fromEntries(ODD.map((it) => [it, it]));
  const { "t.a b": _failed, ...passed } = results;

  assertEquals(await run(), passed);
  assertEquals(await run("--rerun-failed", "--fixed:=true"), { ...results, all: byKey });
  const plain = ODD.filter((it) => it !== "a b" && it !== "*").map((it) => `::t.${it}`);
  const { "t.*": _glob, ...others } = passed;
  assertEquals(await run(...plain), others);
  const quoted = ODD.map((it) => JSON.stringify(`t.${it}`)).join("::");
  assertEquals(await run(`::${quoted}`), passed);
  assertEquals(await run(...ODD.map((it) => `--result-t.${it}:=1`)), {
    ...Object.fromEntries(ODD.map((it) => [`t.${it}`, 1])),
    all: Object.fromEntries(ODD.map((it) => [it, 1])),
  });
  // `all` is left, whose dependencies have no results, and JSON has no undefined.
  assertEquals(await run(`--exclude=${ODD.map((it) => `t.${it}`).join(",")}`), {});
});
