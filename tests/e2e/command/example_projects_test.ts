/** The examples of several files behave as their comments and their pages describe. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import {
  inRepository,
  lastLine,
  order,
  startScript,
  statuses,
  TestSpace,
} from "../../support/command.ts";

const [PIPELINE, SUITE, POSTGRES, BUILD, MANDELBROT] = [
  inRepository("examples/etl/pipeline.ts"),
  inRepository("examples/integration/suite.ts"),
  inRepository("examples/integration/postgres.ts"),
  inRepository("examples/monorepo/build.ts"),
  inRepository("examples/numbers/mandelbrot.ts"),
];

for (const threads of ["--workers=3", "--workers=0"]) {
  Deno.test(`etl/pipeline.ts loads nine orders and writes a report with ${threads}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrun([PIPELINE, "--data=out", threads]);
    assertStringIncludes(stdout, "  extract.south: passed on attempt 2, after Error: south: 503");
    assertEquals(lastLine(stdout), "==== 9 passed (1 flaky), 0 failed, 0 skipped");
    assertMatch(stderr, /WARN .* transform\.south: 1 of 3 orders rejected$/m);
    assertEquals(code, 0);
    assertEquals(await Deno.readTextFile(`${space.folder}/out/report.md`), REPORT);
  });
}

const REPORT = `\
| shop | orders | revenue |
| ---- | -----: | ------: |
| north | 3 | 51 |
| south | 2 | 58 |
| west | 4 | 146 |
`;

Deno.test("explorer.ts prints the tree of a module, and the events of one task", async () => {
  await using space = await TestSpace.create();
  // From the sources, as the command that the example calls: not of the package that is tested.
  await space.file(
    "work.ts",
    `import { mark } from "${pathToFileURL(inRepository("mod.ts"))}";
export const load = mark(() => {});
export const check = mark({ each: ["a", "b"], after: [load] }, () => { throw new Error("no"); });`,
  );
  const run = (...args: string[]) =>
    startScript(inRepository("examples/explorer.ts"), ["work.ts", ...args], space).ended;
  const tree = "work.ts\n  check  work.ts:LINE\n    a  work.ts:LINE\n    b  work.ts:LINE\n" +
    "  load  work.ts:LINE\n";
  const plain = await run();
  assertEquals(plain.stdout.replace(/:\d+$/gm, ":LINE"), tree);
  const { code, stdout } = await run("::check.b");
  assertEquals(
    stdout.replace(/:\d+$/gm, ":LINE"),
    `${tree}check.b: running\ncheck.b: failed (no) work.ts:LINE\n`,
  );
  assertEquals(code, 0);
});

Deno.test("explorer.ts prints the tree of several modules, and runs a task of one of them", async () => {
  await using space = await TestSpace.create();
  const library = pathToFileURL(inRepository("mod.ts"));
  for (const [name, tasks] of [["a", "load"], ["b", "load, use"]] as const) {
    const lines = tasks.split(", ").map((task) =>
      `export const ${task} = mark({ after: ${
        task === "use" ? '["a::load"]' : "[]"
      } }, () => {});\n`
    );
    await space.file(`${name}.ts`, `import { mark } from "${library}";\n${lines.join("")}`);
  }
  const run = (...args: string[]) =>
    startScript(inRepository("examples/explorer.ts"), ["a.ts", "b.ts", ...args], space).ended;
  const { code, stdout } = await run("::b::use");
  assertEquals(
    [code, stdout],
    [
      0,
      "a.ts\n  a::load  a.ts:2\nb.ts\n  b::load  b.ts:2\n  b::use  b.ts:3\n" +
      "b::use: running\nb::use: passed b.ts:3\n",
    ],
  );
  const wrong = await run("::c");
  assertStringIncludes(wrong.stderr, 'no task "c": expected a name as in the tree');
});

Deno.test("etl/pipeline.ts skips the report when the quality gate fails", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrun([PIPELINE, "--data=out", "--max_rejected:=0"]);
  assertEquals([statuses(stderr).quality, statuses(stderr).report], ["FAILED", "SKIPPED"]);
  assertStringIncludes(stdout, "  quality: Error: 1 of 10 orders rejected, maximum share 0\n");
  assertStringIncludes(stdout, "  report: quality failed\n");
  assertEquals(code, 1);
  const files = [...Deno.readDirSync(`${space.folder}/out`)].map(({ name }) => name);
  assertEquals(files, ["orders.db"]);
});

Deno.test("etl/pipeline.ts fails a shop when the API keeps failing", async () => {
  await using space = await TestSpace.create();
  await using api = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    return url.endsWith("/west")
      ? new Response("down", { status: 500 })
      : Response.json([{ id: url.length, item: "tea", count: 1, price: 4 }]);
  });
  const address = `--api=http://127.0.0.1:${api.addr.port}`;
  const { code, stdout } = await space.tdrun([PIPELINE, "--data=out", address]);
  assertStringIncludes(stdout, "  extract.west (4 attempts): Error: west: 500 down\n");
  assertEquals(lastLine(stdout), "==== 2 passed, 1 failed, 6 skipped");
  assertEquals(code, 1);
});

for (const threads of ["--workers=4", "--workers=0"]) {
  Deno.test(`integration/suite.ts passes and stops its service with ${threads}`, async () => {
    await using space = await TestSpace.create();
    const report = ["--reporter=lines", "--reporter=junit=junit.xml"];
    const { code, stdout, stderr } = await space.tdrun([SUITE, ...report, threads]);
    assertEquals(lastLine(stdout), "==== 13 passed, 0 failed, 0 skipped");
    assertEquals(code, 0);
    const note = ["create", "read_back", "update", "remove", "clean_up"];
    assertEquals(order(stderr).filter((name) => note.includes(name)), note);
    assertStringIncludes(await Deno.readTextFile(`${space.folder}/junit.xml`), 'tests="13"');
  });
}

const hasPostgres = new Deno.Command("sh", { args: ["-c", "ls /usr/lib/postgresql/*/bin/initdb"] })
  .outputSync().success;

Deno.test({
  name: `integration/postgres.ts uses a server of its own${
    hasPostgres ? "" : " (skipped: no PostgreSQL; apt-get install postgresql)"
  }`,
  ignore: !hasPostgres,
  async fn() {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrun([POSTGRES]);
    assertEquals(lastLine(stdout), "==== 3 passed, 0 failed, 0 skipped");
    assertMatch(stderr, /\] database \(teardown\) \.+ TORN DOWN/);
    assertEquals(code, 0);
  },
});

Deno.test("integration/suite.ts cleans up after the smoke tests", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrun([SUITE, "--tags=smoke", "--with-deps"]);
  assertEquals(Object.keys(statuses(stderr)), ["health", "create", "read_back", "clean_up"]);
  assertStringIncludes(stderr, "] clean_up: note 1 removed\n");
  assertEquals(code, 0);
});

Deno.test("integration/suite.ts skips update and remove when the note is missing", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrun([SUITE, "--result-create:=999"]);
  const { list, read_back, update, remove, clean_up } = statuses(stderr);
  assertEquals([list, read_back], ["FAILED", "FAILED"]);
  assertEquals([update, remove, clean_up], ["SKIPPED", "SKIPPED", "PASSED"]);
  assertEquals(lastLine(stdout), "==== 8 passed, 2 failed, 2 skipped");
  assertEquals(code, 1);
});

Deno.test("monorepo/build.ts checks, tests and bundles packages in order", async (t) => {
  await using space = await TestSpace.create();
  await t.step("on threads", async () => {
    const { code, stdout, stderr } = await space.tdrun([BUILD, "--bundles=dist"]);
    assertEquals([lastLine(stdout), code], ["==== 13 passed, 0 failed, 0 skipped", 0]);
    assertStringIncludes(stderr, "] release: Deimos     | 1877-08-12\n");
    const checks = order(stderr).filter((name) => /^(text|table|app)\.check$/.test(name));
    assertEquals(checks, ["text.check", "table.check", "app.check"]);
    const files = [...Deno.readDirSync(`${space.folder}/dist`)].map(({ name }) => name).sort();
    assertEquals(files, ["app.js", "dates.js", "table.js", "text.js"]);
  });
  await t.step("on the main thread", async () => {
    const { code } = await space.tdrun([BUILD, "--bundles=dist", "--workers=0"]);
    assertEquals(code, 0);
  });
});

Deno.test("monorepo/build.ts skips what depends on a package that fails its type check", async () => {
  await using space = await TestSpace.create();
  await copyFolder(inRepository("examples/monorepo"), `${space.folder}/monorepo`);
  const path = `${space.folder}/monorepo/text/mod.ts`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace("text.length > width", "text.size > width"));
  const { code, stdout, stderr } = await space.tdrun(["monorepo/build.ts", "--bundles=dist"]);
  assertStringIncludes(stdout, "Property 'size' does not exist on type 'string'");
  assertStringIncludes(stdout, "  9 since text.check failed: table.check, ");
  const passed = Object.entries(statuses(stderr)).filter(([, status]) => status === "PASSED");
  assertEquals(passed.map(([name]) => name).sort(), ["dates.bundle", "dates.check", "dates.test"]);
  assertEquals(code, 1);
});

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("numbers/mandelbrot.ts computes an image on any number of threads", async () => {
  await using space = await TestSpace.create();
  const path = `${space.folder}/out.png`;
  const { code, stdout, stderr } = await startScript(MANDELBROT, [path, "0", "1", "3"]).ended;
  const [main, one, three, image] = stdout.split("\n");
  assertMatch(main!, /^on 0 threads: \d+\.\d\d s$/);
  assertMatch(one!, /^on 1 thread: \d+\.\d\d s$/);
  assertMatch(three!, /^on 3 threads: \d+\.\d\d s$/);
  assertEquals(image, `Image: ${path}`);
  assertEquals(stderr.match(/21 of 21 tasks\n/g)?.length, 3);
  const bytes = await Deno.readFile(path);
  assertEquals(new TextDecoder("latin1").decode(bytes.slice(1, 4)), "PNG");
  const view = new DataView(bytes.buffer);
  assertEquals([view.getUint32(16), view.getUint32(20)], [900, 600]);
  assertEquals(code, 0);
});

Deno.test("numbers/mandelbrot.ts rejects an invalid number of threads", async () => {
  const { code, stderr } = await startScript(MANDELBROT, ["64"]).ended;
  assertStringIncludes(stderr, "workers: 64: expected an integer from 0 to 63");
  assertEquals(code, 1);
});
