/** Batching of the outbox. */
import { assertEquals } from "@std/assert";
import type { Connections } from "../../src/engine/redis/connections.ts";
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
      sent.push([first, rows.length / 4]);
      return ["ok"];
    },
  } as unknown as Connections;
  const outbox = new Outbox(connections, "run", "w", (error) => {
    throw error;
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
