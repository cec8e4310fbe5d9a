/** Joining a run, during an outage or at the end of the run. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Connections, engineUrl } from "../../src/engine/redis/connections.ts";
import { RunParticipant } from "../../src/engine/worker/run_participant.ts";
import { runWorker } from "../../src/engine/worker/run_worker.ts";
import type { EngineRunSpec } from "../../src/engine/engine_protocol.ts";
import { ProcessHub } from "../../src/process/process_hub.ts";
import { startedRun } from "../support/started_run.ts";
import { bounded } from "../support/bounded.ts";
import { ByteLimitProxy } from "../support/byte_limit_proxy.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest, Server } from "../support/servers.ts";

engineTest("Connections.fork() returns undefined during an outage", async (program) => {
  await using server = await Server.start(program);
  using connections = await Connections.open(engineUrl(server.url), () => {});
  await server.kill();
  assertEquals(await connections.fork(() => {}), undefined);
  await server.restart();
  using again = await connections.fork(() => {});
  assertEquals(await again?.main.ping(), "PONG");
}, ["redis-server"]);

engineTest(
  "RunParticipant.join() returns undefined when the run ends before its state is read",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const { connections, key } = rig;
    // The driver removes it now, since it does not know of the worker.
    await connections.main.del(`${key}:base`);
    const participant = await RunParticipant.join({
      isolate: "process",
      ...{ connections, key, module: import.meta.url, names: [] },
      worker: { id: "x", host: "here", pid: 1, slots: 1 },
      spec: {} as EngineRunSpec,
      isOtherRunWaiting: () => Promise.resolve(false),
    });
    assertEquals(participant, undefined);
  },
  ["redis-server"],
);

engineTest(
  "RunParticipant.join() sends heartbeats while it reads a large state",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const { connections: { main, displayUrl: shown }, key } = rig;
    await main.hset(`${key}:base`, "bytes", "x".repeat(1_000_000));
    using proxy = new ByteLimitProxy(Number(new URL(shown).port), Infinity, 100_000);
    using slow = await Connections.open(engineUrl(`redis://127.0.0.1:${proxy.port}`), () => {});
    const joining = RunParticipant.join({
      isolate: "process",
      ...{ connections: slow, key, module: import.meta.url, names: [] },
      worker: { id: "x", host: "here", pid: 1, slots: 1 },
      spec: {} as EngineRunSpec,
      isOtherRunWaiting: () => Promise.resolve(false),
    });
    const ended = assertRejects(() => joining, Error, "Connection is closed.");
    let lastMs = -1;
    for (let heartbeats = 0; heartbeats < 4;) { // the first one by joining
      const leftMs = await main.pttl(`${key}:heartbeat:x`);
      assert(leftMs > 0 || lastMs < 0, "the heartbeat has expired");
      if (leftMs > lastMs) heartbeats++;
      lastMs = leftMs;
    }
    slow[Symbol.dispose]();
    await ended;
  },
  ["redis-server"],
);

engineTest(
  "runWorker() does not join a run when it is stopped just before",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, connections } = work;
    const stopped = new AbortController();
    const { prototype } = Connections;
    const { fork } = prototype;
    prototype.fork = function (onLost) {
      stopped.abort();
      return fork.call(this, onLost);
    };
    try {
      await runWorker({
        module,
        engine: connections.displayUrl,
        workers: 1,
        signal: stopped.signal,
      });
    } finally {
      prototype.fork = fork;
    }
    assert(stopped.signal.aborted);
    assertEquals(await rig.stream("events"), []);
  },
  ["redis-server"],
);

engineTest(
  "runWorker() leaves the run when its folder cannot be removed",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, connections, session } = work;
    const stopped = new AbortController();
    const { prototype } = ProcessHub;
    const { close } = prototype;
    prototype.close = async function () {
      await close.call(this);
      stopped.abort();
      throw new Error("it cannot be tidied up");
    };
    try {
      const working = runWorker({
        module,
        engine: connections.displayUrl,
        workers: 1,
        signal: stopped.signal,
      });
      while ((await session.workers()).length === 0);
      await session.drain();
      await bounded(working, "the worker's end");
    } finally {
      prototype.close = close;
    }
  },
  ["redis-server"],
);

engineTest(
  "Connections report an outage when a value never reaches the server",
  async (program) => {
    await using server = await Server.start(program);
    using proxy = new ByteLimitProxy(Number(new URL(server.url).port), 100_000);
    const lost = Promise.withResolvers<Error>();
    const limits = { replyMs: 200, outageMs: 1_000 };
    const url = engineUrl(`redis://127.0.0.1:${proxy.port}`);
    using connections = await Connections.open(url, lost.resolve, limits);
    const answer = connections.runScript("open", "tdrun:{test}", new Uint8Array(1_000_000));
    answer.catch(() => {}); // rejected when its connection is closed
    const { message } = await bounded(lost.promise, "the end");
    assertEquals(message, `the engine at ${connections.displayUrl} did not answer for 1 s`);
    assert(proxy.connections > 1);
  },
  ["redis-server"],
);

engineTest(
  "Connections limit the time for a reply to the connection on which a queue blocks",
  async (program) => {
    await using server = await Server.start(program);
    const limits = { replyMs: 200, outageMs: 1_000 };
    using connections = await Connections.open(engineUrl(server.url), () => {}, limits);
    const blocking = connections.queueClient.duplicate();
    assertEquals(blocking.options.socketTimeout, limits.replyMs);
  },
  ["redis-server"],
);
