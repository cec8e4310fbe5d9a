/** A run that its driver gives up because of the engine, and what is left of it there. */
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

/** All keys but for those that a worker renews, which go by themselves within seconds. */
async function lasting({ main }: Connections): Promise<string[]> {
  const keys = await main.keys("tdrun:*");
  const left = await Promise.all(keys.map((key) => main.pttl(key)));
  return keys.filter((_, at) => left[at] === -1 || left[at]! > LIVENESS_TIMEOUT_MS);
}

const LINE = runsKey("module.ts");

engineTest("engine: of a run that is given up, nothing is left at the server", async (program) => {
  await using rig = await EngineRig.start(program, MODULE);
  using connections = await Connections.open(engineUrl(rig.server.url), () => {});
  const { main } = connections;
  const worker = await rig.worker(["--workers=1"]);
  const driver = rig.drive();
  await driver.said("a runs");
  const [run = ""] = await main.zrange(LINE, "0", "-1");
  await main.hdel(`${runKey(run)}:run`, "count"); // a server that has lost a part of it
  const { code, stdout } = await driver.ended;
  assertStringIncludes(stdout, "Redis no longer has the run");
  assertEquals(code, 1);
  await worker.said("Left run");
  assertEquals(await lasting(connections), [`${runKey(run)}:tombstone`]);
  // Nobody takes the worker from the next.
  await rig.space.file("go", "");
  const { stderr } = await rig.drive().ended;
  assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
  assert(!stderr.includes("No workers"), stderr);
});

engineTest(
  "engine: a run with an id that is given up is gone on with, by whoever comes first",
  async (program) => {
    await using rig = await EngineRig.start(program, MODULE);
    using connections = await Connections.open(engineUrl(rig.server.url), () => {});
    const { main } = connections;
    await rig.worker(["--workers=1"]);
    const driver = rig.drive(["--run-id=kept"]);
    await driver.said("a runs");
    const key = runKey("kept");
    await main.hdel(`${key}:run`, "count");
    assertEquals((await driver.ended).code, 1);
    assertEquals(await main.exists(`${key}:driver`, LINE), 0);
    await main.hset(`${key}:run`, "count", 0);
    const again = rig.drive(["--run-id=kept"]);
    await again.said("starting thread pool");
    await rig.space.file("go", "");
    const { code, stderr } = await again.ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
    assertEquals(code, 0);
  },
  ["redis-server"],
);
