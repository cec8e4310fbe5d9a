/** The command on a real terminal: live output, Ctrl-C, and the text that remains. */
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

/** Defines a test that runs a module on a terminal. */
function onTerminal(
  name: string,
  module: string,
  fn: (
    start: (args?: readonly string[], options?: Partial<TerminalOptions>) => PseudoTerminal,
    space: TestSpace,
  ) => Promise<void>,
): void {
  const reason = hasScript ? "" : " (ignored: there is no `script` to create a terminal)";
  Deno.test({
    name: `${name}, on a terminal${reason}`,
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

/** The final text of a terminal, with the lines that scrolled away. */
function finalText({ text }: Shown, columns = COLUMNS, rows = 24): string {
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

onTerminal("tdrun prints task lines and finally removes the status line", SLOW, async (start) => {
  const shown = await start(["--workers=2"]).ended;
  assertStringIncludes(shown.text, "0/4");
  assertStringIncludes(shown.text, "running: ");
  const text = finalText(shown);
  assert(!text.includes("running: "), text);
  assertMatch(text, / \[thread_\d\] fetch \.+ PASSED \[ 25% \] \d+ms$/m);
  assertMatch(text, SUMMARY);
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

onTerminal("--progress draws a bar and prints tasks that did not pass", SLOW, async (start) => {
  const shown = await start(["--workers=2", "--progress", "--output=live"]).ended;
  assertStringIncludes(shown.text, "━");
  const text = finalText(shown);
  assert(!/PASSED|fetching|collected/.test(text), text);
  assertMatch(text, /broken FAILED: Error: it broke$/m);
  assertMatch(text, /late SKIPPED: broken failed$/m);
  assertMatch(text, /^\[thread_\d\] build: built$/m);
  assertMatch(text, SUMMARY);
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

onTerminal("--viewer draws a row for each thread", SLOW, async (start) => {
  const shown = await start(["--workers=2", "--viewer"]).ended;
  assertMatch(shown.text, /thread_0 {2}fetch {10,}/);
  assertStringIncludes(shown.text, "thread_1");
  assertMatch(stripAnsiCode(shown.text), /\d queued {2}\d active {2}\d done/);
  assert(!/thread_1 .*\d queued/.test(finalText(shown)));
  assertCursorIsBack(shown);
  assertEquals(shown.code, 1);
});

const SLOW_TO_END = `
  export const a = mark(async (state, task) => {
    await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  export const b = mark({ after: ["a"] }, () => {});
`;

onTerminal(
  "Ctrl-C shows that the run is cancelling and lets tasks end",
  SLOW_TO_END,
  async (start) => {
    const terminal = start(["--viewer"]);
    await terminal.showed("1 active");
    await terminal.type("\x03");
    await terminal.showed("cancelling");
    const shown = await terminal.ended;
    assertStringIncludes(
      finalText(shown),
      "Interrupted: waiting for 1 task. Ctrl-C again to stop now.\n",
    );
    assertStringIncludes(finalText(shown), "==== 1 passed, 0 failed, 0 skipped, 1 cancelled");
    assertCursorIsBack(shown);
    assertEquals(shown.code, 130);
  },
);

const STUBBORN = `export const a = mark(() => { for (;;); });`;

for (const option of ["--output=live", "--progress", "--viewer"]) {
  onTerminal(`A second Ctrl-C exits at once, ${option}`, STUBBORN, async (start) => {
    const terminal = start([option]);
    await terminal.showed(option === "--viewer" ? "1 active" : "running: ");
    await terminal.type("\x03");
    await terminal.showed("cancelling");
    await terminal.showed("Ctrl-C again to stop now.");
    const shown = await terminal.typeUntilEnded("\x03");
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

onTerminal("--viewer keeps every line whole when tasks print much", TALKATIVE, async (start) => {
  const shown = await start(["--workers=2", "--viewer", "--output=live"], { columns: 90, rows: 12 })
    .ended;
  const lines = finalText(shown, 90, 12).split("\n");
  for (const name of ["ann", "bob"]) {
    const ofTask = new RegExp(`^\\[thread_.\\] ${name}: (.*)$`);
    const printed = lines.flatMap((line) => line.match(ofTask)?.[1] ?? []);
    const expected = Array.from(
      { length: 1500 },
      (_, i) => `${name} ${i}${i % 2 ? ` ${"-".repeat(i % 60)}` : ""}`,
    );
    assertEquals(printed, expected);
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
  "tdrun prints a stray error of the main thread and restores the cursor",
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

onTerminal("--viewer restores the cursor when the process is killed", KILLED, async (start) => {
  const program = ["sh", "-c", '"$@"; read end', "sh", ...tdrunLine([])];
  const terminal = start(["--viewer"], { program });
  await terminal.showed(HIDE_CURSOR);
  await terminal.showed(SHOW_CURSOR);
  await terminal.type("\n");
  const shown = await terminal.ended;
  assertCursorIsBack(shown);
  assert(!finalText(shown).includes("1 active"), finalText(shown));
});

onTerminal("--progress writes plain lines when output is a file", SLOW, async (start, space) => {
  const shown = await start(["--progress", "--output=live"], { redirect: "> out.txt" }).ended;
  assertCursorIsBack(shown);
  const text = await Deno.readTextFile(`${space.folder}/out.txt`);
  assertMatch(text, /^\[thread_\d\] build: built\n\nSkipped:\n/);
  assertMatch(text, SUMMARY);
  assert(!text.includes("\x1b"));
  assert(!finalText(shown).includes("built"));
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
  "The status line is not mixed with output that comes back through a pipe",
  BURSTS,
  async (start) => {
    const shown = await start([], { redirect: "| tee out.txt" }).ended;
    const printed = finalText(shown).split("\n").filter((line) =>
      /^\[thread_0\] talk: t/.test(line)
    );
    const burst = ["[thread_0] talk: two", "[thread_0] talk: three"];
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

onTerminal("The status line does not erase the open line of a child", CHILD, async (start) => {
  const shown = await start().ended;
  assertMatch(finalText(shown), /^half a line$/m);
  assertCursorIsBack(shown);
});

const WILD = `
  export const setupState = () => logger.info("\\x1b[5Aset up");
  export const a = mark((state, task) => {
    console.log("\\x1b[2J\\x1b[Hprinted \\x1b[32mgreen\\x1b[0m\\x07");
    task.log.info("\\x1b[3Alogged\\x1b]0;a title\\x07");
  });
`;

onTerminal("Output of tasks keeps colors but moves no cursor", WILD, async (start, space) => {
  const { text } = await start().ended;
  assertStringIncludes(text, "printed \x1b[32mgreen");
  for (const wild of ["\x1b[2J", "\x1b[H", "\x1b[3A", "\x1b[5A", "a title", "\x07"]) {
    assert(!text.includes(wild), text);
  }
  await start([], { redirect: "> out.txt" }).ended;
  const printed = await Deno.readTextFile(`${space.folder}/out.txt`);
  assertStringIncludes(printed, "\x1b[2J\x1b[Hprinted \x1b[32mgreen\x1b[0m\x07\n");
});

onTerminal("--reporter=json writes only events to standard output", SLOW, async (start, space) => {
  const redirect = "> out.txt";
  const shown = await start(["--progress", "--output=live", "--reporter=json"], { redirect }).ended;
  const lines = (await Deno.readTextFile(`${space.folder}/out.txt`)).trimEnd().split("\n");
  const types = lines.map((line) => JSON.parse(line).type);
  assertEquals([types[0], types.at(-1)], ["run-started", "run-finished"]);
  assertStringIncludes(shown.text, "━");
  assertMatch(finalText(shown), /^\[thread_\d\] build: built$/m);
  assertMatch(finalText(shown), SUMMARY);
  assertCursorIsBack(shown);
});

Deno.test("--reporter=json prints recap and summary to standard error", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(SLOW, ["--reporter=json"]);
  assert(stdout.trimEnd().split("\n").every((line) => line.startsWith("{")), stdout);
  assert(!/\[thread_|PASSED|fetching/.test(stderr), stderr);
  assertStringIncludes(stderr, "\nFailed:\n  broken: Error: it broke\n");
  assertMatch(stderr, SUMMARY);
  assertEquals(code, 1);
});

for (const env of [{ TERM: "dumb" }, { CI: "true" }]) {
  onTerminal(`--viewer draws nothing with ${JSON.stringify(env)}`, SLOW, async (start) => {
    const { code, text } = await start(["--viewer"], { env }).ended;
    assert(!text.includes("\x1b[?"), "something was drawn");
    assertMatch(text, /fetch \.+ .*PASSED/);
    assertEquals(code, 1);
  });
}

onTerminal("--viewer draws nothing when tasks run on the main thread", SLOW, async (start) => {
  const { code, text } = await start(["--viewer", "--workers=0"]).ended;
  assert(!text.includes("\x1b[?"), "something was drawn");
  assertEquals(code, 1);
});

Deno.test("--progress and --viewer print plain lines when there is no terminal", async () => {
  await using space = await TestSpace.create();
  for (const option of ["--progress", "--viewer"]) {
    const { code, stdout, stderr } = await space.tdrunModule(SLOW, [option]);
    assertMatch(stderr, /fetch \.+ PASSED \[ 25% \] \d+ms$/m);
    assert(!`${stdout}${stderr}`.includes("\x1b"));
    assertEquals(code, 1);
  }
});

Deno.test("--output=MODE prints output of all tasks, of failed ones, or of none", async () => {
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

Deno.test("The last line is green, yellow or red by the outcome of the run", async () => {
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
  const colorOf = async (task: string) => {
    const { stdout } = await space.tdrun([`module.ts::${task}`], { FORCE_COLOR: "1" });
    // deno-lint-ignore no-control-regex -- colors are made of these
    return /\x1b\[(\d+)m====/.exec(stdout)?.[1];
  };
  assertEquals([await colorOf("well"), await colorOf("flaky"), await colorOf("bad")], [
    ...["32", "33", "31"],
  ]);
});

Deno.test("FORCE_COLOR colors output to a pipe, also when NO_COLOR is set", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SLOW);
  const { stdout, stderr } = await space.tdrun(["module.ts"], { FORCE_COLOR: "1", NO_COLOR: "1" });
  assertStringIncludes(stderr, "\x1b[32mPASSED\x1b[39m");
  assertStringIncludes(stdout, "\x1b[31m==== 2 passed");
  assert(!`${stdout}${stderr}`.includes("\x1b[?"), "something was drawn");
});
