/** The driver's end of a run, by itself. */
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

const ABOUT: RunMetadata = {
  ...{ protocol: 2, version: "1", module: "work.ts", names: ["a"] },
  manifest: { files: {}, remotes: [] },
};

engineTest(
  "line: a run stands there while it is driven, and no line is kept for ever",
  async (program) => {
    await using server = await Server.start(program);
    const connections = await Connections.open(engineUrl(server.url), () => {});
    const link = new DriverSession(connections, "test", ABOUT);
    const { main } = connections;
    const line = "tdrun:runs:work.ts";
    await link.claim();
    await link.open(new Uint8Array(1), 1);
    await link.announce({} as EngineRunSpec);
    assertEquals(await main.zrange(line, "0", "-1"), ["test"]);
    assert(await main.pttl(line) > 0);
    await main.del(line);
    const beat = Promise.withResolvers<void>();
    link.startHeartbeat(() => 0, () => Promise.resolve(beat.resolve()), beat.reject);
    await beat.promise;
    assertEquals(await main.zrange(line, "0", "-1"), ["test"]);
    await link.drain();
    assertEquals(await main.exists(line), 0);
    link.close();
  },
  ["redis-server"],
);

engineTest(
  "line: a run that is cancelled before its driver has read what was said before stands there no more",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, link, connections: { main, displayUrl: shown } } = work;
    await link.abandon();
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
  "driver: it is heard of, though the module has put other timers in the place of the runtime's",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const link = new DriverSession(rig.connections, "test", ABOUT);
    const { setInterval } = globalThis;
    globalThis.setInterval = (() => 0) as unknown as typeof setInterval;
    try {
      await rig.connections.main.del(`${rig.key}:driver`); // the rig's
      const second = Promise.withResolvers<void>();
      let beats = 0;
      const onBeat = () => Promise.resolve(++beats === 2 ? second.resolve() : undefined);
      link.startHeartbeat(() => 0, onBeat, second.reject);
      await bounded(second.promise, "the second beat", 5_000);
    } finally {
      globalThis.setInterval = setInterval;
      link.close();
    }
  },
  ["redis-server"],
);

engineTest("driver: a run whose state is too large leaves nothing behind", async (program) => {
  await using server = await Server.start(program);
  const connections = await Connections.open(engineUrl(server.url), () => {});
  const link = new DriverSession(connections, "test", ABOUT);
  await link.claim();
  const open = link.open(new Uint8Array(STATE_BYTES + 1), 1);
  await assertRejects(() => open, UsageError, `its state has ${STATE_BYTES + 1} bytes`);
  await link.abandon();
  assertEquals(await connections.main.keys("*"), []);
  link.close();
}, ["redis-server"]);

engineTest(
  "driver: what it adds while the engine is away is added when it is back",
  async (program) => {
    await using server = await Server.start(program);
    const connections = await Connections.open(engineUrl(server.url), () => {});
    const queue = new JobQueue(connections, "tdrun:{test}");
    await server.kill();
    const added = queue.add("a", { task: 0 as TaskId, attempt: 1, lane: 0 });
    await server.restart();
    await added;
    assertEquals(await connections.main.lrange("tdrun:{test}:tasks:wait", 0, -1), ["0-1"]);
    connections[Symbol.dispose]();
  },
  ["redis-server"],
);

engineTest("driver: an attempt was due that was begun, or ended before it was", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  await rig.call("claimAttempt", "0-1", "w.1", "w", "lost");
  await rig.call("revoke", "driver", "0-2", "event");
  const link = new DriverSession(rig.connections, "test", ABOUT);
  const due = await Promise.all(["0-1", "0-2", "0-3"].map((key) => link.hasStartedOrEnded(key)));
  assertEquals(due, [true, true, false]);
}, ["redis-server"]);
