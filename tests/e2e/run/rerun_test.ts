/** Reruns: the journal in `.tdrun`, `--rerun-failed`, `--force`, `--no-journal`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { lastLine, statuses, TestSpace } from "../../support/command.ts";
import { inEachWay, inEveryWay } from "../../support/in_every_way.ts";

/** `b` passes when `state.fixed` is set; `a` and `other` must not run in the rerun. */
const MODULE = `
  const once = (state) => { if (state.fixed) throw new Error("must not run"); };
  export const a = mark((state) => { once(state); return new Map([["at", new Date(1234)]]); });
  export const b = mark({ after: ["a"] }, (state) => {
    if (!state.fixed) throw new Error("not yet");
    return state.results.a.get("at").getTime();
  });
  export const c = mark({ after: ["b"] }, (state) => logger.info("b made", state.results.b));
  export const other = mark(once);
`;
const RERUN = ["module.ts", "--rerun-failed", "--fixed:=true"];

async function journals(space: TestSpace): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${space.folder}/.tdrun`), ({ name }) => name);
  return names.filter((name) => name.endsWith(".ndjson")).sort();
}

function errorOf(stderr: string): string {
  return stderr.split("\n").filter((line) => line.startsWith("Error: ")).join("\n");
}

/** The time of a run is another in each test. */
function withoutTime(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "TIME");
}

inEachWay(
  "--rerun-failed runs failed and skipped tasks and reuses the results of the rest",
  async (way) => {
    await using space = await way.space();
    const first = await space.tdrunModule(MODULE);
    assertEquals(first.code, 1);
    const second = await space.tdrun(RERUN);
    assertEquals(statuses(second.stderr), { b: "PASSED", c: "PASSED" });
    const note = "Note: rerunning the run of TIME; results reused: 2 of 4 tasks\n";
    assertStringIncludes(withoutTime(second.stderr), note);
    assertStringIncludes(second.stderr, " collected 4 tasks, 2 mocked (a, other)\n");
    assertStringIncludes(second.stderr, "b made 1234\n");
    assertEquals(lastLine(second.stdout), "==== 2 passed, 0 failed, 0 skipped");
    assertEquals(second.code, 0);
    const third = await space.tdrun(RERUN);
    const nothing = "Error: Nothing to rerun: all 4 tasks passed in the run of TIME";
    assertEquals(withoutTime(errorOf(third.stderr)), nothing);
    assertEquals(third.code, 4);
  },
);

inEachWay("--rerun-failed reuses results again when it follows a rerun", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  const again = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertEquals(statuses(again.stderr), { b: "FAILED", c: "SKIPPED" });
  const done = await space.tdrun(RERUN);
  assertEquals(statuses(done.stderr), { b: "PASSED", c: "PASSED" });
  assertEquals((await journals(space)).length, 2, "the last two are kept");
});

/** `first` has passed when `block` is running, which never ends unless `state.fixed` is set. */
const BLOCKING = `
  export const first = mark((state) => {
    if (state.fixed) throw new Error("must not run");
    return { big: 10n ** 30n };
  });
  export const block = mark({ after: ["first"] }, async (state) => {
    if (!state.fixed) await new Promise(() => setInterval(() => {}, 1000));
    return state.results.first.big;
  });
  export const last = mark({ after: ["block"] }, (state) => logger.info("got", state.results.block));
`;

/** Resolves when the journal with this number has these texts. */
async function journalHas(space: TestSpace, number: number, ...texts: string[]): Promise<void> {
  await Deno.mkdir(`${space.folder}/.tdrun`, { recursive: true });
  using watcher = Deno.watchFs(`${space.folder}/.tdrun`);
  const has = async () => {
    const name = (await journals(space)).find((name) => name.endsWith(`.${number}.ndjson`));
    if (name === undefined) return false;
    const journal = await Deno.readTextFile(`${space.folder}/.tdrun/${name}`);
    return texts.every((text) => journal.includes(text));
  };
  if (await has()) return;
  for await (const _ of watcher) if (await has()) return;
}

inEachWay("--rerun-failed reuses results when several runs were killed", async (way) => {
  await using space = await way.space();
  await space.module("module.ts", BLOCKING);
  // The tasks are block, first, last.
  const runs = [["module.ts"], ["module.ts", "--rerun-failed"]];
  if (way.isEngine) runs.pop(); // its worker stays with each of them until its driver is long gone
  for (const [i, args] of runs.entries()) {
    const run = space.start(args);
    const has = journalHas(space, i + 1, '{"passed":1,', '{"started":0}\n');
    await bounded(has, "first to pass, and block to start");
    run.kill("SIGKILL");
    assertEquals((await run.ended).code, 137);
  }
  const { code, stdout, stderr } = await space.tdrun(RERUN);
  assertStringIncludes(stderr, ", which was interrupted; results reused: 1 of 3 tasks\n");
  assertStringIncludes(stderr, 'Note: "block" was running when that run was interrupted\n');
  assertEquals(statuses(stderr), { block: "PASSED", last: "PASSED" });
  assertStringIncludes(stderr, `got ${10n ** 30n}n\n`);
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("--rerun-failed is rejected, without --force, when the run is still active", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", BLOCKING);
  const first = space.start(["module.ts"]);
  await bounded(journalHas(space, 1, '{"passed":1,', '{"started":0}\n'), "block to start");
  const refused = await space.tdrun(RERUN);
  assertMatch(
    refused.stderr,
    /^Error: Cannot rerun failed tasks: the run of .+ is still active \(process \d+\); wait for it, .*\n$/,
  );
  assertStringIncludes(refused.stderr, ` (process ${first.pid});`);
  assertEquals((await journals(space)).length, 1, "a rejected run has no journal");
  const forced = await space.tdrun([...RERUN, "--force"]);
  assertStringIncludes(
    forced.stderr,
    ", which is still active; results reused: 1 of 3 tasks\n",
  );
  assertStringIncludes(forced.stderr, 'Note: "block" was running in that run, and may still be\n');
  assertEquals([refused.code, forced.code], [2, 0]);
  first.kill("SIGKILL");
  await first.ended;
});

Deno.test("--rerun-failed ignores a journal when its run was killed at the start", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const [name = ""] = await journals(space);
  const text = await Deno.readTextFile(`${space.folder}/.tdrun/${name}`);
  const [head = ""] = text.replace('"taken":0', '"taken":2').split("\n");
  await space.file(`.tdrun/${name.replace(".1.", ".2.")}`, "");
  await space.file(`.tdrun/${name.replace(".1.", ".3.")}`, head.slice(0, 50));
  await space.file(`.tdrun/${name.replace(".1.", ".4.")}`, `${head}\n{"passed":0}\n{"pas`);
  const { code, stderr } = await space.tdrun(RERUN);
  assertEquals(statuses(stderr), { b: "PASSED", c: "PASSED" });
  assertEquals(code, 0);
});

inEachWay("--rerun-failed runs the cancelled tasks after Ctrl-C", async (way) => {
  await using space = await way.space();
  await space.module(
    "module.ts",
    `
    export const a = mark(async (state, task) => {
      const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      task.log.info("a has begun");
      await aborted;
    });
    export const b = mark({ after: ["a"] }, () => {});
    `,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  assertEquals((await run.ended).code, 130);
  const { code, stderr } = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertEquals(statuses(stderr), { b: "PASSED" });
  assertEquals(code, 0);
});

inEachWay(
  "--rerun-failed --no-skip-deps also runs tasks that passed after a failure",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(MODULE, ["--no-skip-deps"]);
    const { code, stderr } = await space.tdrun([...RERUN, "--no-skip-deps"]);
    assertEquals(statuses(stderr), { b: "PASSED", c: "PASSED" });
    assertEquals(code, 0);
  },
);

inEachWay("--rerun-failed is rejected when the graph has changed, unless --force", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  const renamed = MODULE.replace("const other = mark(once)", "const added = mark(() => {})")
    .replace('after: ["b"]', 'after: ["a", "b"]');
  await space.module("module.ts", renamed);
  const refused = await space.tdrun(RERUN);
  assertEquals(
    withoutTime(errorOf(refused.stderr)),
    'Error: Cannot rerun failed tasks: since the run of TIME, "other" was removed, and "c" has ' +
      "other dependencies; run all tasks, or use --force to reuse the results that still apply",
  );
  assertEquals(refused.code, 2);
  const forced = await space.tdrun([...RERUN, "--force"]);
  const notes = withoutTime(forced.stderr);
  assertStringIncludes(notes, 'Note: since the run of TIME, "other" was removed\n');
  assertStringIncludes(notes, 'Note: since the run of TIME, "c" has other dependencies\n');
  assertEquals(statuses(forced.stderr), { added: "PASSED", b: "PASSED", c: "PASSED" });
  assertEquals(forced.code, 0);
});

inEachWay("--rerun-failed runs new tasks, with a note when the module has changed", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  await space.module("module.ts", `${MODULE} export const added = mark(() => {});`);
  const { code, stderr } = await space.tdrun(RERUN);
  const note = 'Note: "module.ts" has changed since; the results of passed tasks are reused\n';
  assertStringIncludes(stderr, note);
  assertEquals(statuses(stderr), { added: "PASSED", b: "PASSED", c: "PASSED" });
  assertEquals(code, 0);
});

inEachWay(
  "--rerun-failed runs dependents of a mocked task again when the mock is removed",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(MODULE);
    const mocked = await space.tdrun(["module.ts", "--rerun-failed", "--result-b=mock"]);
    assertEquals(statuses(mocked.stderr), { c: "PASSED" });
    assertStringIncludes(mocked.stderr, "b made mock\n");
    assertEquals(mocked.code, 0);
    const unmocked = await space.tdrun(RERUN);
    assertEquals(statuses(unmocked.stderr), { b: "PASSED", c: "PASSED" });
    assertStringIncludes(unmocked.stderr, "b made 1234\n");
  },
);

inEachWay(
  "--rerun-failed uses the last run that had the same selection",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(MODULE);
    const unknown = await space.tdrun(["module.ts::b", "--rerun-failed"]);
    assertEquals(
      errorOf(unknown.stderr),
      'Error: Cannot rerun failed tasks: no run of "module.ts" with this ' +
        'selection is recorded in ".tdrun"; each selection is rerun from its own last run',
    );
    assertEquals(unknown.code, 2);
    assertEquals((await space.tdrun(["module.ts::other::b"])).code, 1);
    const some = await space.tdrun(["module.ts::b::other", "--rerun-failed"]);
    assertEquals(statuses(some.stderr), { b: "FAILED" });
    const all = await space.tdrun(RERUN);
    assertEquals(statuses(all.stderr), { b: "PASSED", c: "PASSED" });
  },
);

Deno.test("Notes escape control characters in the names of tasks", async () => {
  await using space = await TestSpace.create();
  const [name, shown] = ["gone\\x1b[2J\\nforged", "gone\\u001b[2J\\nforged"];
  await space.tdrunModule(`export const a = mark(() => { throw new Error("no"); });
    const b = mark(() => { throw new Error("no"); });
    export { b as "${name}" };`);
  await space.module(
    "module.ts",
    `export const a = mark(() => 1);
     const c = mark({ when: "failed", after: ["a"] }, () => 1);
     export const d = mark(() => 1);
     export { c as "${name}c" };`,
  );
  const { stderr } = await space.tdrun(["module.ts", "--rerun-failed", "--force"]);
  assertMatch(
    withoutTime(stderr),
    /^Note: since the run of TIME, "gone\\u001b\[2J\\nforged" was removed$/m,
  );
  const mocked = await space.tdrun(["module.ts", "--result-a=1"]);
  assertStringIncludes(mocked.stderr, `Note: ${shown}c does not run: its dependencies are mocked`);
});

Deno.test("--rerun-failed --dry-run prints the number of tasks and writes no journal", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const { code, stdout, stderr } = await space.tdrun([...RERUN, "--dry-run"]);
  assertStringIncludes(stdout, "Would run 2 tasks on ");
  assertStringIncludes(stderr, "results reused: 2 of 4 tasks\n");
  assertEquals(code, 0);
  assertEquals((await journals(space)).length, 1);
});

const refused: Readonly<Record<string, string>> = {
  "--rerun-failed --list": "Cannot use --rerun-failed with --list: nothing runs",
  "--rerun-failed --graph": "Cannot use --rerun-failed with --graph: nothing runs",
  "--force": "--force requires --rerun-failed or --results=last",
  "--rerun-failed": 'Cannot rerun failed tasks: no run of "module.ts" is recorded in ' +
    '".tdrun"; run the module once without --rerun-failed in this folder',
};
for (const [options, message] of Object.entries(refused)) {
  Deno.test(`tdrun rejects ${options} in one line with exit code 2`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(MODULE, options.split(" "));
    assertEquals(stderr, `Error: ${message}\n`);
    assertEquals(code, 2);
  });
}

Deno.test("--rerun-failed names the journal and the line when a record is unknown", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const [name = ""] = await journals(space);
  const text = await Deno.readTextFile(`${space.folder}/.tdrun/${name}`);
  await space.file(`.tdrun/${name}`, text.replace('{"started":', '{"startled":'));
  const { code, stderr } = await space.tdrun(RERUN);
  const start = `Error: Cannot read the journal ".tdrun/${name}", line 2: `;
  assert(errorOf(stderr).startsWith(start), stderr);
  assertEquals(code, 2);
});

Deno.test("--no-journal writes no files, and .tdrun ignores itself in Git", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE, ["--no-journal"]);
  const names = await Array.fromAsync(Deno.readDir(space.folder), ({ name }) => name);
  assertEquals(names, ["module.ts"]);
  await space.tdrun(["module.ts"]);
  assertEquals(await Deno.readTextFile(`${space.folder}/.tdrun/.gitignore`), "*\n");
});

Deno.test("tdrun runs the tasks and prints a note when it cannot write a journal", async () => {
  await using space = await TestSpace.create();
  await space.file(".tdrun", "a file, where the folder would be");
  const { code, stdout, stderr } = await space.tdrunModule(MODULE, ["--fixed:=false"]);
  assertEquals(stderr.match(/^Note: .*/gm)?.length, 1, stderr);
  assertStringIncludes(stderr, 'Note: Cannot keep a journal in ".tdrun": ');
  assertEquals(lastLine(stdout), "==== 2 passed, 1 failed, 1 skipped");
  assertEquals(code, 1);
});

inEachWay(
  "--rerun-failed runs a task and its dependents again when its result was too large",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(`
    export const big = mark(() => "x".repeat(3_000_000));
    export const size = mark({ after: ["big"] }, (state) => state.results.big.length);
    export const fails = mark((state) => { if (!state.fixed) throw new Error("not yet"); });
    export const small = mark(() => 1);
  `);
    const { code, stderr } = await space.tdrun(RERUN);
    const note = 'Note: "big" runs again: its result was too large to be stored\n';
    assertStringIncludes(stderr, note);
    assertEquals(statuses(stderr), { big: "PASSED", fails: "PASSED", size: "PASSED" });
    assertEquals(code, 0);
    const again = await space.tdrun(RERUN);
    assertStringIncludes(
      again.stderr,
      "Error: Nothing to rerun: all 4 tasks passed in the run of ",
    );
    assertEquals(again.code, 4);
  },
);

Deno.test("--rerun-failed exits with 2 and a run prints a note when .tdrun is a file", async () => {
  await using space = await TestSpace.create();
  await Deno.writeTextFile(`${space.folder}/.tdrun`, "");
  const first = await space.tdrunModule("export const a = mark(() => {});");
  assertStringIncludes(first.stderr, 'Note: Cannot keep a journal in ".tdrun": ');
  assertEquals(first.code, 0);
  const second = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertMatch(second.stderr, /^Error: Cannot read the journals in "\.tdrun": .*\n$/);
  assertEquals(second.code, 2);
});

inEveryWay("--rerun-failed runs a case again when its value has changed", async (way) => {
  await using space = await way.space();
  await Deno.mkdir(`${space.folder}/data`);
  for (const name of ["a", "b", "c"]) await space.file(`data/${name}`, name);
  const module = `
    const data = new URL("data/", import.meta.url);
    const files = [...Deno.readDirSync(data)].map(({ name }) => name).sort();
    const list = files.map((name) => ({ name }));
    export const byIndex = mark({ each: list }, ({ fixed }, { name }) => {
      if (name === "c" && !fixed) throw new Error("no");
      return name;
    });
    export const byName = mark({ each: files }, ({ fixed }, name) => {
      if (fixed && name !== "0") throw new Error("must not run");
      return name;
    });
    export const opaque = mark({ each: { fn: () => 1 } }, () => 1);
  `;
  assertEquals((await space.tdrunModule(module)).code, 1);
  await space.file("data/0", "0");
  const { code, stderr } = await space.tdrun([...RERUN, "--state-out=state.json"]);
  assertEquals(code, 0, stderr);
  const { results } = JSON.parse(await Deno.readTextFile(`${space.folder}/state.json`));
  assertEquals(results, {
    ...{ "byIndex.0": "0", "byIndex.1": "a", "byIndex.2": "b", "byIndex.3": "c" },
    ...{ "byName.0": "0", "byName.a": "a", "byName.b": "b", "byName.c": "c", "opaque.fn": 1 },
  });
  assertStringIncludes(
    stderr,
    'Note: "byIndex.0", "byIndex.1", "byIndex.2", "opaque.fn" run again: the value of the case has ' +
      "changed, or cannot be compared\n",
  );
});

Deno.test("--rerun-failed compares the given state with that of the last run", async () => {
  await using space = await TestSpace.create();
  await space.file("a.json", '{"a":1}');
  const note = (stderr: string) => /^Note: the (given state .*)$/m.exec(stderr)?.[1];
  const run = async (...args: string[]) => {
    const { stderr } = await space.tdrun(["module.ts", "--rerun-failed", ...args]);
    return note(stderr);
  };
  const failing = 'export const a = mark(() => { throw new Error("no"); });';
  const first = await space.tdrunModule(failing, ["--env=dev", "--n:=[1]", "--state-file=a.json"]);
  assertEquals([first.code, note(first.stderr)], [1, undefined]);
  assertEquals(
    await run("--env=dev", "--n:=[1]", "--state-file=a.json"),
    'given state is that of the last run: --env="dev", --n=[1], --state-file=a.json',
  );
  await space.file("a.json", '{"a":2}');
  assertEquals(
    await run("--env=prod", "--other=x", "--state-file=a.json"),
    'given state differs from that of the last run: --env was "dev" and is "prod", --n was [1] and ' +
      'is not given, --other was not given and is "x", the state file "a.json" has changed',
  );
  assertEquals(
    await run("--env=prod", "--other=x"),
    'given state differs from that of the last run: --state-file was "a.json" and is not given',
  );
  assertEquals(
    await run(),
    'given state differs from that of the last run: --env was "prod" and is not given, --other was ' +
      '"x" and is not given',
  );
  assertEquals(await run(), undefined);
});

inEveryWay("--rerun-failed reports state written by tasks whose results it reuses", async (way) => {
  await using space = await way.space();
  const module = `
    export const read = mark(({ list = [] }) => list.length);
    export const parse = mark({ retries: 1 }, (state, task) => {
      if (task.attempt === 1) {
        state.attempts = 1;
        throw new Error("again");
      }
      state.rejected = [{ why: "empty" }];
      state.rejected[0].why = "late";
      state.update("total", (n = 0) => n + 1);
    });
    export const own = mark((state) => {
      if (!state.fixed) throw new Error("no");
      state.mine = 1;
    });
    export const gate = mark({ after: [parse, own] }, (state) => {
      if (!state.fixed) throw new Error("no");
    });
  `;
  const written = (stderr: string) => /^Note: (state\..* written by .*)$/m.exec(stderr)?.[1];
  const note = "state.attempts, state.rejected, state.total were written by tasks whose " +
    "results are reused; these writes are not repeated";
  assertEquals((await space.tdrunModule(module)).code, 1);
  const second = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertEquals([second.code, written(second.stderr)], [1, note], second.stderr);
  const third = await space.tdrun(RERUN);
  assertEquals([third.code, written(third.stderr)], [0, note], third.stderr);
});
