/** The process hub, without processes. */
import { assertEquals } from "@std/assert";
import type { FromProcess } from "../../src/process/ipc_protocol.ts";
import { processPaths } from "../../src/process/ipc_protocol.ts";
import { createPeerKey, writeChunks } from "../../src/process/framing.ts";
import { ProcessHub, type ProcessPeer } from "../../src/process/process_hub.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";

Deno.test("ProcessHub marks a peer as broken when its handler throws", async () => {
  const hub = new ProcessHub(SharedState.create());
  await hub.options;
  const received: FromProcess[] = [];
  const over = Promise.withResolvers<void>();
  const peerOf = (receive: ProcessPeer["receive"]): ProcessPeer => ({
    receive,
    catchUp() {},
    disconnected() {},
  });
  const keys = [createPeerKey(), createPeerKey()] as const;
  hub.register(
    keys[0],
    peerOf((message) => {
      if (message.type !== "broken") throw new Error("no room");
      received.push(message);
    }),
  );
  hub.register(
    keys[1],
    peerOf((message) => {
      received.push(message);
      over.resolve();
    }),
  );
  {
    using up = Deno.openSync(processPaths(hub.folder, 0).up, { write: true });
    for (const key of keys) {
      writeChunks((piece) => up.writeSync(piece), Uint8Array.fromHex(key), { type: "hello" });
    }
  }
  await bounded(over.promise, "the second process");
  const [broken, hello] = received;
  assertEquals(broken?.type === "broken" && broken.error.message, "no room");
  assertEquals(hello, { type: "hello" });
  await hub.close();
});
