/** Output of runs: log files, debug lines, printed text, colors, closed pipes. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bash, lastLine, tdrunLine, TestSpace } from "../../support/command.ts";
import { inEachWay } from "../../support/in_every_way.ts";

const TALKER = `
  export const a = mark((state, task) => {
    task.log.debug("a looks closely");
    task.log.info("a says hello");
    logger.warn("a warns", { of: [1, 2] });
    console.log("a prints");
    console.error("a prints an error");
  });
  export const b = mark(() => { throw new Error("b broke"); });
`;

Deno.test("task.log names its task when the task has ended", async () => {
  await using space = await TestSpace.create();
  const module = `
    let later;
    export const a = mark((_state, task) => {
      later = () => task.log.info("logged by a");
      later();
    });
    export const b = mark((_state, task) => {
      later();
      task.log.info("logged by b");
    });`;
  const { stderr } = await space.tdrunModule(module, ["--workers=1"]);
  assertEquals(stderr.match(/\[thread_0\] .*logged by .*/g), [
    "[thread_0] a: logged by a",
    "[thread_0] a: logged by a",
    "[thread_0] b: logged by b",
  ]);
});

inEachWay(
  "tdrun prints task lines in the original's format, with thread and percentage",
  async (way) => {
    await using space = await way.space();
    const { stderr } = await space.tdrunModule(TALKER, ["--workers=1"]);
    const stamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /;
    const line = stderr.split("\n").find((it) => it.includes("PASSED")) ?? "";
    assertMatch(line, stamp);
    // A loaded machine takes 100 ms for the task, so that the line ends with its duration.
    const text = line.replace(stamp, "").replace(/ \d+ms$/, "");
    assertMatch(text, /^\[thread_0\] a \.+ PASSED \[ 50% \]$/);
    assertEquals(text.length, 77);
  },
);

inEachWay(
  "tdrun writes logs and task lines to stderr, and output and summary to stdout",
  async (way) => {
    await using space = await way.space();
    const { code, stdout, stderr } = await space.tdrunModule(TALKER, ["--workers=1"]);
    assertStringIncludes(stderr, " INFO  [thread_0] a: a says hello\n");
    assertStringIncludes(stderr, " WARN  [thread_0] a: a warns { of: [ 1, 2 ] }\n");
    assertMatch(stderr, /^\[thread_\d\] a: a prints an error$/m);
    assertMatch(stdout, /^\[thread_\d\] a: a prints$/m);
    assert(!stderr.includes("looks closely"), "debug lines want --verbose");
    assertEquals(lastLine(stdout), "==== 1 passed, 1 failed, 0 skipped");
    assertEquals(code, 1);
  },
);

inEachWay(
  "tdrun joins text printed in parts by different means into lines with a level",
  async (way) => {
    await using space = await way.space();
    const module = `
    import process from "node:process";
    export const a = mark(() => {
      process.stdout.write("loading ... ");
      console.log("done");
      Deno.stderr.writeSync(new TextEncoder().encode("see: "));
      console.error("50% of it");
      console.debug("closely");
    });`;
    const { stdout } = await space.tdrunModule(module, ["--workers=1", "--reporter=json"]);
    const events = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const printed = events.filter(({ type }) => type === "task-output");
    assertEquals(printed.map(({ level, text }) => `${level}: ${text}`), [
      "info: loading ... done",
      "error: see: 50% of it",
      "debug: closely",
    ]);
  },
);

inEachWay(
  "tdrun prints the unfinished line of a task when the task times out",
  async (way) => {
    await using space = await way.space();
    const module = `
    import process from "node:process";
    export const a = mark({ timeout: 200 }, () => {
      process.stdout.write("waiting for the database");
      return new Promise(() => {});
    });`;
    const { code, stdout } = await space.tdrunModule(module, ["--workers=1"]);
    assertStringIncludes(stdout, "waiting for the database\n");
    assertEquals(code, 1);
  },
);

inEachWay("console.group() indents the lines of its own task only", async (way) => {
  await using space = await way.space();
  const module = `
    export const a = mark(() => {
      console.group("outer");
      console.group("inner");
      console.log("deep");
    });
    export const b = mark({ after: ["a"] }, () => console.log("%s", "plain"));`;
  const { stdout } = await space.tdrunModule(module, ["--workers=1"]);
  const printed = stdout.split("\n").filter((it) => it.startsWith("[thread_0] "));
  assertEquals(printed.map((it) => it.slice("[thread_0] ".length)), [
    "a: outer",
    "a:   inner",
    "a:     deep",
    "b: plain",
  ]);
});

Deno.test("logger writes log lines while the module is loaded", async () => {
  await using space = await TestSpace.create();
  const module =
    `logger.warn("loading"); logger.debug("closely"); export const a = mark(() => {});`;
  const { stderr } = await space.tdrunModule(module, ["--list"]);
  assertMatch(stderr, /^\d{4}-\S+ \S+ WARN {2}loading\n$/);
  const verbose = await space.tdrun(["module.ts", "--verbose"]);
  assertEquals(verbose.stderr.match(/DEBUG closely\n/g)?.length, 1);
});

inEachWay("--verbose shows debug lines, and the level of each line", async (way) => {
  await using space = await way.space();
  const { stderr } = await space.tdrunModule(TALKER, ["--verbose"]);
  assertMatch(stderr, / DEBUG \[thread_\d\] a: a looks closely$/m);
  assertMatch(stderr, / INFO {2}\[thread_\d\] a \.+ PASSED \[ *\d+% \]( \d+ms)?$/m);
  assertMatch(stderr, / ERROR \[thread_\d\] b: Error: b broke$/m);
});

inEachWay("--log writes a file for the main thread and one for each worker", async (way) => {
  await using space = await way.space();
  const { code } = await space.tdrunModule(TALKER, ["--log", "--workers=1"]);
  const files = [...Deno.readDirSync(space.folder)].map(({ name }) => name).sort();
  assertEquals(files, [".tdrun", "module.ts", "tdrun_main.log", "tdrun_thread_0.log"]);
  const thread = await Deno.readTextFile(`${space.folder}/tdrun_thread_0.log`);
  assertStringIncludes(thread, "INFO  [thread_0] a: a says hello\n");
  assertStringIncludes(thread, "DEBUG [thread_0] a: a looks closely\n");
  assertStringIncludes(thread, "[thread_0] b: FAILED: Error: b broke\n");
  const main = await Deno.readTextFile(`${space.folder}/tdrun_main.log`);
  assertStringIncludes(main, "all work completed\n");
  assertEquals(code, 1);
});

const STREAMS = `
  const bytes = (text) => new TextEncoder().encode(text);
  export const a_deno = mark(() => Deno.stdout.writeSync(bytes("by Deno")));
  export const b_node = mark(async () => {
    const { stdout } = await import("node:process");
    stdout.write("by Node, of two parts\\nand ");
    stdout.write("two lines");
    process.stderr.write("an error by Node");
  });
  export const c_stream = mark(async () => {
    const writer = Deno.stdout.writable.getWriter();
    await writer.write(bytes("by a stream"));
  });
  export const d_plain = mark(() => console.log("at last"));
`;

for (const workers of ["--workers=1", "--workers=0", "--isolate=process"]) {
  Deno.test(`tdrun assigns output to tasks whichever API they use (${workers})`, async () => {
    await using space = await TestSpace.create();
    const { stdout, stderr } = await space.tdrunModule(STREAMS, ["--workers=1", workers]);
    assertEquals(stdout.split("\n").slice(0, -2), [
      "[thread_0] a_deno: by Deno",
      "[thread_0] b_node: by Node, of two parts",
      "[thread_0] b_node: and two lines",
      "[thread_0] c_stream: by a stream",
      "[thread_0] d_plain: at last",
    ]);
    assertStringIncludes(stderr, "\n[thread_0] b_node: an error by Node\n");
    const none = await space.tdrun(["module.ts", "--output=none", workers]);
    assertEquals(none.stdout.split("\n").length, 2);
  });
}

Deno.test("teardownState prints unchanged when tasks ran on the main thread", async () => {
  await using space = await TestSpace.create();
  const { stdout, stderr } = await space.tdrunModule(
    `
    ${STREAMS}
    export async function teardownState() {
      console.log("by the console");
      process.stdout.write("by Node\\n");
      Deno.stdout.writeSync(bytes("by Deno\\n"));
      const writer = Deno.stdout.writable.getWriter();
      await writer.write(bytes("by a stream\\n"));
      await new Deno.Command("echo", { args: ["by a child"] }).spawn().status;
    }
    `,
    ["--workers=0", "--output=none"],
  );
  assertEquals(stdout.split("\n").slice(0, -2), [
    ...["by the console", "by Node", "by Deno", "by a stream", "by a child"],
  ]);
  assertEquals(stderr.split("\n").length, 8, stderr);
});

const CHILDREN = `
  const shell = (script, options = {}) => new Deno.Command("sh", { args: ["-c", script], ...options });
  const textOf = (bytes) => new TextDecoder().decode(bytes).trim();
  export const a_spawn = mark(async () => {
    const { code } = await shell("echo spawned; echo wrong >&2; printf 'a part'; exit 3").spawn().status;
    console.log("code " + code);
  });
  export const b_mixed = mark({ after: ["a_spawn"] }, async () => {
    const options = { stdout: "piped", stdin: "piped" };
    const child = shell("cat; echo beside >&2", options).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("through a pipe"));
    await writer.close();
    const output = await child.output();
    console.log("read " + textOf(output.stdout));
    try { output.stderr } catch (error) { console.log(error.message); }
    try { child.stderr } catch (error) { console.log(error.message); }
  });
  export const c_output = mark({ after: ["b_mixed"] }, async () => {
    await shell("echo asynchronous", { stdout: "inherit" }).output();
    const { stderr } = shell("echo synchronous; echo read >&2", { stdout: "inherit" }).outputSync();
    console.log("and " + textOf(stderr));
  });
  export const d_left = mark({ after: ["c_output"] }, async () => {
    await shell("sleep 60 & echo $!").spawn().status;
  });
`;

Deno.test(
  "Deno.Command assigns the output of a child to its task, and keeps its API",
  async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(CHILDREN, ["--workers=1"]);
    const lines = stdout.split("\n").map((line) => line.replace(/^\[thread_0\] \w+: /, ""));
    assertEquals(lines.slice(0, 9), [
      ...["spawned", "a part", "code 3", "read through a pipe"],
      ...[
        "Cannot get 'stderr': 'stderr' is not piped",
        "Cannot get 'stderr': 'stderr' is not piped",
      ],
      ...["asynchronous", "synchronous", "and read"],
    ]);
    Deno.kill(Number(lines[9]), "SIGKILL");
    assertStringIncludes(stderr, "\n[thread_0] a_spawn: wrong\n");
    assertStringIncludes(stderr, "\n[thread_0] b_mixed: beside\n");
    assertEquals(code, 0);
    const none = await space.tdrun(["module.ts::a_spawn", "--output=none"]);
    assertEquals(none.stdout.split("\n").length, 2);
    assert(!none.stderr.includes("wrong"), none.stderr);
  },
);

inEachWay("tdrun shows only the user's frames of stacks that tasks print", async (way) => {
  await using space = await way.space();
  const { stderr } = await space.tdrunModule(`
    export const a = mark((state, task) => {
      console.trace("here");
      console.error(new Error("printed"));
      task.log.warn(new Error("logged"));
    });
  `);
  assertEquals(stderr.split("\n").filter((line) => / {4}at /.test(line)).length, 3, stderr);
  assert(!/task_loop|capture/.test(stderr), stderr);
});

Deno.test("tdrun writes no escape codes to a pipe", async () => {
  await using space = await TestSpace.create();
  const { stdout, stderr } = await space.tdrunModule(TALKER);
  assert(!`${stdout}${stderr}`.includes("\x1b"));
});

/** Runs on a terminal that `script` creates; returns both streams as one text. */
async function onTerminal(space: TestSpace, env: Record<string, string>): Promise<string> {
  const command = tdrunLine(["module.ts"]).map((part) => `'${part}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    cwd: space.folder,
    env: { TERM: "xterm", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

const hasScript = await new Deno.Command("script", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "tdrun prints colors on a terminal, and none when NO_COLOR is set",
  ignore: !hasScript,
  async fn() {
    await using space = await TestSpace.create();
    await space.module("module.ts", TALKER);
    assertStringIncludes(await onTerminal(space, { NO_COLOR: "" }), "\x1b[32mPASSED\x1b[39m");
    // Codes that move the cursor are still written, and those that end colors of tasks.
    // deno-lint-ignore no-control-regex -- codes that set a color
    assert(!/\x1b\[[1-9][\d;]*m/.test(await onTerminal(space, { NO_COLOR: "1" })));
  },
});

Deno.test("tdrun finishes the run when the reader of stdout exits (`| head -1`)", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(() => { for (let i = 0; i < 20_000; i++) console.log("line", i); });`,
  );
  const line = '"$@" | head -1; exit ${PIPESTATUS[0]}';
  const { code, stdout, stderr } = await bash(line, ["module.ts"], { folder: space.folder });
  assertEquals(stdout, "[thread_0] a: line 0\n");
  assertStringIncludes(stderr, "PASSED");
  assert(!/Internal error|BrokenPipe|panick/.test(stderr), stderr);
  assertEquals(code, 0);
});

Deno.test("tdrun finishes the run when the reader of stderr exits", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", TALKER);
  const line = '"$@" 2> >(true); exit $?';
  const { code, stdout } = await bash(line, ["module.ts"], { folder: space.folder });
  assertEquals(lastLine(stdout), "==== 1 passed, 1 failed, 0 skipped");
  assertEquals(code, 1);
});

inEachWay("tdrun prints text that follows an error, without frames of its own", async (way) => {
  await using space = await way.space();
  const { code, stdout, stderr } = await space.tdrunModule(`
    export const a = mark((state, task) => {
      const error = new Error("disk full");
      task.log.warn("upload failed:", error, "mirror B is next");
      console.log(error, "and more");
    });
  `);
  assertStringIncludes(stderr, "a: upload failed: Error: disk full\n");
  assertStringIncludes(stderr, "a: mirror B is next\n");
  assertMatch(stdout, /^\[thread_\d\] a: and more$/m);
  assert(!/task_loop|src\/pool/.test(stdout + stderr), stdout + stderr);
  assertEquals(code, 0);
});

for (
  const [option, redirect, written] of [
    ["--state-out=/dev/stdout", ">> ci.log 2> /dev/null", /^\{\n *"results": \{\}\n\}\n$/],
    ["--state-out=-", ">> ci.log 2> /dev/null", /^\{\n *"results": \{\}\n\}\n$/],
    [
      "--reporter=json=/dev/stdout",
      ">> ci.log 2> /dev/null",
      /^\{.*"run-started"(.*\n)+.*"run-finished".*\}\n$/,
    ],
    ["--reporter=dot=/dev/fd/1", ">> ci.log 2> /dev/null", /^\.\n==== 1 passed.*\n$/],
    [
      "--reporter=dot=/dev/stderr",
      "2>> ci.log > /dev/null",
      /^.* collected 1 task\n(.*\n)+\..* all work completed\n+$/,
    ],
  ] as const
) {
  Deno.test(`${option} appends all of its output to a redirected file`, async () => {
    await using space = await TestSpace.create();
    await space.module("quiet.ts", "export const a = mark(() => {});");
    await space.file("ci.log", "precious\n");
    const args = ["quiet.ts", "--no-journal", option];
    const { code } = await bash(`"$@" ${redirect}`, args, { folder: space.folder });
    const [first, ...rest] = (await Deno.readTextFile(`${space.folder}/ci.log`)).split(/(?<=\n)/);
    assertEquals([code, first], [0, "precious\n"]);
    assertMatch(rest.join(""), written);
  });
}

Deno.test("--dry-run --state-out=- prints only the state to standard output", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    "export const a = mark(() => {});",
    ["--dry-run", "--state-out=-", "--env=prod"],
  );
  assertEquals(JSON.parse(stdout), { env: "prod", results: {} });
  assertStringIncludes(stderr, "Would run 1 task");
  assertEquals(code, 0);
});
