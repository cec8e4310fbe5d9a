/** Detection of the end of a thread, however it ends. */
import { assertEquals } from "@std/assert";
import { watchLiveness } from "../../src/sync/liveness_lock.ts";
import { bounded } from "../support/bounded.ts";
import { TestThread } from "../support/threads.ts";
import type { SyncCommand } from "./sync_worker.ts";

const WORKER = new URL("./sync_worker.ts", import.meta.url);

const ends: Record<string, (thread: TestThread) => void> = {
  "terminate()": ({ worker }) => worker.terminate(),
  "Deno.exit()": ({ worker }) => worker.postMessage({ do: "exit" } satisfies SyncCommand),
  "self.close()": ({ worker }) => worker.postMessage({ do: "close" } satisfies SyncCommand),
};

for (const [way, end] of Object.entries(ends)) {
  Deno.test(`watchLiveness() calls onEnd only after the thread ended by ${way}`, async () => {
    using thread = new TestThread(WORKER);
    const name = `life ${crypto.randomUUID()}`;
    assertEquals(await thread.ask<string>({ do: "live", name } satisfies SyncCommand), "alive");
    let isGone = false;
    const gone = new Promise<void>((resolve) => {
      watchLiveness(name, new AbortController().signal, () => {
        isGone = true;
        resolve();
      });
    });
    // Another round trip to the thread: a free lock would have been acquired by now.
    await thread.ask<string>({ do: "live", name: `${name} too` } satisfies SyncCommand);
    assertEquals(isGone, false);
    end(thread);
    await bounded(gone, "the end of the thread");
  });
}

Deno.test("watchLiveness() does not call onEnd when its signal is aborted", async () => {
  const thread = new TestThread(WORKER);
  const name = `life ${crypto.randomUUID()}`;
  await thread.ask({ do: "live", name } satisfies SyncCommand);
  const watch = new AbortController();
  let calls = 0;
  const watching = watchLiveness(name, watch.signal, () => void calls++);
  watch.abort();
  await bounded(watching, "the watch to end");
  thread.worker.terminate();
  const gone = Promise.withResolvers<void>();
  watchLiveness(name, new AbortController().signal, gone.resolve);
  await bounded(gone.promise, "the end of the thread");
  assertEquals(calls, 0);
});
