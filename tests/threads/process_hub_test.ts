/** The house of processes by itself. */
import { assertEquals } from "@std/assert";
import type { FromProcess } from "../../src/process/ipc_protocol.ts";
import { processPaths } from "../../src/process/ipc_protocol.ts";
import { createPeerKey, writeChunks } from "../../src/process/framing.ts";
import { ProcessHub, type ProcessPeer } from "../../src/process/process_hub.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";

Deno.test("ProcessHub: one that cannot be done what it asks for is broken, and the others are heard", async () => {
  const house = new ProcessHub(SharedState.create());
  await house.options;
  const heard: FromProcess[] = [];
  const over = Promise.withResolvers<void>();
  const tenant = (receive: ProcessPeer["receive"]): ProcessPeer => ({
    receive,
    catchUp() {},
    disconnected() {},
  });
  const keys = [createPeerKey(), createPeerKey()] as const;
  house.register(
    keys[0],
    tenant((message) => {
      if (message.type !== "broken") throw new Error("no room");
      heard.push(message);
    }),
  );
  house.register(
    keys[1],
    tenant((message) => {
      heard.push(message);
      over.resolve();
    }),
  );
  {
    using up = Deno.openSync(processPaths(house.folder, 0).up, { write: true });
    for (const key of keys) {
      writeChunks((piece) => up.writeSync(piece), Uint8Array.fromHex(key), { type: "hello" });
    }
  }
  await bounded(over.promise, "the second process");
  const [broken, hello] = heard;
  assertEquals(broken?.type === "broken" && broken.error.message, "no room");
  assertEquals(hello, { type: "hello" });
  await house.close();
});
