/** When a thread is started beside those there are. */
import { assertEquals } from "@std/assert";
import { Patience } from "../../src/pool/patience.ts";
import type { WorkerHandle } from "../../src/pool/worker_handle.ts";

const thread = (it: Pick<WorkerHandle, "isReady" | "isEarly">) => it as WorkerHandle;
const WORKING = thread({ isReady: true, isEarly: false });
const NEAR = thread({ isReady: false, isEarly: true });
const STARTING = thread({ isReady: false, isEarly: false });

/** Whether the wait is over at once, where there are these threads. */
function isAtOnce(...workers: (WorkerHandle | undefined)[]): boolean {
  const patience = new Patience();
  let called = false;
  patience.wait(workers, () => called = true);
  patience.forget();
  return called;
}

Deno.test("Patience: none where no thread is near; some where one works, or was started early", () => {
  assertEquals(isAtOnce(undefined, undefined), true);
  assertEquals(isAtOnce(STARTING, undefined), true);
  assertEquals(isAtOnce(NEAR, undefined), false);
  assertEquals(isAtOnce(WORKING, STARTING), false);
});

Deno.test("Patience: it ends once, however often somebody waits, and not when it is forgotten", async () => {
  const patience = new Patience();
  let forgotten = 0;
  patience.wait([WORKING], () => forgotten++);
  patience.forget();
  const { promise, resolve } = Promise.withResolvers<void>();
  let ended = 0;
  for (let i = 0; i < 3; i++) {
    patience.wait([WORKING], () => {
      ended++;
      resolve();
    });
  }
  await promise;
  const after = Promise.withResolvers<void>();
  patience.wait([WORKING], after.resolve); // whatever was set before it has come up by then
  await after.promise;
  assertEquals([ended, forgotten], [1, 0]);
});
