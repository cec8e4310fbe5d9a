/**
 * Clients of the server can choose among the module's files, and cannot bring code of their own.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Redis } from "ioredis";
import { statuses } from "../support/command.ts";
import { EngineRig } from "../support/engine_rig.ts";
import { engineTest } from "../support/servers.ts";

function connect(url: string): Disposable & { readonly redis: Redis } {
  const redis = new Redis(url);
  return { redis, [Symbol.dispose]: () => redis.disconnect() };
}

engineTest("tdrun worker loads no code that its module does not import", async (program) => {
  await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`);
  const driver = rig.drive(["--run-id=nightly"]);
  await driver.waitFor("No workers");
  using connected = connect(rig.server.url);
  const { redis } = connected;
  const run = "tdrun:{nightly}:run";
  const spec = (await redis.hget(run, "spec"))!;
  const code = `data:text/javascript,Deno.writeTextFileSync("ran.txt","")`;
  await redis.hset(
    run,
    "spec",
    spec.replace(`"url":"module.ts"`, `"url":${JSON.stringify(code)}`),
  );
  const worker = await rig.worker();
  const reason = 'the run refers to "data:text/javascript,';
  await worker.waitFor(reason);
  await driver.waitFor(`did not join: ${reason}`);
  assertEquals(
    [...Deno.readDirSync(rig.space.folder)].some(({ name }) => name === "ran.txt"),
    false,
  );
  await redis.hset(run, "spec", spec);
  await rig.worker();
  const { code: exit, stderr } = await driver.ended;
  assertEquals([statuses(stderr), exit], [{ a: "PASSED" }, 0]);
});

engineTest("tdrun worker ignores listed keys that are not runs", async (program) => {
  await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`);
  using connected = connect(rig.server.url);
  const { redis } = connected;
  for (
    const [metadata, spec] of [["{", "{}"], ["{}", "no"], ["null", "null"], ["{}", "[]"]] as const
  ) {
    const name = `${metadata} ${spec}`;
    await redis.hset(`tdrun:{${name}}:run`, { metadata, spec });
    await redis.set(`tdrun:{${name}}:driver`, "x");
    await redis.zadd("tdrun:runs:module.ts", 0, name);
  }
  const worker = await rig.worker();
  await worker.waitFor("Not joining run {} []");
  const { code, stderr } = await rig.drive().ended;
  assertEquals(code, 0, stderr);
  worker.kill("SIGTERM");
  assertStringIncludes(
    (await worker.ended).stderr,
    "run { {}: the run's metadata or spec is invalid JSON",
  );
});
