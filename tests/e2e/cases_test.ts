/** Tasks with cases: a case has one value per run, wherever the task runs, and a name of its own. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { statuses, type TestSpace } from "../support/command.ts";
import { inEveryWay, type Way } from "../support/ways.ts";

/** What runs before any thread loads the module changes the folder that `each` is made of. */
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

inEveryWay("each fails a case whose other value cannot be shared", async (way) => {
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
    'CaseValueError: Cannot run "instance.0": "each" has another value for it in this thread',
  );
});
