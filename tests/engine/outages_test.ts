/** Outages and rejections of the server, and their effect on the run and its workers. */
import process from "node:process";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { Connections, engineUrl } from "../../src/engine/redis/connections.ts";
import type { EngineFailure } from "../../src/engine/redis/engine_failure.ts";
import { bounded } from "../support/bounded.ts";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest, Server } from "../support/servers.ts";

engineTest(
  "tdrun --engine runs nothing twice when the server is away for 7 s",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
      export const a = mark(async (_, task) => { note("a"); task.log.info("a runs"); await go("go"); });
      export const b = mark({ after: ["a"] }, () => { note("b"); });
      `,
      { args: ["--appendonly", "yes", "--appendfsync", "always"] },
    );
    const worker = await rig.worker(["--workers=1"]);
    const driver = rig.drive();
    await driver.waitFor("a runs");
    await rig.server.kill();
    await new Promise((resolve) => setTimeout(resolve, 7_000)); // the outage
    await rig.server.restart();
    // Printed after everything that the outage could cause.
    const other = await rig.worker(["--workers=1"]);
    await other.waitFor("Joined run");
    await rig.space.file("go", "");
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" }, stderr);
    assertEquals(code, 0);
    assertEquals(rig.ran(), ["a", "b"]);
    worker.kill("SIGTERM");
    const { stderr: log } = await worker.ended;
    assertEquals(log.match(/Joined run/g)?.length, 1, log);
  },
  ["redis-server"],
);

engineTest(
  "tdrun --engine keeps its claim when setupState takes longer than the liveness timeout",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
      export const setupState = (state) => new Promise((resolve) => setTimeout(() => resolve(state.n = 1), 6_000));
      export const a = mark((state) => state.n);
      `,
    );
    const { code, stderr } = await rig.whole();
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
    assertEquals(code, 0);
  },
  ["redis-server"],
);

engineTest(
  "tdrun worker stops on SIGTERM during an outage",
  async (program) => {
    await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`);
    const worker = await rig.worker();
    await rig.server.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // the worker has looked for a run
    worker.kill("SIGTERM");
    const { code, stderr } = await worker.ended;
    assertEquals(code, 143, stderr);
  },
  ["redis-server"],
);

engineTest("tdrun worker joins a run only once when it cannot run the module", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `
    export function setupWorker() { if (Deno.env.get("UNFIT") === "1") throw new Error("no disk"); }
    export const a = mark(() => 1);
    `,
  );
  const broken = await rig.worker(["--workers=1"], { env: { UNFIT: "1" } });
  const driver = rig.drive();
  await driver.waitFor("cannot run the module: Error: setupWorker failed: no disk");
  await driver.waitFor("No workers");
  broken.kill("SIGTERM");
  const { stderr: log } = await broken.ended;
  assertEquals(log.match(/Joined run/g)?.length, 1, log);
  await rig.worker(["--workers=1"]);
  const { code, stderr } = await driver.ended;
  assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
  assertEquals(code, 0);
}, ["redis-server"]);

/** Options of a server that can be put to sleep. */
const DEBUGGABLE = { args: ["--enable-debug-command", "yes"] };

engineTest(
  "tdrun --engine and worker end with one line when the server rejects the login",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `export const a = mark(async (_, task) => {
        task.log.info("a runs");
        const redis = new (await import("ioredis")).Redis(Deno.env.get("SERVER"));
        // Each process sends a command while the server sleeps.
        await redis.multi().debug("SLEEP", 1.5).config("SET", "requirepass", "new")
          .client("KILL", "SKIPME", "yes", "TYPE", "normal").exec();
        await new Promise(() => setTimeout(() => {}, 1e6));
      });`,
      DEBUGGABLE,
    );
    const env = { SERVER: rig.server.url };
    const worker = await rig.worker(["--workers=1"], { env });
    const { code, stdout, stderr } = await rig.drive().ended;
    assertEquals(code, 1, stderr);
    assertStringIncludes(stdout + stderr, "NOAUTH");
    const ended = await worker.ended;
    assertStringIncludes(ended.stderr, "NOAUTH ");
    assertEquals(ended.code, 1, ended.stderr);
    for (const text of [stderr, stdout, ended.stderr]) {
      assertEquals(text.match(/^ +at /gm), null, text);
    }
  },
  ["redis-server"],
);

engineTest(
  "tdrun worker ends when the server rejects the login while it looks for runs",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `export const a = mark(() => 1);`,
      DEBUGGABLE,
    );
    using connections = await Connections.open(engineUrl(rig.server.url), () => {});
    const worker = await rig.worker();
    await connections.main.multi().debug("SLEEP", 1.5).config("SET", "requirepass", "new")
      .call("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal").exec();
    const { code, stderr } = await worker.ended;
    assertMatch(stderr, /^Error: Cannot use the engine at .*: NOAUTH .*$/m);
    assertEquals(code, 1);
  },
  ["redis-server"],
);

engineTest(
  "Connections reject an unanswered command when the server rejects the next login",
  async (program) => {
    await using server = await Server.start(program);
    const url = engineUrl(server.url);
    using connections = await Connections.open(url, () => {});
    using other = await Connections.open(url, () => {});
    const unanswered = connections.main.blpop("missing", 0);
    unanswered.catch(() => {}); // handled below
    while (!/^blocked_clients:1\r$/m.test(await other.main.info("clients")));
    await other.main.config("SET", "requirepass", "new");
    await other.main.call("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal");
    await assertRejects(() => bounded(unanswered, "the rejection"), Error, "NOAUTH ");
  },
);

engineTest(
  "Connections repeat a command when a busy server rejects the next login",
  async (program) => {
    await using server = await Server.start(program, { args: ["--lua-time-limit", "100"] });
    const url = engineUrl(server.url);
    const lost: EngineFailure[] = [];
    const limits = { replyMs: 8_000, outageMs: 300 };
    using connections = await Connections.open(url, (error) => lost.push(error), limits);
    using other = await Connections.open(url, () => {});
    const busy = other.main.eval(
      "local start = os.clock() while os.clock() - start < 1.5 do end",
      0,
    );
    const send = async () => {
      while (lost.length === 0) assertEquals(await connections.main.lpushx("missing", ""), 0);
    };
    await bounded(Promise.all([send(), busy]), "the replies", 60_000);
    assertMatch(lost[0]!.detail, /has rejected commands for 0.3 s: BUSY /);
  },
);

/** Ways to have a server reject all writes, and to have it accept them again. */
const REFUSALS: readonly [answer: string, begin: string[], end: string[]][] = [
  ["OOM", ["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]],
  [
    "NOREPLICAS",
    ["CONFIG", "SET", "min-replicas-to-write", "1"],
    ["CONFIG", "SET", "min-replicas-to-write", "0"],
  ],
  ["READONLY", ["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]],
];

engineTest(
  "tdrun --engine repeats commands that the server rejects for a while",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const a = mark(async (state, task) => {
      note("a");
      task.log.info("a runs");
      await go("go");
      state.n = 1;
      return "a";
    });
    export const b = mark({ after: ["a"] }, (state) => { note("b"); return state.results.a + state.n; });
    `,
    );
    using connections = await Connections.open(engineUrl(rig.server.url), () => {});
    const { main } = connections;
    const worker = await rig.worker(["--workers=1"]);
    for (const [answer, [begin = "", ...beginArgs], [end = "", ...endArgs]] of REFUSALS) {
      const driver = rig.drive(["--state-out=state.json"]);
      await driver.waitFor("a runs");
      await main.call(begin, ...beginArgs);
      await rig.space.file("go", "");
      await new Promise((resolve) => setTimeout(resolve, 2_500)); // the outage
      await main.call(end, ...endArgs);
      assertMatch(await main.info("errorstats"), new RegExp(`errorstat_${answer}:count=\\d\\d`));
      const { code, stderr } = await driver.ended;
      assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" }, stderr);
      assertEquals(code, 0);
      assertEquals(rig.ran(), ["a", "b"]);
      const state = await rig.state();
      assertEquals([state.n, state.results.b], [1, "a1"]);
      for (const file of ["go", "ran.txt"]) await Deno.remove(`${rig.space.folder}/${file}`);
    }
    worker.kill("SIGTERM");
    const { stderr: log } = await worker.ended;
    assertEquals(log.match(/Joined run/g)?.length, REFUSALS.length, log);
  },
);

engineTest(
  "tdrun --engine fails only the task whose value is too large for the server",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
      export const large = mark(() => "x".repeat(20_000_000));
      export const small = mark({ after: ["large"], when: "always" }, () => "small");
      `,
      { args: ["--maxmemory", "16mb"] },
    );
    const { code, stdout, stderr } = await rig.whole([], [["--workers=1"]]);
    assertEquals(statuses(stderr), { large: "FAILED", small: "PASSED" }, stderr);
    assertStringIncludes(
      stdout,
      "StateFullError: The engine is out of memory and rejects a write: OOM ",
    );
    assertEquals(code, 1);
    assert(!stderr.includes("is lost"), stderr);
  },
);

engineTest(
  "Connections report an outage when commands are rejected for too long",
  async (program) => {
    await using server = await Server.start(program);
    const lost = Promise.withResolvers<EngineFailure>();
    const limits = { replyMs: 8_000, outageMs: 1_200 };
    using connections = await Connections.open(engineUrl(server.url), lost.resolve, limits);
    await connections.main.config("SET", "maxmemory", 1);
    const warnings: string[] = [];
    const warned = ({ message }: Error) => warnings.push(message);
    process.on("warning", warned);
    for (let command = 0; command < 20; command++) {
      connections.runScript("claimRun", "tdrun:{test}", "driver", 1).catch(() => {});
    }
    const trouble = await bounded(lost.promise, "the end");
    process.off("warning", warned);
    assertEquals(warnings, []); // about too many listeners
    const short = `the engine at ${connections.displayUrl} has rejected commands for 1.2 s`;
    const full = `${short}: OOM command not allowed when used memory > 'maxmemory'`;
    assertEquals([trouble.message, trouble.detail], [short, full]);
    // A new connection fails at once; a worker that is waiting for runs keeps waiting.
    const open = Connections.open(engineUrl(server.url), () => {});
    await assertRejects(() => open, UsageError, "the server rejects commands: OOM ");
    assertEquals(await connections.fork(() => {}), undefined);
  },
);
