/** A worker joins a run, while the engine goes away, or the run ends. */
import { assertEquals } from "@std/assert";
import { Connections, engineUrl } from "../../src/engine/connect.ts";
import { RunHost } from "../../src/engine/host/run_host.ts";
import type { EngineOrder } from "../../src/engine/protocol.ts";
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
  await rig.begin();
  const { connections, key } = rig;
  // The driver removes it in this moment, since it has not heard of the worker.
  await connections.main.del(`${key}:base`);
  const host = await RunHost.join({
    ...{ connections, key, module: import.meta.url, names: [] },
    member: { id: "x", host: "here", pid: 1, slots: 1 },
    order: {} as EngineOrder,
    isWanted: () => Promise.resolve(false),
  });
  assertEquals(host, undefined);
}, ["redis-server"]);
