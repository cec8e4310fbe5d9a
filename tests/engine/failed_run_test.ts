/** A run that fails because of the server, and the keys that remain. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Connections, engineUrl } from "../../src/engine/redis/connections.ts";
import { LIVENESS_TIMEOUT_MS, runKey, runsKey } from "../../src/engine/engine_protocol.ts";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest } from "../support/servers.ts";

const MODULE = `${WAITING}
export const a = mark(async (_, task) => {
  task.log.info("a runs");
  await go("go");
});
`;

/** All keys, without those that expire within seconds. */
async function lasting({ main }: Connections): Promise<string[]> {
  const keys = await main.keys("tdrun:*");
  const left = await Promise.all(keys.map((key) => main.pttl(key)));
  return keys.filter((_, at) => left[at] === -1 || left[at]! > LIVENESS_TIMEOUT_MS);
}

const RUNS = runsKey("module.ts");

engineTest(
  "tdrun --engine removes the keys of a run that failed because of the server",
  async (program) => {
    await using rig = await EngineRig.start(program, MODULE);
    using connections = await Connections.open(engineUrl(rig.server.url), () => {});
    const { main } = connections;
    const worker = await rig.worker(["--workers=1"]);
    const driver = rig.drive();
    await driver.waitFor("a runs");
    const [run = ""] = await main.zrange(RUNS, "0", "-1");
    await main.hdel(`${runKey(run)}:run`, "count"); // as on a server that has lost some keys
    const { code, stdout } = await driver.ended;
    assertStringIncludes(stdout, "Redis no longer has the run");
    assertEquals(code, 1);
    await worker.waitFor("Left run");
    assertEquals(await lasting(connections), [`${runKey(run)}:tombstone`]);
    // The worker is free for the next run.
    await rig.space.file("go", "");
    const { stderr } = await rig.drive().ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
    assert(!stderr.includes("No workers"), stderr);
  },
);

engineTest(
  "tdrun --run-id resumes a run that failed because of the server",
  async (program) => {
    await using rig = await EngineRig.start(program, MODULE);
    using connections = await Connections.open(engineUrl(rig.server.url), () => {});
    const { main } = connections;
    await rig.worker(["--workers=1"]);
    const driver = rig.drive(["--run-id=kept"]);
    await driver.waitFor("a runs");
    const key = runKey("kept");
    await main.hdel(`${key}:run`, "count");
    assertEquals((await driver.ended).code, 1);
    assertEquals(await main.exists(`${key}:driver`, RUNS), 0);
    await main.hset(`${key}:run`, "count", 0);
    const again = rig.drive(["--run-id=kept"]);
    await again.waitFor("starting thread pool");
    await rig.space.file("go", "");
    const { code, stderr } = await again.ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
    assertEquals(code, 0);
  },
  ["redis-server"],
);
