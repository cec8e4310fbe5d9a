/** The command on a real terminal: what is drawn, Ctrl-C, and what is left when it is over. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import { HIDE_CURSOR, SHOW_CURSOR } from "../../../src/report/live/ansi_escapes.ts";
import { FakeTerminal } from "../../report/live/fake_terminal.ts";
import { tdrunLine, TestSpace } from "../../support/command.ts";
import {
  hasScript,
  PseudoTerminal,
  type Shown,
  type TerminalOptions,
} from "../../support/pseudo_terminal.ts";

/** A test that needs a terminal, with a module. */
function onTerminal(
  name: string,
  module: string,
  fn: (
    start: (args?: readonly string[], options?: Partial<TerminalOptions>) => PseudoTerminal,
    space: TestSpace,
  ) => Promise<void>,
): void {
  const reason = hasScript ? "" : " (left out: there is no `script` that could make a terminal)";
  Deno.test({
    name: `on a terminal: ${name}${reason}`,
    ignore: !hasScript,
    async fn() {
      await using space = await TestSpace.create();
      await space.module("module.ts", module);
      await using stack = new AsyncDisposableStack();
      const { folder } = space;
      await fn(
        (args = [], options = {}) =>
          stack.use(
            new PseudoTerminal(["module.ts", ...args], { folder, columns: COLUMNS, ...options }),
          ),
        space,
      );
    },
  });
}

const COLUMNS = 110;

/** What stands on a terminal in the end, scrolled away or not. */
function left({ text }: Shown, columns = COLUMNS, rows = 24): string {
  const terminal = new FakeTerminal({ columns, rows });
  terminal.write("err", text);
  return terminal.text;
}

function assertCursorIsBack({ text }: Shown): void {
  assert(text.includes(HIDE_CURSOR), "nothing was ever drawn");
  assert(text.lastIndexOf(SHOW_CURSOR) > text.lastIndexOf(HIDE_CURSOR), "the cursor is gone");
}

/** Tasks that take long enough to be seen. */
const SLOW = `
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const fetch = mark(async (state, task) => { task.log.info("fetching"); await wait(300); });
  export const build = mark({ after: ["fetch"] }, async () => { console.log("built"); await wait(300); });
  export const broken = mark({ after: ["fetch"] }, async () => { throw new Error("it broke"); });
  export const late = mark({ after: ["broken"] }, () => {});
`;

const SUMMARY = /^==== 2 passed, 1 failed, 1 skipped in \d\.\d\ds ====$/m;

onTerminal("task lines, and a status line that is gone in the end", SLOW, async (start) => {
  const shown = await start(["--workers=2"]).ended;
  assertStringIncludes(shown.text, "0/4");
  assertStringIncludes(shown.text, "running: ");
  const text = left(shown);
  assert(!text.includes("running: "), text);
  assertMatch(text, / \[thread_\d\] fetch \.+ PASSED \[ 25% \]$/m);
  assertMatch(text, SUMMARY);
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

onTerminal("--progress draws a bar, and tells what did not pass", SLOW, async (start) => {
  const shown = await start(["--workers=2", "--progress"]).ended;
  assertStringIncludes(shown.text, "━");
  const text = left(shown);
  assert(!/PASSED|fetching|collected/.test(text), text);
  assertMatch(text, /broken FAILED: Error: it broke$/m);
  assertMatch(text, /late SKIPPED: broken failed$/m);
  assertMatch(text, /^\[thread_\d\] built$/m);
  assertMatch(text, SUMMARY);
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

onTerminal("--viewer draws a row for each thread", SLOW, async (start) => {
  const shown = await start(["--workers=2", "--viewer"]).ended;
  assertMatch(shown.text, /thread_0 {2}fetch {10,}/);
  assertStringIncludes(shown.text, "thread_1");
  assertMatch(stripAnsiCode(shown.text), /\d queued {2}\d active {2}\d done/);
  assert(!/thread_1 .*\d queued/.test(left(shown)));
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

const PATIENT = `
  export const a = mark(async (state, task) => {
    await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  export const b = mark({ after: ["a"] }, () => {});
`;

onTerminal("Ctrl-C once: it says that it is cancelling, and ends well", PATIENT, async (start) => {
  const terminal = start(["--viewer"]);
  await terminal.showed("1 active");
  await terminal.type("\x03");
  await terminal.showed("cancelling");
  const shown = await terminal.ended;
  assertStringIncludes(
    left(shown),
    "SIGINT: waiting for running tasks; a second signal exits at once\n",
  );
  assertStringIncludes(left(shown), "==== 1 passed, 0 failed, 0 skipped, 1 cancelled");
  assertCursorIsBack(shown);
  assertEquals(shown.code, 130);
});

const STUBBORN = `export const a = mark(() => { for (;;); });`;

for (const option of ["--output=live", "--progress", "--viewer"]) {
  onTerminal(`Ctrl-C twice leaves at once (${option})`, STUBBORN, async (start) => {
    const terminal = start([option]);
    await terminal.showed(option === "--viewer" ? "1 active" : "running: ");
    await terminal.type("\x03");
    await terminal.showed("cancelling");
    await terminal.showed("a second signal exits at once");
    await terminal.type("\x03");
    const shown = await terminal.ended;
    assertCursorIsBack(shown);
    assertEquals(shown.code, 130);
  });
}

const TALKATIVE = `
  const talk = async (name) => {
    for (let i = 0; i < 1500; i++) {
      if (i % 2) console.log(name, i, "-".repeat(i % 60)); else console.error(name, i);
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  export const ann = mark(() => talk("ann"));
  export const bob = mark(() => talk("bob"));
`;

onTerminal("of tasks that print much no line is torn or lost", TALKATIVE, async (start) => {
  const shown = await start(["--workers=2", "--viewer"], { columns: 90, rows: 12 }).ended;
  const lines = left(shown, 90, 12).split("\n");
  for (const name of ["ann", "bob"]) {
    const said = lines.flatMap((line) => line.match(`^\\[thread_.\\] (${name} .*)$`)?.[1] ?? []);
    const expected = Array.from(
      { length: 1500 },
      (_, i) => `${name} ${i}${i % 2 ? ` ${"-".repeat(i % 60)}` : ""}`,
    );
    assertEquals(said, expected);
  }
  assertEquals(lines.length, 3000 + 1);
  assertCursorIsBack(shown);
  assertEquals(shown.code, 0);
});

const CRASHING = `
  export const setupState = () => setTimeout(() => { throw new Error("a crash"); }, 400);
  export const a = mark(() => new Promise((resolve) => setTimeout(resolve, 800)));
`;

onTerminal(
  "an error that nobody caught on the main thread stands above, and leaves the cursor where it was",
  CRASHING,
  async (start) => {
    const shown = await start().ended;
    assertStringIncludes(shown.text, "a crash");
    assertCursorIsBack(shown);
    assertEquals(shown.code, 1);
  },
);

const KILLED = `
  export const a = mark(async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    Deno.kill(Deno.pid, "SIGKILL");
  });
`;

onTerminal("the cursor comes back even if the process is killed", KILLED, async (start) => {
  const program = ["sh", "-c", '"$@"; read end', "sh", ...tdrunLine([])];
  const terminal = start(["--viewer"], { program });
  await terminal.showed(HIDE_CURSOR);
  await terminal.showed(SHOW_CURSOR);
  await terminal.type("\n");
  const shown = await terminal.ended;
  assertCursorIsBack(shown);
  assert(!left(shown).includes("1 active"), left(shown));
});

onTerminal("a standard output that is a file gets lines alone", SLOW, async (start, space) => {
  const shown = await start(["--progress"], { redirect: "> out.txt" }).ended;
  assertCursorIsBack(shown);
  const text = await Deno.readTextFile(`${space.folder}/out.txt`);
  assertMatch(text, /^\[thread_\d\] built\n\nFailed:\n/);
  assertMatch(text, SUMMARY);
  assert(!text.includes("\x1b"));
  assert(!left(shown).includes("built"));
});

const BURSTS = `
  export const talk = mark(async () => {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log("one\\ntwo\\nthree");
    }
  });
`;

onTerminal(
  "what comes back through a pipe is not mixed with what is drawn",
  BURSTS,
  async (start) => {
    const shown = await start([], { redirect: "| tee out.txt" }).ended;
    const printed = left(shown).split("\n").filter((line) => line.startsWith("[thread_0] t"));
    const burst = ["[thread_0] two", "[thread_0] three"];
    assertEquals(printed, [...burst, ...burst, ...burst, ...burst]);
    assertCursorIsBack(shown);
  },
);

const CHILD = `
  export const a = mark(async () => {
    const script = "printf 'half a'; sleep 1.2; echo ' line'";
    const { spawn } = await import("node:child_process");
    const child = spawn("sh", ["-c", script], { stdio: "inherit" });
    await new Promise((resolve) => child.on("close", resolve));
  });
`;

onTerminal("what a child process has not ended is not erased", CHILD, async (start) => {
  const shown = await start().ended;
  assertMatch(left(shown), /^half a line$/m);
  assertCursorIsBack(shown);
});

const WILD = `
  export const setupState = () => logger.info("\\x1b[5Aset up");
  export const a = mark((state, task) => {
    console.log("\\x1b[2J\\x1b[Hprinted \\x1b[32mgreen\\x1b[0m\\x07");
    task.log.info("\\x1b[3Alogged\\x1b]0;a title\\x07");
  });
`;

onTerminal("text of tasks has its colours, and moves no cursor", WILD, async (start, space) => {
  const { text } = await start().ended;
  assertStringIncludes(text, "printed \x1b[32mgreen");
  for (const wild of ["\x1b[2J", "\x1b[H", "\x1b[3A", "\x1b[5A", "a title", "\x07"]) {
    assert(!text.includes(wild), text);
  }
  await start([], { redirect: "> out.txt" }).ended;
  const printed = await Deno.readTextFile(`${space.folder}/out.txt`);
  assertStringIncludes(printed, "\x1b[2J\x1b[Hprinted \x1b[32mgreen\x1b[0m\x07\n");
});

onTerminal("a report on the standard output has it alone", SLOW, async (start, space) => {
  const redirect = "> out.txt";
  const shown = await start(["--progress", "--reporter=json"], { redirect }).ended;
  const lines = (await Deno.readTextFile(`${space.folder}/out.txt`)).trimEnd().split("\n");
  const types = lines.map((line) => JSON.parse(line).type);
  assertEquals([types[0], types.at(-1)], ["run-started", "run-finished"]);
  assertStringIncludes(shown.text, "━");
  assertMatch(left(shown), /^\[thread_\d\] built$/m);
  assertMatch(left(shown), SUMMARY);
  assertCursorIsBack(shown);
});

Deno.test("with a report on the standard output people read the recap and the summary", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(SLOW, ["--reporter=json"]);
  assert(stdout.trimEnd().split("\n").every((line) => line.startsWith("{")), stdout);
  assert(!/\[thread_|PASSED|fetching/.test(stderr), stderr);
  assertStringIncludes(stderr, "\nFailed:\n  broken: Error: it broke\n");
  assertMatch(stderr, SUMMARY);
  assertEquals(code, 1);
});

for (const env of [{ TERM: "dumb" }, { CI: "true" }]) {
  onTerminal(`nothing is drawn where ${JSON.stringify(env)}`, SLOW, async (start) => {
    const { code, text } = await start(["--viewer"], { env }).ended;
    assert(!text.includes("\x1b[?"), "something was drawn");
    assertMatch(text, /fetch \.+ .*PASSED/);
    assertEquals(code, 1);
  });
}

onTerminal("with tasks on the main thread nothing is drawn", SLOW, async (start) => {
  const { code, text } = await start(["--viewer", "--workers=0"]).ended;
  assert(!text.includes("\x1b[?"), "something was drawn");
  assertEquals(code, 1);
});

Deno.test("off a terminal --progress and --viewer are the plain lines", async () => {
  await using space = await TestSpace.create();
  for (const option of ["--progress", "--viewer"]) {
    const { code, stdout, stderr } = await space.tdrunModule(SLOW, [option]);
    assertMatch(stderr, /fetch \.+ PASSED \[ 25% \]$/m);
    assert(!`${stdout}${stderr}`.includes("\x1b"));
    assertEquals(code, 1);
  }
});

Deno.test("--output: what a task prints is shown when it ends, if it failed, or never", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
      export const a = mark((state, task) => { console.log("a prints"); task.log.info("a logs"); });
      export const b = mark(() => { console.error("b prints"); throw new Error("b broke"); });
    `,
  );
  const shown = async (mode: string) => {
    const { stdout, stderr } = await space.tdrun(["module.ts", "--workers=1", `--output=${mode}`]);
    const text = stderr.replace(/^\d{4}-.*? (?=\S*\[thread|\S+ \.)/gm, "").replace(/\.{3,}/g, "…");
    const printed = stdout.split("\n").filter((line) => line.startsWith("[thread"));
    return [printed, text.split("\n").filter((line) => /----|prints|logs|%/.test(line))];
  };
  const [a, b] = ["[thread_0] a … PASSED [ 50% ]", "[thread_0] b … FAILED [100% ]"];
  const held = ["---- b ----", "[thread_0] b prints"];
  assertEquals(await shown("grouped"), [
    ["[thread_0] a prints"],
    ["---- a ----", "[thread_0] a: a logs", a, ...held, b],
  ]);
  assertEquals(await shown("failed"), [[], [a, ...held, b]]);
  assertEquals(await shown("none"), [[], [a, b]]);
});

Deno.test("the last line is green, yellow or red by how the run went", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const flaky = mark({ retries: 1 }, (state, task) => {
      if (task.attempt === 1) throw new Error("once");
    });
    export const well = mark(() => {});
    export const bad = mark(() => { throw new Error("no"); });
    `,
  );
  const colourOf = async (task: string) => {
    const { stdout } = await space.tdrun([`module.ts::${task}`], { FORCE_COLOR: "1" });
    // deno-lint-ignore no-control-regex -- colours are made of these
    return /\x1b\[(\d+)m====/.exec(stdout)?.[1];
  };
  assertEquals([await colourOf("well"), await colourOf("flaky"), await colourOf("bad")], [
    ...["32", "33", "31"],
  ]);
});

Deno.test("FORCE_COLOR brings colours to a pipe, also against NO_COLOR", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SLOW);
  const { stdout, stderr } = await space.tdrun(["module.ts"], { FORCE_COLOR: "1", NO_COLOR: "1" });
  assertStringIncludes(stderr, "\x1b[32mPASSED\x1b[39m");
  assertStringIncludes(stdout, "\x1b[31m==== 2 passed");
  assert(!`${stdout}${stderr}`.includes("\x1b[?"), "something was drawn");
});
