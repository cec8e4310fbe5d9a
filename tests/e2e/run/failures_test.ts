/** The recap of failures, `--durations`, reports in files, and suspects of stray errors. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkTrace } from "../../report/check_trace.ts";
import { TestSpace } from "../../support/command.ts";
import { inEachWay, type Way } from "../../support/in_every_way.ts";

/** The lines of the recap about one task, without the two blanks before each. */
function about(stdout: string, task: string): string[] {
  const lines = stdout.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`  ${task}: `));
  assert(start >= 0, `nothing about ${task}:\n${stdout}`);
  const length = lines.slice(start + 1).findIndex((line) => line !== "" && !line.startsWith("   "));
  const block = lines.slice(start, start + 1 + length).map((line) => line.slice(2));
  return block.slice(0, block.findLastIndex((line) => line !== "") + 1);
}

/** Runs a module of one failing task `t`, and gives the lines about it. */
async function failure(
  way: Way,
  code: string,
  files: Record<string, string> = {},
): Promise<string[]> {
  await using space = await way.space();
  for (const [name, text] of Object.entries(files)) await space.file(name, text);
  await space.module("module.ts", code);
  const { code: exit, stdout } = await space.tdrun(["module.ts"]);
  assertEquals(exit, 1);
  return about(stdout, "t");
}

inEachWay(
  "The recap shows the source line and the stack when an error is thrown in another file",
  async (way) => {
    const lines = await failure(
      way,
      `import { parse } from "./inner.ts";\nexport const t = mark(() => parse("x"));`,
      {
        "inner.ts":
          `export function parse(text: string): never {\n\tthrow new TypeError(text);\n}\n`,
      },
    );
    assertEquals(lines, [
      "t: TypeError: x",
      "  at parse (inner.ts:2:8)",
      "    2 | throw new TypeError(text);",
      "      |       ^",
      "  at module.ts:3:29",
    ]);
  },
);

inEachWay("The recap shows async frames and causes when an async task rejects", async (way) => {
  const lines = await failure(
    way,
    `
interface Nothing { types: "are erased, and lines are still right" }
async function query(_: Nothing | null): Promise<never> {
  await Promise.resolve();
  throw new Error("no rows", { cause: new RangeError("limit", { cause: "why" }) });
}
export const t = mark(async () => { await query(null); });`,
  );
  assertEquals(lines, [
    "t: Error: no rows",
    "  at query (module.ts:6:9)",
    '    6 | throw new Error("no rows", { cause: new RangeError("limit", { cause: "why" }) });',
    "      |       ^",
    "  at async module.ts:8:37",
    "  caused by RangeError: limit",
    "    at query (module.ts:6:39)",
    "    at async module.ts:8:37",
    "    caused by string: why",
  ]);
});

inEachWay(
  "The recap shows the diff without colors and the user's line when an assertion fails",
  async (way) => {
    const lines = await failure(
      way,
      `import { assertEquals } from "@std/assert";
export const t = mark(() => assertEquals([1, 2], [1, 3]));`,
    );
    assertEquals(lines[0], "t: AssertionError: Values are not equal.");
    assertEquals(lines.slice(-3), [
      "  at module.ts:3:29",
      "    3 | export const t = mark(() => assertEquals([1, 2], [1, 3]));",
      "      |                             ^",
    ]);
    assertStringIncludes(lines.join("\n"), "\n  -     2,\n  +     3,\n");
    assert(!lines.join().includes("\x1b"));
  },
);

inEachWay("The recap shows members of an AggregateError and own properties", async (way) => {
  const lines = await failure(
    way,
    `
class HttpError extends Error { override name = "HttpError"; status = 503; }
export const t = mark(async () => {
  await Promise.any([Promise.reject(new HttpError("one")), Promise.reject(new Error("two"))]);
});`,
  );
  assertEquals(lines.filter((line) => !/^ +(at|\d+ \||\|) /.test(line)), [
    "t: AggregateError: All promises were rejected",
    "  [0] HttpError: one",
    "    status: 503",
    "  [1] Error: two",
  ]);
});

inEachWay(
  "The recap shows a thrown string, an error without a stack and one without a message",
  async (way) => {
    assertEquals(await failure(way, `export const t = mark(() => { throw "text"; });`), [
      "t: string: text",
    ]);
    const noStack = `const e = new Error("bare"); delete e.stack; throw e;`;
    assertEquals(await failure(way, `export const t = mark(() => { ${noStack} });`), [
      "t: Error: bare",
    ]);
    const [first] = await failure(way, `export const t = mark(() => { throw new Error(); });`);
    assertEquals(first, "t: Error");
  },
);

inEachWay("The recap omits the middle of the stack when a recursion is deep", async (way) => {
  const lines = await failure(
    way,
    `
Error.stackTraceLimit = 500;
function deep(n: number): number { if (n === 0) throw new Error("end"); return deep(n - 1) + 1; }
export const t = mark(() => deep(300));`,
  );
  assert(lines.length < 15, lines.join("\n"));
  assertEquals(lines.at(-1), "  at module.ts:5:29");
  assert(lines.some((line) => /^ {2}… 29\d more …$/.test(line)), lines.join("\n"));
});

Deno.test("The recap shows the absolute path when a file is outside of the folder", async () => {
  await using space = await TestSpace.create();
  await using other = await TestSpace.create();
  await other.module("away.ts", `export const t = mark(() => { throw new Error("far"); });`);
  const { stdout } = await space.tdrun([`${other.folder}/away.ts`]);
  assertStringIncludes(stdout, `    at ${other.folder}/away.ts:2:37\n      2 | export const t`);
});

inEachWay("--durations=N prints the N slowest tasks and the critical path", async (way) => {
  await using space = await way.space();
  const module = `const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
export const a = mark(() => wait(400));
export const b = mark({ after: ["a"] }, () => wait(250));
export const c = mark({ after: ["a"] }, () => {});`;
  // On one thread, so that only the first task waits for it to be loaded.
  const { stdout } = await space.tdrunModule(module, ["--durations=2", "--workers=1"]);
  const time = String.raw`[\d.]+m?s`;
  const expected = [
    "",
    "Slowest:",
    ` +${time}  a  thread_\\d`,
    ` +${time}  b  thread_\\d`,
    "",
    `critical path ${time} of ${time}: a -> b`,
    "",
    "==== 3 passed, .*",
    "$",
  ].join("\n");
  assert(new RegExp(`^${expected}`).test(stdout), stdout);
  assert(!(await space.tdrunModule(module, ["--durations=0"])).stdout.includes("critical path"));
});

inEachWay("--reporter=trace=FILE and html=FILE write the run to files", async (way) => {
  await using space = await way.space();
  const module = `export const a = mark(() => 1);
export const b = mark({ after: ["a"], tags: ["x"] }, () => { throw new Error("b </script> broke"); });
export const c = mark({ after: ["b"] }, () => 3);`;
  const files = ["--reporter=trace=trace.json", "--reporter=html=page.html", "--output=none"];
  const { code } = await space.tdrunModule(module, files);
  assertEquals(code, 1);
  const trace = checkTrace(await Deno.readTextFile(`${space.folder}/trace.json`));
  assertEquals(trace.arrows, [{ from: "a", to: "b" }]);
  assertEquals(trace.slices.map(({ name }) => name), ["a", "b", "a", "b"]);
  const page = await Deno.readTextFile(`${space.folder}/page.html`);
  assertStringIncludes(page, "<title>module.ts: 1 task failed</title>");
  assertStringIncludes(page, "b &lt;/script&gt; broke");
  assertStringIncludes(page, "at module.ts:3:");
  assertStringIncludes(page, "<small>skipped: b failed</small>");
});

Deno.test("Suspects of a leaked rejection include its task when many tasks ran", async () => {
  await using space = await TestSpace.create();
  const { stdout } = await space.tdrunModule(
    `
    const busy = () => { for (const startMs = performance.now(); performance.now() - startMs < 6;); };
    const each = [0, 1, 2, 3, 4, 5];
    export const first = mark({ each }, () => busy());
    export const left = mark({ after: ["first"] }, () => { Promise.reject(new Error("left")); });
    export const last = mark({ after: ["left"], each }, () => busy());
    `,
    ["--workers=1"],
  );
  assertMatch(stdout, /leaked by one of .*\bleft\b/);
});

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`The recap omits library frames when a task throws, --isolate=${isolate}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout } = await space.tdrunModule(
      `import vm from "node:vm";
      export const foreign = mark(() => vm.runInNewContext("throw new TypeError('by another realm')"));
      export const bare = mark(() => { throw Object.setPrototypeOf(new TypeError("bare"), null); });
      export const promise = mark(() => {
        const rejected = Promise.reject(new RangeError("in a promise"));
        rejected.catch(() => {});
        throw rejected;
      });
      export const held = mark(() => { throw Object.assign(new Error("m"), { why: new Error("in") }); });
      export const text = mark(() => { throw new Error("as text").stack; });
      export function setupWorker() {}`,
      [`--isolate=${isolate}`],
    );
    for (
      const line of ["foreign: TypeError: by another realm", "bare: Error: bare", "text: string:"]
    ) {
      assertStringIncludes(stdout, line);
    }
    assertMatch(stdout, /promise: object: Promise \{\n +<rejected> RangeError: in a promise\n/);
    assert(!/\b(task_loop|attempt|inline_pool|task_worker|task_process)\b/.test(stdout), stdout);
    assertEquals(code, 1);
  });
}
