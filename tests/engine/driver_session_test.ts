/** The driver's session, on a server of its own. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { Connections, engineUrl } from "../../src/engine/redis/connections.ts";
import { bullmqEngine } from "../../src/engine/driver/bullmq_engine.ts";
import { JobQueue } from "../../src/engine/driver/driver_session.ts";
import type { TaskId } from "../../src/task/task.ts";
import { DriverSession } from "../../src/engine/driver/driver_session.ts";
import {
  type EngineRunSpec,
  type RunMetadata,
  STATE_BYTES,
} from "../../src/engine/engine_protocol.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { startedRun } from "../support/started_run.ts";
import { bounded } from "../support/bounded.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest, Server } from "../support/servers.ts";

const METADATA: RunMetadata = {
  ...{ protocol: 2, version: "1", module: "work.ts", names: ["a"] },
  manifest: { files: {}, remotes: [] },
};

engineTest(
  "RunListing lists a run while its driver is alive, and the list expires",
  async (program) => {
    await using server = await Server.start(program);
    const connections = await Connections.open(engineUrl(server.url), () => {});
    const session = new DriverSession(connections, "test", METADATA);
    const { main } = connections;
    const runs = "tdrun:runs:work.ts";
    await session.claim();
    await session.open(new Uint8Array(1), 1);
    await session.announce({} as EngineRunSpec);
    assertEquals(await main.zrange(runs, "0", "-1"), ["test"]);
    assert(await main.pttl(runs) > 0);
    await main.del(runs);
    const heartbeat = Promise.withResolvers<void>();
    session.startHeartbeat(() => 0, () => Promise.resolve(heartbeat.resolve()), heartbeat.reject);
    await heartbeat.promise;
    assertEquals(await main.zrange(runs, "0", "-1"), ["test"]);
    await session.drain();
    assertEquals(await main.exists(runs), 0);
    session.close();
  },
  ["redis-server"],
);

engineTest(
  "RunListing.withdraw() delists a resumed run that is cancelled before the events are replayed",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, session, connections: { main, displayUrl: shown } } = work;
    await session.abandon();
    const cancel = new AbortController();
    const { signal } = cancel;
    const engine = bullmqEngine(shown, { runId: "test" });
    await using s = new Scheduler({ module, engine, signal });
    s.register(() => 1, "a");
    s.onTaskStart(() => cancel.abort());
    const { cancelled } = await bounded(s.start(), "the run");
    assertEquals([cancelled, await main.zrange("tdrun:runs:work.ts", "0", "-1")], [["a"], []]);
  },
  ["redis-server"],
);

engineTest(
  "DriverSession.startHeartbeat() renews the claim when the module replaces the global timers",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const session = new DriverSession(rig.connections, "test", METADATA);
    const { setInterval } = globalThis;
    globalThis.setInterval = (() => 0) as unknown as typeof setInterval;
    try {
      await rig.connections.main.del(`${rig.key}:driver`); // the claim of the rig
      const second = Promise.withResolvers<void>();
      let heartbeats = 0;
      const onBeat = () => Promise.resolve(++heartbeats === 2 ? second.resolve() : undefined);
      session.startHeartbeat(() => 0, onBeat, second.reject);
      await bounded(second.promise, "the second beat", 5_000);
    } finally {
      globalThis.setInterval = setInterval;
      session.close();
    }
  },
  ["redis-server"],
);

engineTest("DriverSession.open() leaves no keys when the state is too large", async (program) => {
  await using server = await Server.start(program);
  const connections = await Connections.open(engineUrl(server.url), () => {});
  const session = new DriverSession(connections, "test", METADATA);
  await session.claim();
  const open = session.open(new Uint8Array(STATE_BYTES + 1), 1);
  await assertRejects(() => open, UsageError, `its state has ${STATE_BYTES + 1} bytes`);
  await session.abandon();
  assertEquals(await connections.main.keys("*"), []);
  session.close();
}, ["redis-server"]);

engineTest(
  "JobQueue.add() adds a job after an outage",
  async (program) => {
    await using server = await Server.start(program);
    const connections = await Connections.open(engineUrl(server.url), () => {});
    const queue = new JobQueue(connections, "tdrun:{test}");
    await server.kill();
    const added = queue.add("a", { task: 0 as TaskId, attempt: 1, lane: 0, position: 0 });
    await server.restart();
    await added;
    assertEquals(await connections.main.lrange("tdrun:{test}:tasks:wait", 0, -1), ["0-1"]);
    connections[Symbol.dispose]();
  },
  ["redis-server"],
);

engineTest(
  "DriverSession.hasStartedOrEnded() returns true for started and for revoked attempts",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    await rig.call("claimAttempts", "w", "0-1", "w.1", "lost");
    await rig.call("revoke", "driver", "0-2", "event");
    const session = new DriverSession(rig.connections, "test", METADATA);
    const due = await Promise.all(
      ["0-1", "0-2", "0-3"].map((key) => session.hasStartedOrEnded(key)),
    );
    assertEquals(due, [true, true, false]);
  },
  ["redis-server"],
);
