/** A thread, whatever its protocol. */
import { assertEquals } from "@std/assert";
import { WorkerThread } from "../../src/pool/worker_thread.ts";

/** A thread that is none, and a log of what its handle reports. */
function threadRig() {
  const log: string[] = [];
  const fake = Object.assign(new EventTarget(), {
    postMessage: (message: string) => log.push(`post ${message}`),
    terminate: () => log.push("terminate"),
  }) as unknown as Worker;
  const thread = new WorkerThread<string, string>(
    { entry: new URL("data:,"), name: "thread_0", prestarted: fake },
    {
      message: (message) => log.push(`message ${message}`),
      ended: () => log.push("ended"),
      lost: ({ message }) => log.push(`lost: ${message}`),
    },
  );
  const receive = (data: string) => fake.onmessage!(new MessageEvent("message", { data }));
  const fail = (message: string) => fake.onerror!(new ErrorEvent("error", { message }));
  return { log, thread, receive, fail };
}

Deno.test("WorkerThread reports a lost thread once, after its end", () => {
  const { log, thread, receive, fail } = threadRig();
  thread.post("a");
  receive("b");
  fail("it broke");
  fail("again");
  receive("late");
  thread.terminate();
  assertEquals(log, ["post a", "message b", "terminate", "ended", "lost: it broke"]);
  assertEquals(thread.isTerminated, true);
});

Deno.test("WorkerThread does not report a thread that its owner terminates", () => {
  const { log, thread, receive, fail } = threadRig();
  thread.terminate();
  fail("it broke");
  receive("late");
  assertEquals(log, ["terminate", "ended"]);
});

Deno.test("WorkerThread reports a thread that ends by itself", async () => {
  const lost = Promise.withResolvers<string>();
  const source = `onmessage = ({ data }) => {
    if (data === "close") self.close();
    else navigator.locks.request(data, () => new Promise(() => postMessage("alive")));
  };`;
  const entry = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const thread = new WorkerThread<string, string>({ entry, name: "thread_0" }, {
    message() {
      thread.watch();
      thread.post("close");
    },
    ended() {},
    lost: ({ message }) => lost.resolve(message),
  });
  thread.post(thread.livenessLock);
  assertEquals(await lost.promise, "the worker exited by itself");
});
