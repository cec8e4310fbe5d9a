/** Many tasks, large values, contention for the lock; and TLS. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeCertificate } from "../support/certificate.ts";
import { lastLine, statuses } from "../support/command.ts";
import { EngineRig } from "../support/engine_rig.ts";
import { engineTest, isInstalled } from "../support/servers.ts";

engineTest("tdrun --engine runs each of 10,000 tasks once", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `
    import { appendFileSync } from "node:fs";
    const each = Array.from({ length: 9_998 }, (_, i) => i);
    export const first = mark(() => 1);
    export const many = mark({ after: ["first"], each }, (state, i) => {
      appendFileSync("ran-" + Deno.pid + ".txt", i + "\\n");
      return i + state.results.first;
    });
    export const sum = mark({ after: ["many"] }, (state) => {
      let sum = 0;
      for (const i of each) sum += state.results["many." + i];
      return sum;
    });
    `,
  );
  const limitMs = 400_000;
  for (let i = 0; i < 2; i++) await rig.worker(["--workers=2"], { limitMs });
  const args = ["--state-out=state.json"];
  const { code, stdout, stderr } = await rig.drive(args, { limitMs }).ended;
  assertEquals(lastLine(stdout), "==== 10000 passed, 0 failed, 0 skipped", stderr);
  assertEquals(code, 0);
  const { results } = await rig.state();
  assertEquals(results.sum, 9_998 * 9_999 / 2);
  const files = [...Deno.readDirSync(rig.space.folder)].filter(({ name }) => /^ran-/.test(name));
  assertEquals(files.length, 4);
  const ran = files.flatMap(({ name }) =>
    Deno.readTextFileSync(`${rig.space.folder}/${name}`).trim().split("\n")
  );
  assertEquals([ran.length, new Set(ran).size], [9_998, 9_998]);
}, ["redis-server"]);

engineTest("tdrun --engine stores large results up to the limit", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `
    const MB = 1024 * 1024;
    export const big = mark({ each: [1, 2, 3] }, (_state, n) => new Uint8Array(60 * MB).fill(n));
    export const sum = mark({ after: ["big"] }, (state) =>
      [1, 2, 3].map((n) => {
        const bytes = state.results["big." + n];
        return [bytes.length, bytes[0], bytes.at(-1)];
      }));
    export const more = mark({ after: ["sum"] }, () => new Uint8Array(100 * MB));
    export const write = mark({ after: ["sum"] }, (state) => {
      try {
        state.more = new Uint8Array(100 * MB);
      } catch (error) {
        return error.name;
      }
    });
    export const last = mark({ after: ["write"] }, (state, task) => {
      task.log.info(JSON.stringify([state.results.sum, state.results.write]));
    });
    `,
  );
  const { code, stdout, stderr } = await rig.whole([], [["--workers=2"], ["--workers=2"]]);
  const passed = ["big.1", "big.2", "big.3", "sum", "write", "last"];
  const expected = Object.fromEntries(passed.map((name) => [name, "PASSED"]));
  assertEquals(statuses(stderr), { ...expected, more: "FAILED" }, stdout + stderr);
  assertMatch(stdout, /^ {2}more: StateFullError: The shared state is full: this write needs \d+/m);
  const bytes = 60 * 1024 * 1024;
  const sum = [[bytes, 1, 1], [bytes, 2, 2], [bytes, 3, 3]];
  assertStringIncludes(stderr, ` last: ${JSON.stringify([sum, "StateFullError"])}\n`);
  assertEquals(code, 1);
}, ["valkey-server"]);

engineTest(
  "tdrun --engine counts right with twelve concurrent tasks, in three ways",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const setupState = (state) => { state.count = 0; state.own = {}; };
    const ways = [
      (state) => state.update("count", (count) => count + 1),
      async (state) => {
        using _lock = await state._state_lock.acquireAsync();
        state.count = state.count + 1;
      },
      (state) => {
        using _lock = state._state_lock.acquire();
        state.count = state.count + 1;
      },
    ];
    const each = Array.from({ length: 12 }, (_, i) => i);
    export const add = mark({ each }, async (state, n, task) => {
      for (let i = 0; i < 40; i++) await ways[(n + i) % 3](state);
      state.own[n] = task.attempt;
    });
    `,
    );
    const workers = [["--workers=4"], ["--workers=4"], ["--workers=4"]];
    const { code, stderr } = await rig.whole(["--state-out=state.json"], workers);
    assertEquals(code, 0, stderr);
    const state = await rig.state();
    assertEquals([state.count, Object.keys(state.own).length], [480, 12]);
  },
);

const USER = "--user builder on >s3cret ~* &* +@all --user default off".split(" ");

if (isInstalled("openssl")) {
  engineTest("tdrun --engine connects by TLS with a user and a password", async (program) => {
    const folder = await Deno.makeTempDir({ prefix: "thread-order-certificate-" });
    try {
      const { authority, ...tls } = await makeCertificate(folder);
      const module = `export const a = mark(() => 1);
        export const b = mark({ after: ["a"] }, (state) => logger.info("a made " + state.results.a));`;
      const options = { host: "localhost", tls, args: USER };
      await using rig = await EngineRig.start(program, module, options);
      const { host } = new URL(rig.server.url);
      const run = (user: string, args: string[], env: Record<string, string>) =>
        rig.run([...args, `--engine=rediss://${user}@${host}`], { env });
      const env = { DENO_CERT: authority };
      const untrusted = await run("builder:s3cret", ["module.ts"], {}).ended;
      assertMatch(untrusted.stderr, /^Error: Cannot use the engine at rediss:\/\/localhost:\d+: /m);
      const wrong = await run("builder:wr0ng", ["module.ts"], env).ended;
      assertStringIncludes(wrong.stderr, "the server rejects commands: WRONGPASS");
      const worker = run("builder:s3cret", ["worker", "module.ts"], env);
      await worker.waitFor("Waiting for runs");
      const driver = await run("builder:s3cret", ["module.ts"], env).ended;
      assertEquals(statuses(driver.stderr), { a: "PASSED", b: "PASSED" }, driver.stderr);
      assertStringIncludes(driver.stderr, "a made 1\n");
      assertEquals([untrusted.code, wrong.code, driver.code], [2, 2, 0]);
      worker.kill("SIGTERM");
      const ends = [untrusted, wrong, driver, await worker.ended];
      const output = ends.map(({ stdout, stderr }) => stdout + stderr).join("");
      assert(!/s3cret|wr0ng/.test(output), output);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
} else {
  Deno.test({
    name: "engine: encrypted (left out: no openssl; apt-get install openssl)",
    ignore: true,
    fn() {},
  });
}
