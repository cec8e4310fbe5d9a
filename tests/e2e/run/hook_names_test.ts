/** Output, log records and errors of hooks have the name of the hook. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

const TALKING = `
  const part = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  export const setupState = () => logger.info("setting up");
  export const setupWorker = () => { logger.warn("worker up"); console.log("printed"); part("a part"); };
  export const teardownWorker = () => { logger.info("worker down"); part("the end"); };
  export const teardownState = () => logger.error("tearing down");
  export const a = mark((state, task) => { task.log.info("working"); console.log("by a"); });
`;

for (const isolate of ["worker", "process"]) {
  Deno.test(`Output of hooks has the name of the hook, --isolate=${isolate}`, async () => {
    await using space = await TestSpace.create();
    const args = ["--workers=1", `--isolate=${isolate}`];
    const { stdout, stderr } = await space.tdrunModule(TALKING, args);
    const logged = stderr.split("\n").flatMap((line) =>
      line.match(/(INFO|WARN|ERROR) .*/)?.[0] ?? []
    );
    assertEquals(logged, [
      "INFO  setupState: setting up",
      "WARN  [thread_0] setupWorker: worker up",
      "INFO  [thread_0] a: working",
      "INFO  [thread_0] teardownWorker: worker down",
      "ERROR teardownState: tearing down",
    ]);
    assertEquals(stdout.split("\n").slice(0, -2), [
      "[thread_0] setupWorker: printed",
      "[thread_0] setupWorker: a part",
      "[thread_0] a: by a",
      "[thread_0] teardownWorker: the end",
    ]);
  });
}

Deno.test("--log writes the name of the hook to the lines of log files", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(TALKING, ["--workers=1", "--log"]);
  const log = await Deno.readTextFile(`${space.folder}/tdrun_thread_0.log`);
  assertStringIncludes(log, "WARN  [thread_0] setupWorker: worker up\n");
  assertStringIncludes(log, "INFO  [thread_0] teardownWorker: the end\n");
  const main = await Deno.readTextFile(`${space.folder}/tdrun_main.log`);
  assertMatch(
    main,
    /INFO {2}\[main\] setupState: setting up\n(.*\n)*.*ERROR \[main\] teardownState: tear/,
  );
});

Deno.test("setupState has its name in each line when it logs several at once", async () => {
  await using space = await TestSpace.create();
  const forged = "2026-11-26 07:00:00,000 [thread_0] a ... PASSED [100% ]";
  const { stderr } = await space.tdrunModule(
    `export const setupState = () => logger.warn("one\\n${forged}");
     export const a = mark(() => { throw new Error("no"); });`,
    ["--log"],
  );
  const main = await Deno.readTextFile(`${space.folder}/tdrun_main.log`);
  for (const [text, from] of [[stderr, ""], [main, "[main] "]] as const) {
    const lines = text.split("\n").filter((line) => line.includes(forged));
    assertEquals(lines.map((line) => line.slice("2026-11-23 20:56:47,573 ".length)), [
      `WARN  ${from}setupState: ${forged}`,
    ]);
  }
});

/** The end of a run of a module with one task and a hook. */
async function runWith(hook: string, args: readonly string[] = []) {
  await using space = await TestSpace.create();
  return await space.tdrunModule(`${hook}\nexport const a = mark(() => {});`, args);
}

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`setupWorker is named in task errors if it throws, --isolate=${isolate}`, async () => {
    const args = [`--isolate=${isolate}`];
    const { code, stdout, stderr } = await runWith(
      `export const setupWorker = () => { throw new TypeError("no database"); };`,
      args,
    );
    assertMatch(stderr, / a: TypeError: setupWorker failed: no database$/m);
    assertMatch(
      stdout,
      /^ {2}a: TypeError: setupWorker failed: no database\n {4}at .*module\.ts:\d/m,
    );
    assertEquals(code, 1);
  });
}

Deno.test("setupWorker is named in the error when it calls an exit function", async () => {
  const { stdout } = await runWith("export const setupWorker = () => Deno.exit(3);");
  assertStringIncludes(
    stdout,
    "setupWorker failed: Deno.exit(3) was called: tasks and hooks end by",
  );
});

Deno.test("setupWorker is named, and no task, when it leaks a rejected promise", async () => {
  const { code, stdout } = await runWith(
    `export const setupWorker = () => { Promise.reject(new Error("left")); };`,
    ["--workers=1"],
  );
  assertMatch(stdout, /thread_0: Error: left\n {4}in setupWorker\n/);
  assertEquals(code, 1);
});

Deno.test("teardownWorker is reported once when it calls an exit function", async () => {
  const { code, stdout } = await runWith(
    "export const teardownWorker = () => Deno.exit(3);",
    ["--workers=1"],
  );
  assertEquals(stdout.match(/Deno\.exit\(3\) was called/g)?.length, 1, stdout);
  assertStringIncludes(stdout, "in teardownWorker");
  assertEquals(code, 1);
});

Deno.test("tdrun prints one line with location and cause when setupState throws", async () => {
  const { code, stdout, stderr } = await runWith(
    `export const setupState = () => { throw new Error("no", { cause: new RangeError("deep") }); };`,
  );
  assertMatch(
    stderr,
    /^Error: setupState failed: Error: no \(module\.ts:\d+:\d+\), caused by RangeError: deep \(module\.ts:\d+:\d+\)\n$/,
  );
  assertEquals([code, stdout], [2, ""]);
});

Deno.test("tdrun prints stack, source and cause when teardownState throws", async () => {
  const { code, stdout, stderr } = await runWith(
    `export const teardownState = () => { throw new Error("no", { cause: new Error("deep") }); };`,
  );
  assertMatch(stderr, /^teardownState failed: Error: no$/m);
  assertMatch(
    stdout,
    /^ {2}main thread: Error: no\n {4}in teardownState\n {4}at .*module\.ts:\d+:\d+.*\n {6}\d+ \| /m,
  );
  assertMatch(stdout, /^ {4}caused by Error: deep$/m);
  assert(!stdout.includes("run_command"), stdout);
  assertEquals(code, 1);
});

Deno.test("tdrun prints one line and exits with 2 when addLoggingHighlights throws", async () => {
  for (const name of ["addLoggingHighlights", "add_logging_highlights"]) {
    const { code, stderr } = await runWith(
      `export const ${name} = () => { throw new Error("no colors"); };`,
    );
    assertMatch(
      stderr,
      /^Error: addLoggingHighlights failed: Error: no colors \(module\.ts:\d+:\d+\)\n$/,
    );
    assertEquals(code, 2);
  }
});
