/** Faults of workers, drivers and servers, and the outcome of the run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Redis } from "ioredis";
import { runKey } from "../../src/engine/engine_protocol.ts";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest, Server } from "../support/servers.ts";

/** Connects to the server of a rig. */
function client(rig: EngineRig) {
  const redis = new Redis(rig.server.url);
  return { redis, [Symbol.dispose]: () => redis.disconnect() };
}

engineTest(
  "tdrun --engine restarts the task of a killed worker on another one",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const first = mark((state) => { note("first"); state.list = [1]; return 1; });
    export const long = mark({ after: ["first"] }, async (state, task) => {
      note("long");
      state.list.push(2);
      task.log.info("long runs");
      await go("go");
      return state.list.length;
    });
    export const last = mark({ after: ["long"] }, (state) => { note("last"); return state.results.long; });
    `,
    );
    const doomed = await rig.worker(["--workers=1"]);
    const driver = rig.drive(["--state-out=state.json"]);
    await driver.waitFor("long runs");
    doomed.kill("SIGKILL");
    await doomed.ended;
    await rig.worker(["--workers=1"]);
    await driver.waitFor("its worker was lost");
    await rig.space.file("go", "");
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { first: "PASSED", long: "PASSED", last: "PASSED" }, stderr);
    assertMatch(stderr, /Worker .* is lost/);
    // A worker that has left at the end does not join again while others drain.
    assertEquals(stderr.match(/joined/g)?.length, 2, stderr);
    assertEquals(code, 0);
    assertEquals(rig.ran(), ["first", "long", "long", "last"]);
    const state = await rig.state();
    // The writes of the first attempt stay, as after a failed one.
    assertEquals(state.list, [1, 2, 2]);
  },
);

engineTest("tdrun --engine fails a task whose workers are lost three times", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `export const deadly = mark((_, task) => {
      task.log.info("strikes");
      // The process that started this one is the worker.
      Deno.kill(Deno.ppid, "SIGKILL");
      return new Promise(() => {});
    });`,
  );
  const driver = rig.drive();
  for (let worker = 0; worker < 3; worker++) {
    const { ended } = await rig.worker(["--workers=1"]);
    await ended;
  }
  await rig.worker(["--workers=1"]);
  const { code, stdout, stderr } = await driver.ended;
  assertEquals(statuses(stderr), { deadly: "FAILED" }, stderr);
  assertStringIncludes(stdout, "the workers that ran this task were lost 3 times");
  assertEquals(code, 1);
}, ["redis-server"]);

engineTest(
  "tdrun --run-id resumes the run of a killed driver, and runs nothing twice",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export function setupState(state) { note("setup"); state.list = ["begun"]; }
    export const a = mark((state, task) => { task.log.info("out of a"); note("a"); state.list.push("a"); return { deep: ["a"] }; });
    export const fails = mark((_, task) => { note("fails" + task.attempt); throw new Error("as it should"); });
    export const b = mark({ after: ["a"] }, async (state, task) => {
      note("b");
      task.log.info("b runs");
      await go("go");
      state.list.push("b");
      return state.results.a.deep[0] + "b";
    });
    // Its first attempt is lost: that it has no result is no news when the second has one.
    export const dies = mark((_, task) => {
      note("dies" + task.attempt);
      if (task.attempt === 1) Deno.kill(Deno.pid, "SIGKILL");
      return "d";
    });
    export const c = mark({ after: ["b", "dies"] }, ({ results }) => { note("c"); return results.b + results.dies; });
    `,
    );
    await rig.worker(["--workers=2"]);
    const first = rig.drive(["--run-id=nightly", "--retries=1"]);
    await first.waitFor("b runs");
    await first.waitFor("fails .");
    await first.waitFor("dies .");
    first.kill("SIGKILL");
    await first.ended;
    // Holds the claim until the next driver has started.
    using server = client(rig);
    assertEquals(await server.redis.persist(`${runKey("nightly")}:driver`), 1);
    // Running tasks continue without a driver.
    await rig.space.file("go", "");
    const refused = await rig.drive(["--run-id=nightly", "--retries=1"]).ended;
    assertEquals(refused.code, 2, refused.stderr);
    assertStringIncludes(refused.stderr, "another process drives that run, or did a moment ago");
    await server.redis.del(`${runKey("nightly")}:driver`); // as when the claim expires
    const again = rig.drive(["--run-id=nightly", "--retries=1", "--state-out=state.json"]);
    const { code, stdout, stderr } = await again.ended;
    const passed = { a: "PASSED", b: "PASSED", c: "PASSED", dies: "PASSED" };
    assertEquals(statuses(stderr), { ...passed, fails: "FAILED" }, stderr);
    assertStringIncludes(stderr, "out of a");
    assertStringIncludes(stdout, "fails (2 attempts): Error: as it should");
    assertEquals(code, 1);
    assertEquals(rig.ran().toSorted(), [
      ...["a", "b", "c", "dies1", "dies2", "fails1", "fails2", "setup"],
    ]);
    const state = await rig.state();
    assertEquals([state.list, state.results.c], [["begun", "a", "b"], "abd"]);
    const over = await rig.drive(["--run-id=nightly"]).ended;
    assertEquals(over.code, 2);
    assertStringIncludes(
      over.stderr,
      'Cannot use the run id "nightly": that run is finished; choose another id',
    );
  },
);

engineTest(
  "tdrun --engine loses nothing when a persistent server is killed and restarted",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const a = mark((state) => { note("a"); state.n = 1; return "a"; });
    export const b = mark({ after: ["a"] }, async (state, task) => {
      note("b");
      task.log.info("b runs");
      await go("go");
      state.n++;
      return state.results.a + state.n;
    });
    export const c = mark({ after: ["b"] }, (state) => { note("c"); return state.results.b; });
    `,
      { args: ["--appendonly", "yes", "--appendfsync", "always"] },
    );
    await rig.worker(["--workers=1"]);
    const driver = rig.drive(["--state-out=state.json"]);
    await driver.waitFor("b runs");
    await rig.server.kill();
    await rig.space.file("go", "");
    await rig.server.restart();
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED", c: "PASSED" }, stderr);
    assertEquals(code, 0);
    assertEquals(rig.ran(), ["a", "b", "c"]);
    const state = await rig.state();
    assertEquals([state.n, state.results.c], [2, "a2"]);
  },
);

engineTest(
  "tdrun --engine ends the run with an error when the server has lost its keys",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `export const a = mark(async (_, task) => { task.log.info("a runs"); await new Promise(() => setTimeout(() => {}, 1e6)); });
     export const b = mark({ after: ["a"] }, () => {});`,
    );
    const worker = await rig.worker(["--workers=1"]);
    const driver = rig.drive();
    await driver.waitFor("a runs");
    await rig.server.kill();
    await rig.server.restart();
    const { code, stdout, stderr } = await driver.ended;
    assertEquals(code, 1, stderr);
    assertStringIncludes(stdout, "Redis no longer has the run, or a part of it\n");
    // The fix is printed once.
    assertEquals((stdout + stderr).match(/appendonly/g)?.length, 1, stderr);
    await worker.waitFor("Left run");
  },
);

engineTest(
  "tdrun worker finishes its tasks and takes no more on SIGTERM",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const teardownWorker = () => { note("torn down"); };
    export const a = mark(async (_, task) => { task.log.info("a runs"); await go("go"); note("a"); });
    export const b = mark({ after: ["a"] }, () => { note("b"); });
    `,
    );
    const worker = await rig.worker(["--workers=1"]);
    const driver = rig.drive();
    await driver.waitFor("a runs");
    worker.kill("SIGTERM");
    await worker.waitFor("SIGTERM");
    await rig.space.file("go", "");
    assertEquals((await worker.ended).code, 143);
    assertEquals(rig.ran(), ["a", "torn down"]);
    await rig.worker(["--workers=1"]);
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" }, stderr);
    assertStringIncludes(stderr, " left");
    assertEquals(code, 0);
    assertEquals(rig.ran(), ["a", "torn down", "b", "torn down"]);
  },
);

engineTest(
  "tdrun --engine passes the lock of a lost holder on, with abandonedBy",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const holder = mark(async (state, task) => {
      if (existsSync("go")) return "the second time";
      const lock = state._state_lock.acquire();
      state.n = 1;
      task.log.info("holds");
      await go("go");
      Deno.kill(Deno.ppid, "SIGKILL"); // the worker
      await new Promise(() => setTimeout(() => {}, 1e6));
    });
    export const next = mark((state, task) => {
      task.log.info("waits");
      using lock = state._state_lock.acquire();
      state.n = 2;
      return "after " + lock.abandonedBy;
    });
    `,
    );
    const doomed = await rig.worker(["--workers=1"]);
    const driver = rig.drive(["--state-out=state.json"]);
    await driver.waitFor("holds");
    await rig.worker(["--workers=2"]);
    await driver.waitFor("waits");
    await rig.space.file("go", "");
    await doomed.ended;
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { holder: "PASSED", next: "PASSED" }, stderr);
    assertEquals(code, 0);
    const state = await rig.state();
    assertEquals([state.n, state.results.holder], [2, "the second time"]);
    assertMatch(state.results.next, /^after thread_0 of /);
  },
  ["redis-server"],
);

engineTest(
  "tdrun worker does not join when its module differs, and names the file",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `import "./lib.ts"; export const a = mark(() => 1);`,
    );
    await rig.space.file("lib.ts", "export const version = 1;");
    const driver = rig.drive();
    await driver.waitFor("starting thread pool");
    await driver.waitFor("No workers");
    await rig.space.file("lib.ts", "export const version = 2;");
    const worker = await rig.worker();
    const why = `"module.ts" differs from the driver's module: "lib.ts" differs`;
    await worker.waitFor(why);
    await driver.waitFor(`did not join: ${why}`);
    await rig.space.file("lib.ts", "export const version = 1;");
    await rig.worker();
    const { code, stderr } = await driver.ended;
    assertEquals(statuses(stderr), { a: "PASSED" });
    assertEquals(code, 0);
  },
  ["redis-server"],
);

engineTest("tdrun --engine rejects a read-only server at once", async (program) => {
  await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`);
  await using replica = await Server.start(program, {
    args: ["--replicaof", "127.0.0.1", new URL(rig.server.url).port],
  });
  for (const command of [["module.ts"], ["worker", "module.ts"]]) {
    const { code, stderr } = await rig.run([...command, `--engine=${replica.url}`]).ended;
    assertMatch(
      stderr,
      /^Error: Cannot use the engine at \S+: the server rejects commands: READONLY .*\n$/,
    );
    assertEquals(code, 2);
  }
});

engineTest("tdrun --engine reports usage errors in one line, exit 2", async (program) => {
  await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`, {
    args: ["--requirepass", "s3cret"],
  });
  const { host } = new URL(rig.server.url);
  const cases: [args: string[], line: RegExp][] = [
    [["--engine=localhost:6379"], /Cannot use the engine "localhost:6379": expected a URL/],
    [["--engine=http://localhost"], /Cannot use the engine "http:\/\/localhost": expected a URL/],
    [
      ["--engine=redis://127.0.0.1:1"],
      /Cannot use the engine at redis:\/\/127.0.0.1:1: connection refused/,
    ],
    [[`--engine=redis://${host}`], /the server rejects commands: NOAUTH/],
    [[`--engine=redis://:wrong@${host}`], /the server rejects commands: WRONGPASS/],
    [["--engine=redis://x", "--workers=0"], /Cannot use --engine and --workers=0 together/],
    [["--engine=redis://x", "--isolate=process"], /Cannot use --engine and --isolate=process/],
    [["--run-id=x"], /--run-id requires --engine/],
    [["--engine=redis://x", "--run-id=a/b"], /Cannot use the run id "a\/b": expected up to/],
    [["--engine=redis://x", "--list"], /Cannot use --engine with --list: nothing runs/],
  ];
  for (const [args, line] of cases) {
    const { code, stderr } = await rig.run(["module.ts", ...args]).ended;
    assertMatch(stderr, line, args.join(" "));
    assertEquals(code, 2, args.join(" "));
    assertEquals(stderr.match(/^Error: /gm)?.length, 1, stderr);
    assert(!stderr.includes("wrong@"), "the password is shown");
  }
  const workers: [args: string[], line: RegExp][] = [
    [[], /Cannot start a worker: no module was given/],
    [["module.ts"], /Cannot start a worker: --engine=<url> is required/],
    [["module.ts", "--engine=redis://127.0.0.1:1"], /connection refused/],
    [
      ["missing.ts", `--engine=redis://:s3cret@${host}`],
      /Cannot load module "missing.ts": no such/,
    ],
    [
      ["module.ts::a", `--engine=redis://:s3cret@${host}`],
      /Cannot load module "module.ts::a": no su/,
    ],
    [["module.ts", "--engine=redis://x", "--workers=0"], /a whole number from 1 to 256$/m],
    [["module.ts", "--engine=redis://x", "--workers=257"], /a whole number from 1 to 256$/m],
    [["module.ts", "--enginee=redis://x"], /Unknown option --enginee; did you mean --engine\?/],
  ];
  for (const [args, line] of workers) {
    const { code, stderr } = await rig.run(["worker", ...args]).ended;
    assertMatch(stderr, line, args.join(" "));
    assertEquals([code, stderr.trim().split("\n").length], [2, 1], stderr);
  }
  const right = rig.run(["worker", "module.ts", "--workers=1", `--engine=redis://:s3cret@${host}`]);
  await right.waitFor("Waiting for runs");
  assertStringIncludes(right.stderr, ", 1 task at once\n");
  const { code } = await rig.run(["module.ts", `--engine=redis://:s3cret@${host}`]).ended;
  assertEquals(code, 0);
}, ["redis-server"]);

engineTest(
  "tdrun --engine starts the timeout of a task after its slot's process was replaced",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
      export async function setupWorker() {
        if (!existsSync("ran.txt")) return; // it is the first process
        await new Promise((resolve) => setTimeout(resolve, 3_500));
      }
      export const dies = mark({ retries: 0 }, () => { note("dies"); Deno.kill(Deno.pid, "SIGKILL"); });
      export const b = mark({ after: ["dies"], when: "always", timeout: 3_000 }, () => note("b"));
      export const hangs = mark({ after: ["b"], timeout: 300 }, () => { for (;;); });
      export const c = mark({ after: ["hangs"], when: "always", timeout: 3_000 }, () => note("c"));
      `,
    );
    const { code, stderr } = await rig.whole([], [["--workers=1"]]);
    assertEquals(
      statuses(stderr),
      { dies: "FAILED", b: "PASSED", hangs: "FAILED", c: "PASSED" },
      stderr,
    );
    assertEquals(code, 1);
  },
  ["redis-server"],
);
