/** How workers say what there is to say. */
import { assertEquals } from "@std/assert";
import type { Connections } from "../../src/engine/redis/connections.ts";
import { Outbox } from "../../src/engine/worker/outbox.ts";
import type { WorkerEvent } from "../../src/engine/engine_protocol.ts";

Deno.test("sayer: what waits goes together, as far as it makes no text without limit", async () => {
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
  const sayer = new Outbox(connections, "run", "w", (error) => {
    throw error;
  });
  const say = (text: string) => sayer.send({ type: "notice", lane: 0, text } satisfies WorkerEvent);
  say("first");
  await Promise.resolve();
  for (let line = 0; line < 5; line++) say("x".repeat(600 * 1024));
  for (let line = 0; line < 600; line++) say("short");
  away.resolve();
  await sayer.flush();
  assertEquals(sent, [[1, 1], [2, 2], [4, 2], [6, 500], [506, 101]]);
});
