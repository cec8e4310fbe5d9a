/** `--watch`: what a change runs again, what stands, and how the watch ends. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { statuses, TestSpace } from "../../support/command.ts";
import { bounded } from "../../support/bounded.ts";
import { idleAfter, isRunning, lastRound } from "../../support/watched_rounds.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

/** Two chains: `left` reads a file, and `right` another one. */
const CHAINS = `
  export const left = mark({ cache: { files: ["in/left.txt"] } }, () => Deno.readTextFileSync("in/left.txt"));
  export const left_user = mark({ after: { left } }, (_state, task) => task.log.info("left is " + task.results.left));
  export const right = mark({ cache: { files: ["in/right/*.txt"], outputs: ["out/**"] } }, () => {
    Deno.mkdirSync("out", { recursive: true });
    Deno.writeTextFileSync("out/copy.txt", crypto.randomUUID());
    return Array.from(Deno.readDirSync("in/right"), ({ name }) => name).sort().join();
  });
  export const right_user = mark({ after: { right }, cache: { files: ["out/copy.txt"] } }, (_state, task) => {
    task.log.info("right has " + task.results.right);
  });
`;

async function chainSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/in/right`, { recursive: true });
  await space.file("in/left.txt", "1");
  await space.file("in/right/a.txt", "1");
  await space.module("module.ts", CHAINS);
  return space;
}

Deno.test("--watch runs the tasks that a changed file affects, and their dependents", async () => {
  await using space = await chainSpace();
  const watch = space.start(["module.ts", "--watch"]);
  await idleAfter(watch, "left is 1");
  assertEquals(Object.keys(statuses(watch.stderr)).length, 4);

  await space.file("in/left.txt", "2");
  await idleAfter(watch, "left is 2");
  assertStringIncludes(lastRound(watch.stderr), "in/left.txt changed: 2 of 4 tasks");
  assertEquals(statuses(lastRound(watch.stderr)), { left: "PASSED", left_user: "PASSED" });

  await space.file("in/right/b.txt", "new");
  await idleAfter(watch, "right has a.txt,b.txt");
  assertStringIncludes(lastRound(watch.stderr), "in/right/b.txt changed: 2 of 4 tasks");
  await Deno.remove(`${space.folder}/in/right/a.txt`);
  await idleAfter(watch, "right has b.txt");
  assertStringIncludes(lastRound(watch.stderr), "in/right/a.txt changed: 2 of 4 tasks");

  // The outputs of a task, and a file that was written with the same content, are no changes.
  await space.file("in/right/b.txt", "new");
  await space.file("in/left.txt", "3");
  await idleAfter(watch, "left is 3");
  assertStringIncludes(lastRound(watch.stderr), "in/left.txt changed: 2 of 4 tasks");
  watch.kill("SIGTERM");
  assertEquals((await watch.ended).code, 143);
});

Deno.test("--watch runs all tasks in new threads when an imported module changes", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/lib`);
  await space.file("lib/one.ts", `export * from "./two.ts";`);
  await space.file("lib/two.ts", `export const two = "first";`);
  await space.module(
    "module.ts",
    `import { two } from "./lib/one.ts";
     export const a = mark((_state, task) => task.log.info("two is " + two));
     export const b = mark(() => 1);`,
  );
  const watch = space.start(["module.ts", "--watch"]);
  await idleAfter(watch, "two is first");
  await space.file("lib/two.ts", `export const two = "second";`);
  await idleAfter(watch, "two is second");
  assertStringIncludes(lastRound(watch.stderr), "lib/two.ts changed: 2 of 2 tasks");
  watch.kill("SIGINT");
  assertEquals((await watch.ended).code, 130);
});

Deno.test("--watch shows an error of the module and goes on", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", `export const a = mark(() => {`);
  const watch = space.start(["module.ts", "--watch"]);
  await idleAfter(watch, "SyntaxError");
  await space.module("module.ts", `import "./late.ts"; export const a = mark(() => 1);`);
  await idleAfter(watch, "late.ts");
  await space.file("late.ts", "");
  await idleAfter(watch, "module.ts changed: 1 of 1 task");
  assertEquals(statuses(lastRound(watch.stderr)), { a: "PASSED" });
  watch.kill("SIGTERM");
  await watch.ended;
});

Deno.test("--watch cancels a round when a file changes, and tears it down", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "slow");
  await space.module(
    "module.ts",
    `export function teardownState() { logger.info("teardown after " + Deno.readTextFileSync("in.txt")); }
     export const first = mark((_state, task) => task.log.info("first runs"));
     export const work = mark({ after: { first }, cache: { files: ["in.txt"] } }, async (_state, task) => {
       const text = Deno.readTextFileSync("in.txt");
       task.log.info("work reads " + text);
       if (text !== "slow") return;
       try {
         await new Promise((_resolve, reject) => task.signal.onabort = () => reject(task.signal.reason));
       } finally {
         task.log.info("work is cleaned up");
       }
     });`,
  );
  const watch = space.start(["module.ts", "--watch"]);
  await watch.waitFor("work reads slow");
  await space.file("in.txt", "fast");
  await idleAfter(watch, "work reads fast");
  const { stderr } = watch;
  assertMatch(
    stderr,
    /work is cleaned up[^]*teardown after fast[^]*in\.txt changed: 1 of 2 tasks[^]*work reads fast/,
  );
  assertEquals(stderr.match(/first runs/g)?.length, 1, "the result of first stands");
  watch.kill("SIGTERM");
  await watch.ended;
});

Deno.test("--watch runs tasks again that wrote the state", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "1");
  await space.file("state.json", `{ "name": "A" }`);
  await space.module(
    "module.ts",
    `export const writer = mark((state) => void (state.greeting = "hello " + state.name));
     export const other = mark(() => 1);
     export const reader = mark({ after: [writer, other], cache: { files: ["in.txt"] } }, (state, task) =>
       task.log.info(state.greeting + " " + Deno.readTextFileSync("in.txt")));`,
  );
  const watch = space.start(["module.ts", "--watch", "--state-file=state.json"]);
  await idleAfter(watch, "hello A 1");
  await space.file("in.txt", "2");
  await idleAfter(watch, "hello A 2");
  assertStringIncludes(lastRound(watch.stderr), "in.txt changed: 2 of 3 tasks");
  await space.file("state.json", `{ "name": "B" }`);
  await idleAfter(watch, "hello B 2");
  assertStringIncludes(lastRound(watch.stderr), "state.json changed: 3 of 3 tasks");
  watch.kill("SIGTERM");
  await watch.ended;
});

Deno.test("--watch can be a setting", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "1");
  await space.file("tdrun.json", `{ "module": "module.ts", "watch": true }`);
  await space.module(
    "module.ts",
    `export const a = mark({ cache: { files: ["in.txt"] } }, (_state, task) =>
       task.log.info("a reads " + Deno.readTextFileSync("in.txt")));`,
  );
  const watch = space.start([]);
  await idleAfter(watch, "a reads 1");
  await space.file("in.txt", "2");
  await idleAfter(watch, "a reads 2");
  watch.kill("SIGTERM");
  assertEquals((await watch.ended).code, 143);
});

Deno.test("--watch ends its processes when it is killed", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async (_state, task) => {
       task.log.info("pid " + Deno.pid);
       await new Promise(() => setInterval(() => {}, 1000));
     });`,
  );
  const watch = space.start(["module.ts", "--watch"]);
  await watch.waitFor("pid ");
  const pid = Number(/pid (\d+)/.exec(watch.stderr)![1]);
  watch.kill("SIGKILL");
  await bounded(watch.ended, "the streams that the round inherits to close");
  assert(!isRunning(pid), "the round is still running");
});

for (const display of [[], ["--viewer"]]) {
  Deno.test({
    name: `--watch runs all or failed tasks at a key, and ends at q; ${display}`,
    ignore: !hasScript,
    async fn() {
      await using space = await TestSpace.create();
      await space.module(
        "module.ts",
        `export const good = mark(() => 1);
         export const bad = mark(() => { throw new Error("no file: " + Deno.readTextFileSync("in.txt")); });`,
      );
      await space.file("in.txt", "1");
      const { folder } = space;
      await using terminal = new PseudoTerminal(["module.ts", "--watch", ...display], { folder });
      await terminal.showed("f: run failed");
      await terminal.type("f");
      await terminal.showed("failed: 1 of 2 tasks");
      await terminal.showed("==== 0 passed, 1 failed");
      await terminal.showedTimes("q: quit", 2);
      await terminal.type("\r");
      await terminal.showedTimes("==== 1 passed, 1 failed", 2);
      await terminal.showedTimes("q: quit", 3);
      await terminal.type("q");
      const { code } = await terminal.ended;
      assertEquals(code, 1);
    },
  });
}

Deno.test("--watch reports tasks that have all passed when failed ones are to run", {
  ignore: !hasScript,
}, async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", `export const a = mark(() => 1);`);
  await using terminal = new PseudoTerminal(["module.ts", "--watch"], { folder: space.folder });
  await terminal.showed("q: quit");
  await terminal.type("f");
  await terminal.showed("Nothing to rerun: all tasks have passed");
  await terminal.showedTimes("q: quit", 2);
  await terminal.type("\x03");
  assertEquals((await terminal.ended).code, 130);
});
