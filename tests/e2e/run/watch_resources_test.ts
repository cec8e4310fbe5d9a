/** `--watch`: resources that stay up across rounds, and when they are disposed of. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { LIBRARY, type RunningCommand, statuses, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";
import { idleAfter, isRunning, lastRound } from "../../support/watched_rounds.ts";

/** A resource that logs its set-ups and tear-downs in a file, and a resource that uses it. */
const RESOURCES = `
  import { resource } from "${LIBRARY}";
  const log = (line) => Deno.writeTextFileSync("log.txt", line + "\\n", { append: true });
  export const db = resource((_state, task) => {
    log("db up");
    log("pid " + Deno.pid);
    return { value: { url: "db:1" }, [Symbol.dispose]: () => log("db down") };
  });
`;
const MODULE = `
  import { db } from "./db.ts";
  export { db };
  export const reads = mark({ use: { db } }, (_state, task) =>
    task.log.info("reads " + task.use.db.url + " v1"));
`;

class WatchSpace implements AsyncDisposable {
  readonly #watches: RunningCommand[] = [];

  private constructor(readonly space: TestSpace) {}

  static async create(module = MODULE, resources = RESOURCES): Promise<WatchSpace> {
    const space = await TestSpace.create();
    await space.file("db.ts", resources);
    await space.module("module.ts", module);
    return new WatchSpace(space);
  }

  start(args: readonly string[] = []): RunningCommand {
    const watch = this.space.start(["module.ts", "--watch", ...args]);
    this.#watches.push(watch);
    return watch;
  }

  /** Replaces a text in a file. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const text = await Deno.readTextFile(`${this.space.folder}/${file}`);
    assertStringIncludes(text, from);
    await this.space.file(file, text.replaceAll(from, to));
  }

  /** The lines of the log, without the ids of processes. */
  get log(): string[] {
    return this.#lines.filter((line) => !line.startsWith("pid "));
  }

  /** The ids of the processes that have set a resource up. */
  get pids(): number[] {
    return this.#lines.flatMap((it) => it.startsWith("pid ") ? Number(it.slice(4)) : []);
  }

  get #lines(): string[] {
    try {
      return Deno.readTextFileSync(`${this.space.folder}/log.txt`).trim().split("\n");
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) await watch.killUntilEnded("SIGTERM").catch(() => {});
    await this.space[Symbol.asyncDispose]();
  }
}

Deno.test("--watch keeps a resource whose inputs are the same", async () => {
  await using it = await WatchSpace.create();
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  assertMatch(lastRound(watch.stderr), /db \(teardown\) \.+ KEPT/);
  await it.edit("module.ts", "v1", "v2");
  await idleAfter(watch, "reads db:1 v2");
  assertEquals(it.log, ["db up"]);
  assertStringIncludes(lastRound(watch.stderr), "collected 1 task\n");

  // A round that fails, and a module with an error, keep it, too.
  await it.edit("module.ts", `" v2")`, `" v3") || fail()`);
  await idleAfter(watch, "fail is not defined");
  await it.edit("module.ts", "fail()", "((");
  await idleAfter(watch, "SyntaxError");
  await it.edit("module.ts", "((", "1");
  await it.edit("module.ts", "v3", "v4");
  await idleAfter(watch, "reads db:1 v4");
  assertEquals(it.log, ["db up"]);

  watch.kill("SIGTERM");
  const { code, stderr } = await watch.ended;
  assertEquals(code, 143, stderr);
  assertEquals(it.log, ["db up", "db down"]);
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch restarts a resource whose module has changed", async () => {
  await using it = await WatchSpace.create();
  const watch = it.start();
  await idleAfter(watch, "reads db:1");
  await it.edit("db.ts", "db:1", "db:2");
  await idleAfter(watch, "reads db:2");
  assertEquals(it.log, ["db up", "db down", "db up"]);
  assertEquals(isRunning(it.pids[0]!), false, "the process that held the old one is running");
  // The module that defines it may change its export alone.
  await it.edit("module.ts", "export { db };", "");
  await it.edit("module.ts", "{ use: { db } }, ", "");
  await it.edit("module.ts", "task.use.db.url", `"none"`);
  await idleAfter(watch, "reads none");
  assertEquals(it.log, ["db up", "db down", "db up", "db down"]);
});

Deno.test("--watch restarts a resource with its dependencies and those that use it", async () => {
  await using it = await WatchSpace.create(
    `import { db } from "./db.ts";
     import { api } from "./api.ts";
     export { api, db };
     export const build = mark({ cache: { files: ["in.txt"] } }, () => Deno.readTextFileSync("in.txt"));
     export const site = resource({ after: { build } }, (_state, task) => {
       Deno.writeTextFileSync("log.txt", "site up " + task.results.build + "\\n", { append: true });
       return { [Symbol.dispose]: () => Deno.writeTextFileSync("log.txt", "site down\\n", { append: true }) };
     });
     export const reads = mark({ use: { api, site } }, (_state, task) =>
       task.log.info("reads " + task.use.api));`
      .replace("export const build", `import { resource } from "${LIBRARY}"; export const build`),
  );
  await it.space.file("in.txt", "one");
  await it.space.file(
    "api.ts",
    `import { resource } from "${LIBRARY}";
     import { db } from "./db.ts";
     export const api = resource({ use: { db } }, (_state, task) => {
       Deno.writeTextFileSync("log.txt", "api up\\n", { append: true });
       return {
         value: task.use.db.url + "/api",
         [Symbol.dispose]: () => Deno.writeTextFileSync("log.txt", "api down\\n", { append: true }),
       };
     });`,
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1/api");
  const up = it.log;
  assertEquals(up.toSorted(), ["api up", "db up", "site up one"]);
  assert(up.indexOf("db up") < up.indexOf("api up"));

  await it.space.file("in.txt", "two");
  await idleAfter(watch, "in.txt changed: 2 of 2 tasks");
  assertEquals(it.log.slice(3), ["site down", "site up two"]);

  await it.edit("api.ts", "/api", "/v2");
  await idleAfter(watch, "reads db:1/v2");
  const rest = it.log.slice(5);
  assert(!rest.includes("db down") && rest.includes("api down"), rest.join());
  watch.kill("SIGINT");
  assertEquals((await watch.ended).code, 130);
  const end = it.log;
  assert(end.lastIndexOf("api down") < end.indexOf("db down"), end.join());
  for (const name of ["api", "db", "site"]) {
    const count = (what: string) => end.filter((line) => line.startsWith(`${name} ${what}`)).length;
    assertEquals(count("up"), count("down"), end.join());
  }
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch does not keep a resource that reads or writes the state", async () => {
  await using it = await WatchSpace.create(
    MODULE,
    RESOURCES.replace("(_state, task) => {", "(state, task) => { void state.key;"),
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  assertMatch(lastRound(watch.stderr), /db \(teardown\) \.+ TORN DOWN/);
  assertEquals(it.log, ["db up", "db down"]);
});

Deno.test("--watch sets a resource up again that is lost between rounds", async () => {
  await using it = await WatchSpace.create(
    MODULE,
    RESOURCES.replace("return {", "return { lost: lost(),") + `
      async function lost() {
        for (;;) {
          try {
            Deno.removeSync("stop.txt");
            return;
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        }
      }`,
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  await it.space.file("stop.txt", "");
  await watch.waitFor("db: db was lost: it ended");
  await watch.waitFor(`Tearing down "db"`);
  await it.edit("module.ts", "v1", "v2");
  await idleAfter(watch, "reads db:1 v2");
  assertEquals(it.log, ["db up", "db down", "db up"]);
});

Deno.test("--watch keeps a resource when a change cancels a round", async () => {
  await using it = await WatchSpace.create(
    `import { db } from "./db.ts";
     export { db };
     export const work = mark({ use: { db } }, async (_state, task) => {
       task.log.info("works with v1");
       if ("v1" === "v" + "2") return;
       await new Promise((_resolve, reject) => task.signal.onabort = () => reject(task.signal.reason));
     });`,
  );
  const watch = it.start();
  await watch.waitFor("works with v1");
  await it.edit("module.ts", "v1", "v2");
  await idleAfter(watch, "works with v2");
  assertEquals(it.log, ["db up"]);
});

Deno.test("--watch fails when a resource cannot be torn down at its end", {
  ignore: !hasScript,
}, async () => {
  await using it = await WatchSpace.create(
    MODULE,
    RESOURCES.replace(`log("db down")`, `{ throw new Error("stuck") }`),
  );
  await using terminal = new PseudoTerminal(["module.ts", "--watch"], it.space);
  await terminal.showed("q: quit");
  await terminal.type("q");
  const { code, text } = await terminal.ended;
  assertEquals(code, 1, text);
  assertStringIncludes(text, `Cannot tear down "db": Error: stuck`);
});

Deno.test("--watch disposes of a resource before one that cannot be kept", async () => {
  await using it = await WatchSpace.create(
    MODULE.replace(
      "export { db };",
      `export { db }; export * from "./api.ts"; import { api } from "./api.ts";`,
    )
      .replace("{ use: { db } }", "{ use: { db, api } }"),
    RESOURCES.replace("(_state, task) => {", "(state, task) => { state.key = 1;"),
  );
  await it.space.file(
    "api.ts",
    `import { resource } from "${LIBRARY}";
     import { db } from "./db.ts";
     const log = (line) => Deno.writeTextFileSync("log.txt", line + "\\n", { append: true });
     export const api = resource({ use: { db } }, () => {
       log("api up");
       return { [Symbol.dispose]: () => log("api down") };
     });`,
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  assertEquals(it.log, ["db up", "api up", "api down", "db down"]);
});

Deno.test("--watch disposes of its resources when it is killed", async () => {
  await using it = await WatchSpace.create();
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  watch.kill("SIGKILL");
  await bounded(watch.ended, "the streams that the holding process inherits to close");
  assertEquals(it.log, ["db up", "db down"]);
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch disposes of its resources when it is killed during a round", async () => {
  await using it = await WatchSpace.create();
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  await it.edit("module.ts", `" v1")`, `" v2") ?? new Promise(() => setInterval(() => {}, 1000))`);
  await watch.waitFor("reads db:1 v2");
  watch.kill("SIGKILL");
  await bounded(watch.ended, "the streams that the processes inherit to close");
  assertEquals(it.log, ["db up", "db down"]);
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch sets a resource up again whose process was killed", async () => {
  await using it = await WatchSpace.create();
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  Deno.kill(it.pids[0]!, "SIGKILL");
  await it.edit("module.ts", "v1", "v2");
  await idleAfter(watch, "reads db:1 v2");
  await it.edit("module.ts", "v2", "v3");
  await idleAfter(watch, "reads db:1 v3");
  assertEquals(it.log.slice(-1), ["db up"]);
  watch.kill("SIGTERM");
  await watch.ended;
  assertEquals(it.log.at(-1), "db down");
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch ends at a second signal while a tear-down hangs", async () => {
  await using it = await WatchSpace.create(
    MODULE,
    RESOURCES.replace("[Symbol.dispose]: () => log", "[Symbol.asyncDispose]: () => hang() ?? log") +
      `const hang = () => { log("hangs"); return new Promise(() => setInterval(() => {}, 1000)); };`,
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  watch.kill("SIGTERM");
  await watch.waitFor(`Tearing down "db"`);
  const { code } = await watch.killUntilEnded("SIGTERM");
  assertEquals(code, 143);
  assertEquals(it.log, ["db up", "hangs"]);
  assertEquals(it.pids.filter(isRunning), []);
});

Deno.test("--watch stops a tear-down at its time limit", async () => {
  await using it = await WatchSpace.create(
    MODULE,
    RESOURCES.replace("resource(", `resource({ timeout: "2s" }, `)
      .replace(`log("db down")`, `new Promise(() => {})`).replace(
        "Symbol.dispose",
        "Symbol.asyncDispose",
      ),
  );
  const watch = it.start();
  await idleAfter(watch, "reads db:1 v1");
  watch.kill("SIGTERM");
  const { code, stderr } = await watch.ended;
  assertEquals(code, 143);
  assertMatch(
    stderr,
    /Cannot tear down "db": TimeoutError: the tear-down took longer than its timeout of 2000 ms/,
  );
});

for (const [name, key, display] of [["q", "q", []], ["Ctrl-C", "\x03", ["--viewer"]]] as const) {
  Deno.test(`--watch keeps resources at Enter, and disposes of them at ${name}`, {
    ignore: !hasScript,
  }, async () => {
    await using it = await WatchSpace.create();
    await using terminal = new PseudoTerminal(["module.ts", "--watch", ...display], it.space);
    await terminal.showed("q: quit");
    await terminal.type("\r");
    await terminal.showedTimes("==== 1 passed", 2);
    await terminal.showedTimes("q: quit", 2);
    assertEquals(it.log, ["db up"]);
    await terminal.type(key);
    assertEquals((await terminal.ended).code, key === "q" ? 0 : 130);
    assertEquals(it.log, ["db up", "db down"]);
    assertEquals(it.pids.filter(isRunning), []);
  });
}

Deno.test("--watch sets resources up in each round with --isolate=process and --workers=0", async () => {
  for (const args of ["--isolate=process", "--workers=0"]) {
    await using it = await WatchSpace.create();
    const watch = it.start([args]);
    await idleAfter(watch, "reads db:1 v1");
    assertEquals(it.log, ["db up", "db down"]);
    assertEquals(statuses(lastRound(watch.stderr)).reads, "PASSED");
  }
});
