/** Batching of the outbox. */
import { assertEquals } from "@std/assert";
import type { Connections, ScriptReply } from "../../src/engine/redis/connections.ts";
import { TaskState } from "../../src/plan/plan.ts";
import { Outbox } from "../../src/engine/worker/outbox.ts";
import type { WorkerEvent } from "../../src/engine/engine_protocol.ts";

Deno.test("Outbox sends queued events in batches of limited number and length", async () => {
  const sent: [first: number, rows: number][] = [];
  const away = Promise.withResolvers<void>();
  const connections = {
    async runScript(
      _name: string,
      _key: string,
      _sender: string,
      first: number,
      ...rows: string[]
    ) {
      await away.promise;
      sent.push([first, rows.length / 6]);
      return ["ok"];
    },
  } as unknown as Connections;
  const outbox = new Outbox({
    connections,
    key: "run",
    sender: "w",
    makeRoom: () => Promise.resolve(),
    onError(error) {
      throw error;
    },
  });
  const send = (text: string) =>
    outbox.send({ type: "notice", lane: 0, text } satisfies WorkerEvent);
  send("first");
  await Promise.resolve();
  for (let line = 0; line < 5; line++) send("x".repeat(600 * 1024));
  for (let line = 0; line < 600; line++) send("short");
  away.resolve();
  await outbox.flush();
  assertEquals(sent, [[1, 1], [2, 2], [4, 2], [6, 500], [506, 101]]);
});

Deno.test("Outbox compacts for a result without room, then publishes its rejection", async () => {
  const published: unknown[] = [];
  const log: (string | number)[] = [];
  const connections = {
    runScript(_name: string, _key: string, _sender: string, first: number, ...args: unknown[]) {
      for (let at = 0; at < args.length; at += 6) {
        const [event, batch] = [JSON.parse(String(args[at + 3])), args[at + 4]];
        const number = first + at / 6;
        if (batch !== "") return Promise.resolve(["full", number, 9]);
        published.push([number, event.text ?? event.key]);
      }
      return Promise.resolve(["ok"]);
    },
  } as unknown as Connections;
  const outbox = new Outbox({
    connections,
    key: "run",
    sender: "w",
    makeRoom: (growth) => Promise.resolve(void log.push(growth)),
    onError(error) {
      throw error;
    },
  });
  const attempt = { key: "0-1", token: "w.1" };
  outbox.send({ type: "notice", lane: 0, text: "before" });
  outbox.sendWithResult(attempt, { type: "settled", key: "0-1", outcome: TaskState.PASSED }, {
    growth: 5,
    batch: new Uint8Array(1),
    rejected(error) {
      log.push(error.type);
      return [{ type: "lost", key: "rejected", error }];
    },
  });
  outbox.send({ type: "notice", lane: 0, text: "after" });
  await outbox.flush();
  assertEquals(log, [5, "StateFullError"]);
  assertEquals(published, [[1, "before"], [2, "rejected"], [3, "after"]]);
});

Deno.test("Outbox.sent() waits until all events are sent, and not for the replies", async () => {
  const replies = Array.from({ length: 2 }, () => Promise.withResolvers<ScriptReply>());
  let sent = 0;
  const outbox = new Outbox({
    connections: { runScript: () => replies[sent++]!.promise } as unknown as Connections,
    key: "run",
    sender: "w",
    makeRoom: () => Promise.resolve(),
    onError(error) {
      throw error;
    },
  });
  await outbox.sent();
  outbox.send({ type: "notice", lane: 0, text: "first" });
  await outbox.sent();
  assertEquals(sent, 1);
  outbox.send({ type: "notice", lane: 0, text: "second" });
  const second = outbox.sent();
  replies[0]!.resolve(["ok"]);
  await second;
  assertEquals(sent, 2);
  replies[1]!.resolve(["ok"]);
  await outbox.flush();
});
