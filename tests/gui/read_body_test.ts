/** Bodies of requests: JSON of a limited size. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { readBody, TooLargeError } from "../../src/gui/read_body.ts";

const JSON_TYPE = { "content-type": "application/json" };

function post(body: BodyInit, headers: Record<string, string> = JSON_TYPE): Request {
  return new Request("http://localhost/", { method: "POST", body, headers });
}

Deno.test("readBody() reads JSON in chunks, and rejects other bodies", async () => {
  const bytes = new TextEncoder().encode('{"name":"größe"}');
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  assertEquals(await readBody(post(pieces)), { name: "größe" });
  await assertRejects(() => readBody(post("{")), UsageError, "invalid JSON");
  await assertRejects(() => readBody(post("{}", {})), UsageError, "expected Content-Type");
});

Deno.test("readBody() stops reading when a body is larger than the limit", async () => {
  let read = 0;
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      read++;
      controller.enqueue(new Uint8Array(1024 * 1024));
    },
    cancel: () => void (isCancelled = true),
  });
  const message = "the body is larger than 2 MiB; open the file by its path";
  await assertRejects(() => readBody(post(endless), 2 * 1024 * 1024), TooLargeError, message);
  assert(isCancelled && read < 10, `${isCancelled} ${read}`);
});
