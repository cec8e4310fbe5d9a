/** Resources of a run on an engine: set up on the driver's machine, used on remote workers. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest, isolationTest } from "../support/servers.ts";

const IMPORT = `import { resource } from "@thread-order/cli";\n`;

isolationTest(
  "tdrun --engine sets resources up on the driver, for all workers",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `${IMPORT}
    export const build = mark(() => ({ page: "hello" }));
    export const server = resource({ after: { build } }, (state, task) => {
      const { page } = task.results.build;
      const running = Deno.serve({ port: 0, onListen() {} }, () => new Response(page));
      const { port } = running.addr;
      return {
        value: { url: "http://localhost:" + port, pid: Deno.pid },
        async [Symbol.asyncDispose]() {
          await running.shutdown();
          console.log("server down");
        },
      };
    });
    export const path = resource({ use: { server } }, (_state, task) => ({
      value: task.use.server.url + "/path",
      [Symbol.dispose]: () => console.log("path down"),
    }));
    export const greets = mark({ use: { server }, each: [0, 1, 2, 3] }, async (_state, _n, task) => {
      if (task.use.server.pid === Deno.pid) throw new Error("not remote");
      if (await (await fetch(task.use.server.url)).text() !== "hello") throw new Error("no page");
    });
    export const reads = mark({ use: { path } }, async (_state, task) => {
      await (await fetch(task.use.path)).text();
    });
    `,
    );
    const { code, stdout, stderr } = await rig.whole([], [["--workers=2", isolate], [
      "--workers=2",
      isolate,
    ]]);
    assertEquals(code, 0, stdout + stderr);
    assertMatch(stdout, /^==== 6 passed, 0 failed, 0 skipped/m);
    assertMatch(stderr, /server \.+ SET UP/);
    const down = stdout.match(/(path|server) down/g);
    assertEquals(down, ["path down", "server down"]);
  },
);

engineTest(
  "tdrun --engine fails the users of a lost resource, and restarts it",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${IMPORT}${WAITING}
    export const db = resource({ restart: 1 }, (_state, task) => ({
      value: task.attempt,
      lost: task.attempt === 1 ? go("lost") : undefined,
      [Symbol.dispose]: () => console.log("db down"),
    }));
    export const waits = mark({ use: { db } }, (_state, task) => {
      Deno.writeTextFileSync("lost", "");
      return new Promise((_, reject) => {
        task.signal.addEventListener("abort", () => reject(task.signal.reason));
      });
    });
    export const z_reads = mark({ use: { db }, after: [waits], when: "always" }, (_state, task) => {
      console.log("instance " + task.use.db);
    });
    `,
    );
    const { code, stdout, stderr } = await rig.whole([], [["--workers=1"]]);
    assertEquals(code, 1, stderr);
    assertEquals(statuses(stderr).waits, "FAILED", stderr);
    assertStringIncludes(stdout, 'the resource "db" was lost while this task used it');
    assertStringIncludes(stdout, "instance 2");
    assertEquals(stdout.match(/db down/g)?.length, 2);
  },
  ["redis-server"],
);

const SLOW = `${IMPORT}${WAITING}
  export const db = resource(() => {
    note("up");
    return { value: "url", [Symbol.dispose]: () => note("down") };
  });
  export const first = mark({ use: { db } }, () => note("first"));
  export const slow = mark({ use: { db }, after: [first] }, async (_state, task) => {
    task.log.info("slow runs");
    await go("go");
    return task.use.db;
  });
`;

engineTest("tdrun --engine disposes of resources when it is interrupted", async (program) => {
  await using rig = await EngineRig.start(program, SLOW);
  await rig.worker(["--workers=1"]);
  const driver = rig.drive();
  await driver.waitFor("slow runs");
  driver.kill("SIGINT");
  await driver.waitFor("Interrupted");
  await rig.space.file("go", "");
  const { code, stderr } = await driver.ended;
  assertEquals(code, 130, stderr);
  assertEquals(rig.ran(), ["up", "first", "down"]);
}, ["redis-server"]);

engineTest("tdrun --run-id sets resources up again when it resumes a run", async (program) => {
  await using rig = await EngineRig.start(program, SLOW);
  await rig.worker(["--workers=1"]);
  const killed = rig.drive(["--run-id=nightly"]);
  await killed.waitFor("slow runs");
  killed.kill("SIGKILL");
  await killed.ended;
  await rig.space.file("go", "");
  let ended = await rig.drive(["--run-id=nightly"]).ended;
  // Its claim expires after some seconds.
  while (ended.stderr.includes("another process drives that run")) {
    ended = await rig.drive(["--run-id=nightly"]).ended;
  }
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(rig.ran(), ["up", "first", "up", "down"]);
}, ["redis-server"]);

engineTest("tdrun --engine rejects resources that the driver cannot set up", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `${IMPORT}
    export const db = resource({ scope: "thread" }, () => 1);
    export const api = resource({ permissions: "none" }, () => 1);
    export const reads = mark({ use: { db } }, () => {});
    export const calls = mark({ use: { api } }, () => {});
    `,
  );
  const { url } = rig.server;
  const messages: [task: string, message: string][] = [
    ["reads", 'Cannot run the resource "db" on an engine: workers have no resources of the scope'],
    ["calls", 'Cannot run the resource "api" on an engine: it is set up in the driver\'s process'],
  ];
  for (const [task, message] of messages) {
    const { code, stderr } = await rig.run([`module.ts::${task}`, `--engine=${url}`]).ended;
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
}, ["redis-server"]);
