import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LIBRARY, TestSpace } from "../../support/command.ts";

/** The ways to run a module, and whether a resource can lose its thread alone. */
const WAYS: readonly (readonly [name: string, args: string[]])[] = [
  ["on threads", []],
  ["in processes", ["--isolate=process"]],
  ["on the main thread", ["--workers=0"]],
];

function inEveryWay(name: string, fn: (args: string[]) => Promise<void>): void {
  for (const [way, args] of WAYS) Deno.test(`${name} ${way}`, () => fn(args));
}

const MODULE = `
  import { mark, resource } from "${LIBRARY}";
  export const build = mark(() => "built");
  export const server = resource({ after: [build], tags: ["docker"] }, () => {
    const running = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
    console.log("server up");
    return {
      value: { url: "http://localhost:" + running.addr.port },
      async [Symbol.asyncDispose]() {
        await running.shutdown();
        console.log("server down");
      },
    };
  });
  export const db = resource({ use: { server } }, (_state, task) => {
    console.log("db up");
    return { value: task.use.server.url + "/db", [Symbol.dispose]: () => console.log("db down") };
  });
  export const greets = mark({ use: { server } }, async (_state, task) => {
    console.log(await (await fetch(task.use.server.url)).text());
  });
  export const reads = mark({ use: { db }, tags: ["smoke"] }, async (_state, task) => {
    console.log(await (await fetch(task.use.db)).text());
  });
  export const breaks = mark({ after: [reads], use: { server } }, () => {
    if (Deno.env.get("BREAKS")) throw new Error("broken");
  });
`;

/** The lines that tasks printed, without their threads. */
function printed(stdout: string): string[] {
  const output = /^\[thread_\d+\] (?:\w+(?: \(teardown\))?: )?(.*)$/;
  return stdout.split("\n").flatMap((line) => output.exec(line)?.[1] ?? []);
}

inEveryWay("a resource is set up before its users and disposed of after them", async (args) => {
  await using space = await TestSpace.create(args);
  await space.file("module.ts", MODULE);
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 0, stderr);
  const lines = printed(stdout);
  assertEquals(lines.filter((it) => it === "hello").length, 2);
  assertEquals(lines.indexOf("server up") < lines.indexOf("db up"), true);
  assertEquals(lines.indexOf("db down") < lines.indexOf("server down"), true);
  assertEquals(lines.at(-1), "server down");
  assertMatch(stdout, /^==== 4 passed, 0 failed, 0 skipped in /m);
  assertStringIncludes(stderr, "collected 4 tasks, 2 resources");
  assertMatch(stderr, /\] db \.+ SET UP$/m);
  assertMatch(stderr, /\] db \(teardown\) \.+ TORN DOWN$/m);
});

Deno.test("a resource follows a selection by name and by tag, a mock and a rerun", async () => {
  await using space = await TestSpace.create();
  await space.file("module.ts", MODULE);
  const linesOf = async (...args: string[]) => printed((await space.tdrun(args)).stdout);
  const pair = ["server up", "db up", "hello", "db down", "server down"];
  assertEquals(await linesOf("module.ts::reads"), pair);
  assertEquals(await linesOf("module.ts", "--tags=smoke"), pair);
  assertEquals(await linesOf("module.ts", "--tags=not docker"), []);
  assertEquals(await linesOf("module.ts::breaks", "--result-server:={}"), []);
  const failed = await space.tdrun(["module.ts", "--workers=1"], { BREAKS: "1" });
  assertEquals(failed.code, 1);
  assertEquals(await linesOf("module.ts", "--rerun-failed"), ["server up", "server down"]);
});

inEveryWay("a failed set-up skips the users, and a failed disposal fails the run", async (args) => {
  await using space = await TestSpace.create(args);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const bad = resource(() => { throw new Error("no docker"); });
      export const shared = resource(() => ({
        value: { close() {} },
        [Symbol.dispose]: () => console.log("disposed of shared"),
      }));
      export const stuck = resource(() => ({
        value: 1,
        [Symbol.dispose]() { throw new Error("does not stop"); },
      }));
      export const one = mark({ use: { bad }, when: "always" }, () => console.log("one ran"));
      export const two = mark({ use: { shared } }, () => console.log("two ran"));
      export const three = mark({ use: { stuck } }, (_state, task) => task.use.stuck);
    `,
  );
  const { code, stdout } = await space.tdrun(["module.ts"]);
  assertEquals(code, 1);
  assertEquals(printed(stdout), ["disposed of shared"]);
  assertStringIncludes(stdout, "  bad: Error: no docker");
  assertStringIncludes(stdout, "shared: StateCloneError: result.close: a function (close) cannot");
  assertStringIncludes(stdout, "  stuck (teardown): Error: does not stop");
  assertStringIncludes(stdout, "  one: bad failed\n");
  assertMatch(stdout, /^==== 1 passed, 3 failed \(3 resources\), 2 skipped in /m);
});

inEveryWay("a resource that ends by itself fails its users with that cause", async (args) => {
  await using space = await TestSpace.create(args);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const child = resource(() => {
        const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
        return {
          value: child.pid,
          lost: child.status,
          [Symbol.dispose]: () => console.log("disposed of child"),
        };
      });
      export const user = mark({ use: { child } }, (_state, task) => new Promise((_, reject) => {
        task.signal.addEventListener("abort", () => reject(task.signal.reason));
        Deno.kill(task.use.child, "SIGTERM");
      }));
      export const later = mark({ use: { child }, after: [user], when: "always" }, () => {});
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "child was lost: it exited with code 143");
  assertEquals(printed(stdout), ["disposed of child"]);
  assertStringIncludes(stdout, "  later: child was lost\n");
  assertStringIncludes(stdout, '  user: ResourceLostError: the resource "child" was lost');
  assertMatch(stdout, /^==== 0 passed, 1 failed, 1 skipped in /m);
});

inEveryWay("a lost resource is set up again while it has restarts", async (args) => {
  await using space = await TestSpace.create(args);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const child = resource({ restart: 1 }, (_state, task) => {
        const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
        return {
          value: { pid: child.pid, instance: task.attempt },
          lost: child.status,
          async [Symbol.asyncDispose]() {
            console.log("disposed of instance", task.attempt);
            try {
              child.kill();
            } catch {
              // It has ended.
            }
            await child.status;
          },
        };
      });
      const kill = mark({ use: { child } }, (_state, task) => new Promise((_, reject) => {
        task.signal.addEventListener("abort", () => reject(task.signal.reason));
        Deno.kill(task.use.child.pid, "SIGTERM");
      }));
      export const first = kill;
      export const second = mark({ use: { child }, after: [kill], when: "always" }, (_state, task) => {
        console.log("used instance", task.use.child.instance);
      });
      export const third = mark({ use: { child }, after: [second] }, (_state, task) =>
        new Promise((_, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
          Deno.kill(task.use.child.pid, "SIGTERM");
        }));
      export const last = mark({ use: { child }, after: [third], when: "always" }, () => {});
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 1);
  assertEquals(printed(stdout), [
    "disposed of instance 1",
    "used instance 2",
    "disposed of instance 2",
  ]);
  assertEquals(stderr.match(/ SET UP\b/g)?.length, 2);
  assertEquals(stderr.match(/ TORN DOWN\b/g)?.length, 1);
  assertStringIncludes(stdout, "  last: child was lost\n");
  assertMatch(stdout, /^==== 1 passed, 2 failed, 1 skipped in /m);
});

Deno.test("a resource is set up again with the one that uses it when its process is killed", async () => {
  await using space = await TestSpace.create(["--isolate=process"]);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const db = resource({ restart: 1 }, () => Deno.pid);
      export const api = resource({ use: { db }, restart: 1 }, (_state, task) => task.use.db);
      export const user = mark({ use: { api }, retries: 1 }, (_state, task) => {
        Deno.kill(task.use.api, task.attempt > 1 ? "SIGCONT" : "SIGKILL");
        if (task.attempt > 1) return;
        return new Promise((_, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        });
      });
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 0, stdout);
  assertEquals(stderr.match(/ SET UP\b/g)?.length, 4);
});

Deno.test("a resource whose process is killed is set up again in a new one", async () => {
  await using space = await TestSpace.create(["--isolate=process"]);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const db = resource({ restart: 1 }, () => {
        return { value: Deno.pid, [Symbol.dispose]: () => console.log("disposed of db") };
      });
      export const api = resource({ use: { db }, restart: 1 }, (_state, task) => task.use.db);
      export const user = mark({ use: { db, api }, retries: 1 }, (_state, task) => {
        if (task.use.api !== task.use.db) throw new Error("api uses a lost db");
        if (task.attempt > 1) return;
        Deno.kill(task.use.db, "SIGKILL");
        return new Promise((_, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        });
      });
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 0, stdout);
  assertEquals(printed(stdout), ["disposed of db"]);
  assertEquals(stderr.match(/ SET UP\b/g)?.length, 4);
  assertMatch(stdout, /^==== 1 passed \(1 flaky\), 0 failed, 0 skipped in /m);
});

Deno.test("a resource whose process is killed fails its users and its tear-down", async () => {
  await using space = await TestSpace.create(["--isolate=process"]);
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const db = resource(() => ({ value: Deno.pid, [Symbol.dispose]() {} }));
      export const user = mark({ use: { db } }, (_state, task) => {
        Deno.kill(task.use.db, "SIGKILL");
        return new Promise((_, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        });
      });
    `,
  );
  const { code, stdout } = await space.tdrun(["module.ts"]);
  assertEquals(code, 1);
  assertStringIncludes(stdout, '  user: ResourceLostError: the resource "db" was lost while this');
  assertStringIncludes(stdout, '  db (teardown): ResourceLostError: the resource "db" was not');
});

Deno.test("a resource is disposed of when the run is interrupted", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "module.ts",
    `
      import { mark, resource } from "${LIBRARY}";
      export const db = resource((_state, task) => {
        task.signal.addEventListener("abort", () => console.log("aborted"));
        return { value: 1, [Symbol.dispose]: () => console.log("disposed of db") };
      });
      export const user = mark({ use: { db } }, (_state, task) => {
        task.log.info("waiting");
        return new Promise((_, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        });
      });
    `,
  );
  const running = space.start(["module.ts"]);
  await running.waitFor("waiting");
  running.kill("SIGINT");
  const { code, stdout } = await running.ended;
  assertEquals(code, 130);
  assertEquals(printed(stdout), ["disposed of db"]);
});

Deno.test("a resource on an engine is refused", async () => {
  await using space = await TestSpace.create();
  await space.file("module.ts", MODULE);
  const { code, stderr } = await space.tdrun(["module.ts", "--engine=redis://127.0.0.1:1"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot run the resource "db" on an engine');
});
