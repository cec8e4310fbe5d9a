/** A worker joins a run, while the engine goes away, or the run ends. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Connections, engineUrl } from "../../src/engine/redis/connections.ts";
import { RunParticipant } from "../../src/engine/worker/run_participant.ts";
import { runWorker } from "../../src/engine/worker/run_worker.ts";
import type { EngineRunSpec } from "../../src/engine/engine_protocol.ts";
import { ProcessHub } from "../../src/process/process_hub.ts";
import { startedRun } from "../support/started_run.ts";
import { bounded } from "../support/bounded.ts";
import { Narrow } from "../support/narrow.ts";
import { ScriptRig } from "../support/script_rig.ts";
import { engineTest, Server } from "../support/servers.ts";

engineTest("join: an engine that is away just now is no end of a worker", async (program) => {
  await using server = await Server.start(program);
  using line = await Connections.open(engineUrl(server.url), () => {});
  await server.kill();
  assertEquals(await line.fork(() => {}), undefined);
  await server.restart();
  using again = await line.fork(() => {});
  assertEquals(await again?.main.ping(), "PONG");
}, ["redis-server"]);

engineTest("join: a run that ends before its state was read is over", async (program) => {
  await using rig = await ScriptRig.start(program);
  await rig.startRun();
  const { connections, key } = rig;
  // The driver removes it in this moment, since it has not heard of the worker.
  await connections.main.del(`${key}:base`);
  const host = await RunParticipant.join({
    ...{ connections, key, module: import.meta.url, names: [] },
    worker: { id: "x", host: "here", pid: 1, slots: 1 },
    spec: {} as EngineRunSpec,
    isOtherRunWaiting: () => Promise.resolve(false),
  });
  assertEquals(host, undefined);
}, ["redis-server"]);

engineTest(
  "join: a worker is heard of while it reads a state, however long that takes",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await rig.startRun();
    const { connections: { main, displayUrl: shown }, key } = rig;
    await main.hset(`${key}:base`, "bytes", "x".repeat(1_000_000));
    using narrow = new Narrow(Number(new URL(shown).port), Infinity, 100_000);
    using slow = await Connections.open(engineUrl(`redis://127.0.0.1:${narrow.port}`), () => {});
    const joining = RunParticipant.join({
      ...{ connections: slow, key, module: import.meta.url, names: [] },
      worker: { id: "x", host: "here", pid: 1, slots: 1 },
      spec: {} as EngineRunSpec,
      isOtherRunWaiting: () => Promise.resolve(false),
    });
    const ended = assertRejects(() => joining, Error, "Connection is closed.");
    let lastMs = -1;
    for (let beats = 0; beats < 4;) { // the first by joining
      const leftMs = await main.pttl(`${key}:heartbeat:x`);
      assert(leftMs > 0 || lastMs < 0, "it is not heard of any more");
      if (leftMs > lastMs) beats++;
      lastMs = leftMs;
    }
    slow[Symbol.dispose]();
    await ended;
  },
  ["redis-server"],
);

engineTest(
  "join: a worker that is told to end just before it joins does not join",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, connections } = work;
    const told = new AbortController();
    const { prototype } = Connections;
    const { fork } = prototype;
    prototype.fork = function (onLost) {
      told.abort();
      return fork.call(this, onLost);
    };
    try {
      await runWorker({ module, engine: connections.displayUrl, workers: 1, signal: told.signal });
    } finally {
      prototype.fork = fork;
    }
    assert(told.signal.aborted);
    assertEquals(await rig.stream("events"), []);
  },
  ["redis-server"],
);

engineTest(
  "join: a worker whose files cannot be tidied up has left the run all the same",
  async (program) => {
    await using rig = await ScriptRig.start(program);
    await using work = await startedRun(rig);
    const { module, connections, link } = work;
    const told = new AbortController();
    const { prototype } = ProcessHub;
    const { close } = prototype;
    prototype.close = async function () {
      await close.call(this);
      told.abort();
      throw new Error("it cannot be tidied up");
    };
    try {
      const working = runWorker({
        module,
        engine: connections.displayUrl,
        workers: 1,
        signal: told.signal,
      });
      while ((await link.workers()).length === 0);
      await link.drain();
      await bounded(working, "the worker's end");
    } finally {
      prototype.close = close;
    }
  },
  ["redis-server"],
);

engineTest(
  "connection: a value that never gets through is given up, though all else does",
  async (program) => {
    await using server = await Server.start(program);
    using narrow = new Narrow(Number(new URL(server.url).port), 100_000);
    const lost = Promise.withResolvers<Error>();
    const limits = { replyMs: 200, outageMs: 1_000 };
    const url = engineUrl(`redis://127.0.0.1:${narrow.port}`);
    using connections = await Connections.open(url, lost.resolve, limits);
    const answer = connections.runScript("open", "tdrun:{test}", new Uint8Array(1_000_000));
    answer.catch(() => {}); // it is given up with its connection
    const { message } = await bounded(lost.promise, "the end");
    assertEquals(message, `the engine at ${connections.displayUrl} did not answer for 1 s`);
    assert(narrow.connections > 1);
  },
  ["redis-server"],
);
