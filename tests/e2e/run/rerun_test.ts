/** Going on with a run: the journal in `.tdrun`, `--rerun-failed`, `--force`, `--no-journal`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { lastLine, statuses, TestSpace } from "../../support/command.ts";
import { inEachWay, inEveryWay } from "../../support/in_every_way.ts";

/** `b` passes if the state says so; `a` and `other` must not run when it is tried again. */
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
const GO_ON = ["module.ts", "--rerun-failed", "--fixed:=true"];

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
  "--rerun-failed runs what failed and was skipped; results of the rest stand",
  async (way) => {
    await using space = await way.space();
    const first = await space.tdrunModule(MODULE);
    assertEquals(first.code, 1);
    const second = await space.tdrun(GO_ON);
    assertEquals(statuses(second.stderr), { b: "PASSED", c: "PASSED" });
    const note = "Note: rerunning the run of TIME; results reused: 2 of 4 tasks\n";
    assertStringIncludes(withoutTime(second.stderr), note);
    assertStringIncludes(second.stderr, " collected 4 tasks, 2 mocked (a, other)\n");
    assertStringIncludes(second.stderr, "b made 1234\n");
    assertEquals(lastLine(second.stdout), "==== 2 passed, 0 failed, 0 skipped");
    assertEquals(second.code, 0);
    const third = await space.tdrun(GO_ON);
    const nothing = "Error: Nothing to rerun: all 4 tasks passed in the run of TIME";
    assertEquals(withoutTime(errorOf(third.stderr)), nothing);
    assertEquals(third.code, 4);
  },
);

inEachWay("--rerun-failed again: what was taken over is taken over once more", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  const again = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertEquals(statuses(again.stderr), { b: "FAILED", c: "SKIPPED" });
  const done = await space.tdrun(GO_ON);
  assertEquals(statuses(done.stderr), { b: "PASSED", c: "PASSED" });
  assertEquals((await journals(space)).length, 2, "the last two are kept");
});

/** `first` has passed when `block` is running, and `block` runs for ever until the state says otherwise. */
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

inEachWay("a run that was killed is gone on with, again and again", async (way) => {
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
  const { code, stdout, stderr } = await space.tdrun(GO_ON);
  assertStringIncludes(stderr, ", which was interrupted; results reused: 1 of 3 tasks\n");
  assertStringIncludes(stderr, 'Note: "block" was running when that run was interrupted\n');
  assertEquals(statuses(stderr), { block: "PASSED", last: "PASSED" });
  assertStringIncludes(stderr, `got ${10n ** 30n}n\n`);
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("a run that has not ended is not gone on with, unless --force; one that was stopped is", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", BLOCKING);
  const first = space.start(["module.ts"]);
  await bounded(journalHas(space, 1, '{"passed":1,', '{"started":0}\n'), "block to start");
  const refused = await space.tdrun(GO_ON);
  assertMatch(
    refused.stderr,
    /^Error: Cannot rerun failed tasks: the run of .+ is still active \(process \d+\); wait for it, .*\n$/,
  );
  assertStringIncludes(refused.stderr, ` (process ${first.pid});`);
  assertEquals((await journals(space)).length, 1, "a run that is refused has none");
  const forced = await space.tdrun([...GO_ON, "--force"]);
  assertStringIncludes(
    forced.stderr,
    ", which is still active; results reused: 1 of 3 tasks\n",
  );
  assertStringIncludes(forced.stderr, 'Note: "block" was running in that run, and may still be\n');
  assertEquals([refused.code, forced.code], [2, 0]);
  first.kill("SIGKILL");
  await first.ended;
});

Deno.test("a run killed before its journal had begun leaves the one before as the last", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const [name = ""] = await journals(space);
  const text = await Deno.readTextFile(`${space.folder}/.tdrun/${name}`);
  const [head = ""] = text.replace('"taken":0', '"taken":2').split("\n");
  await space.file(`.tdrun/${name.replace(".1.", ".2.")}`, "");
  await space.file(`.tdrun/${name.replace(".1.", ".3.")}`, head.slice(0, 50));
  await space.file(`.tdrun/${name.replace(".1.", ".4.")}`, `${head}\n{"passed":0}\n{"pas`);
  const { code, stderr } = await space.tdrun(GO_ON);
  assertEquals(statuses(stderr), { b: "PASSED", c: "PASSED" });
  assertEquals(code, 0);
});

inEachWay("--rerun-failed after Ctrl-C runs what was cancelled", async (way) => {
  await using space = await way.space();
  await space.module(
    "module.ts",
    `
    export const a = mark(async (state, task) => {
      const told = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      task.log.info("a has begun");
      await told;
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
  "--rerun-failed with --no-skip-deps runs what passed after a failure, too",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(MODULE, ["--no-skip-deps"]);
    const { code, stderr } = await space.tdrun([...GO_ON, "--no-skip-deps"]);
    assertEquals(statuses(stderr), { b: "PASSED", c: "PASSED" });
    assertEquals(code, 0);
  },
);

inEachWay("a graph that has changed is refused, unless --force", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  const renamed = MODULE.replace("const other = mark(once)", "const added = mark(() => {})")
    .replace('after: ["b"]', 'after: ["a", "b"]');
  await space.module("module.ts", renamed);
  const refused = await space.tdrun(GO_ON);
  assertEquals(
    withoutTime(errorOf(refused.stderr)),
    'Error: Cannot rerun failed tasks: since the run of TIME, "other" was removed, and "c" has ' +
      "other dependencies; run all tasks, or use --force to reuse the results that still apply",
  );
  assertEquals(refused.code, 2);
  const forced = await space.tdrun([...GO_ON, "--force"]);
  const said = withoutTime(forced.stderr);
  assertStringIncludes(said, 'Note: since the run of TIME, "other" was removed\n');
  assertStringIncludes(said, 'Note: since the run of TIME, "c" has other dependencies\n');
  assertEquals(statuses(forced.stderr), { added: "PASSED", b: "PASSED", c: "PASSED" });
  assertEquals(forced.code, 0);
});

inEachWay("new tasks are no change; a module that reads otherwise is worth a note", async (way) => {
  await using space = await way.space();
  await space.tdrunModule(MODULE);
  await space.module("module.ts", `${MODULE} export const added = mark(() => {});`);
  const { code, stderr } = await space.tdrun(GO_ON);
  const note = 'Note: "module.ts" has changed since; the results of passed tasks are reused\n';
  assertStringIncludes(stderr, note);
  assertEquals(statuses(stderr), { added: "PASSED", b: "PASSED", c: "PASSED" });
  assertEquals(code, 0);
});

inEachWay(
  "a mock helps over a task that fails, and what passed on it runs when it is gone",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(MODULE);
    const mocked = await space.tdrun(["module.ts", "--rerun-failed", "--result-b=mock"]);
    assertEquals(statuses(mocked.stderr), { c: "PASSED" });
    assertStringIncludes(mocked.stderr, "b made mock\n");
    assertEquals(mocked.code, 0);
    const unmocked = await space.tdrun(GO_ON);
    assertEquals(statuses(unmocked.stderr), { b: "PASSED", c: "PASSED" });
    assertStringIncludes(unmocked.stderr, "b made 1234\n");
  },
);

inEachWay(
  "a selection goes on with the last run that had the same, and hides no other run",
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
    const all = await space.tdrun(GO_ON);
    assertEquals(statuses(all.stderr), { b: "PASSED", c: "PASSED" });
  },
);

Deno.test("a note takes one line, and moves no cursor, whatever tasks are called", async () => {
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

Deno.test("--rerun-failed with --dry-run shows what would run", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const { code, stdout, stderr } = await space.tdrun([...GO_ON, "--dry-run"]);
  assertStringIncludes(stdout, "Would run 2 tasks on ");
  assertStringIncludes(stderr, "results reused: 2 of 4 tasks\n");
  assertEquals(code, 0);
  assertEquals((await journals(space)).length, 1);
});

const refused: Readonly<Record<string, string>> = {
  "--rerun-failed --list": "Cannot use --rerun-failed with --list: nothing runs",
  "--rerun-failed --graph": "Cannot use --rerun-failed with --graph: nothing runs",
  "--force": "--force requires --rerun-failed",
  "--rerun-failed": 'Cannot rerun failed tasks: no run of "module.ts" is recorded in ' +
    '".tdrun"; run the module once without --rerun-failed in this folder',
};
for (const [options, message] of Object.entries(refused)) {
  Deno.test(`${options}: refused in one line, exit 2`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(MODULE, options.split(" "));
    assertEquals(stderr, `Error: ${message}\n`);
    assertEquals(code, 2);
  });
}

Deno.test("a journal that says what none says is refused, with its name and the line", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const [name = ""] = await journals(space);
  const text = await Deno.readTextFile(`${space.folder}/.tdrun/${name}`);
  await space.file(`.tdrun/${name}`, text.replace('{"started":', '{"startled":'));
  const { code, stderr } = await space.tdrun(GO_ON);
  const start = `Error: Cannot read the journal ".tdrun/${name}", line 2: `;
  assert(errorOf(stderr).startsWith(start), stderr);
  assertEquals(code, 2);
});

Deno.test("--no-journal writes nothing, and .tdrun is for no repository", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE, ["--no-journal"]);
  const names = await Array.fromAsync(Deno.readDir(space.folder), ({ name }) => name);
  assertEquals(names, ["module.ts"]);
  await space.tdrun(["module.ts"]);
  assertEquals(await Deno.readTextFile(`${space.folder}/.tdrun/.gitignore`), "*\n");
});

Deno.test("where no journal can be kept the run goes on, and a note says so", async () => {
  await using space = await TestSpace.create();
  await space.file(".tdrun", "a file, where the folder would be");
  const { code, stdout, stderr } = await space.tdrunModule(MODULE, ["--fixed:=false"]);
  assertEquals(stderr.match(/^Note: .*/gm)?.length, 1, stderr);
  assertStringIncludes(stderr, 'Note: Cannot keep a journal in ".tdrun": ');
  assertEquals(lastLine(stdout), "==== 2 passed, 1 failed, 1 skipped");
  assertEquals(code, 1);
});

inEachWay(
  "a result that is too large is not kept: its task runs again, and what comes after it",
  async (way) => {
    await using space = await way.space();
    await space.tdrunModule(`
    export const big = mark(() => "x".repeat(3_000_000));
    export const size = mark({ after: ["big"] }, (state) => state.results.big.length);
    export const fails = mark((state) => { if (!state.fixed) throw new Error("not yet"); });
    export const small = mark(() => 1);
  `);
    const { code, stderr } = await space.tdrun(GO_ON);
    const note = 'Note: "big" runs again: its result was too large to be stored\n';
    assertStringIncludes(stderr, note);
    assertEquals(statuses(stderr), { big: "PASSED", fails: "PASSED", size: "PASSED" });
    assertEquals(code, 0);
    const again = await space.tdrun(GO_ON);
    assertStringIncludes(
      again.stderr,
      "Error: Nothing to rerun: all 4 tasks passed in the run of ",
    );
    assertEquals(again.code, 4);
  },
);

Deno.test("where the folder of journals is a file: a run says so and goes on, a rerun is refused in one line", async () => {
  await using space = await TestSpace.create();
  await Deno.writeTextFile(`${space.folder}/.tdrun`, "");
  const first = await space.tdrunModule("export const a = mark(() => {});");
  assertStringIncludes(first.stderr, 'Note: Cannot keep a journal in ".tdrun": ');
  assertEquals(first.code, 0);
  const second = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertMatch(second.stderr, /^Error: Cannot read the journals in "\.tdrun": .*\n$/);
  assertEquals(second.code, 2);
});

inEveryWay("--rerun-failed reuses no result of a case for another value", async (way) => {
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
  const { code, stderr } = await space.tdrun([...GO_ON, "--state-out=state.json"]);
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

Deno.test("--rerun-failed compares the state given with that of the last run", async () => {
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

inEveryWay("--rerun-failed reports what tasks had written that are taken over", async (way) => {
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
  const third = await space.tdrun(GO_ON);
  assertEquals([third.code, written(third.stderr)], [0, note], third.stderr);
});
