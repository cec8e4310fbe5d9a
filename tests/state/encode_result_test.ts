import { assertEquals, assertThrows } from "@std/assert";
import { encodeResult } from "../../src/state/results/encode_result.ts";
import { SharedState } from "../../src/state/shared_state.ts";

Deno.test("encodeResult() encodes a result that a replica reads when it is appended", () => {
  const state = SharedState.create();
  for (const value of [{ url: "http://a", ports: [1, 2n] }, "text", 7, undefined, null]) {
    const batch = encodeResult(state.replica, "db", value);
    state.replica.appendRemote(batch, { growth: batch.length }, () => true);
    assertEquals(state.resultOf("db"), { value });
  }
});

Deno.test("encodeResult() rejects a value that cannot be shared", () => {
  const state = SharedState.create();
  assertThrows(() => encodeResult(state.replica, "db", { run() {} }), Error, "result.run");
});
