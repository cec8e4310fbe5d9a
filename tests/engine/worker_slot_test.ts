/** A slot of a worker by itself, with processes that are none. */
import { assertEquals } from "@std/assert";
import {
  type SlotContext,
  type SlotTask,
  WorkerSlot,
} from "../../src/engine/worker/worker_slot.ts";
import { ProcessDrain } from "../../src/process/process_drain.ts";
import { SHUTDOWN_TIMEOUTS } from "../../src/lane/shutdown.ts";
import type { ProcessHandle } from "../../src/process/process_handle.ts";

const ERROR = { type: "ProcessLostError", message: "it is gone" };
const TASK = { key: "0-1", token: "w.1", job: { task: 0, attempt: 1, lane: 0 } } as SlotTask;

/** A slot whose processes do nothing, and what it says of them. */
function slotRig(check: SlotContext["check"] = () => Promise.resolve(undefined)) {
  const said: string[] = [];
  const started: ProcessHandle[] = [];
  const broken = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const host = {
    permissionSets: ["all"],
    hasSetup: false,
    timeoutMs: 1,
    startupLimits: { noticeMs: 10, limitMs: 100 },
    start() {
      const process = { isReady: false, post: called.resolve, kill() {}, id: started.length };
      started.push(process as unknown as ProcessHandle);
      return started.at(-1)!;
    },
    check,
    onReadyChanged: () => said.push(slot.isReady ? "ready" : "not ready"),
    sendNotice: (_, text) => said.push(text),
    sendMessage: (_, { type }) => said.push(type),
    onLost: ({ key }) => said.push(`lost ${key}`),
    onBroken({ message }) {
      said.push(message);
      broken.resolve();
    },
  } as Partial<SlotContext> as SlotContext;
  const slot: WorkerSlot = new WorkerSlot(host, 0, new ProcessDrain(SHUTDOWN_TIMEOUTS));
  return { slot, said, started, broken: broken.promise, called: called.promise };
}

Deno.test("slot: it says that it has no room before it says that a task is lost, and when another never gets ready", async () => {
  const { slot, said, started, broken, called } = slotRig();
  slot.receive(started[0]!, { type: "ready", run: 1 });
  const ended = slot.run(TASK, "all", () => Promise.resolve(true));
  await called;
  slot.onProcessGone(started[0]!, ERROR);
  await ended;
  await broken;
  assertEquals(said, [
    "ready",
    "not ready",
    "lost 0-1",
    "is not ready after 0.01 s: the module's top level has not ended",
    "the process of a slot was not ready within 0.1 s: the module's top level did not end",
  ]);
  slot.close();
});

Deno.test("slot: a process that dies while it is looked whether it has the run's module had got ready, and is replaced", () => {
  const checked = Promise.withResolvers<undefined>();
  const { slot, said, started } = slotRig(() => checked.promise);
  slot.receive(started[0]!, { type: "ready", run: 1 });
  slot.onProcessGone(started[0]!, ERROR);
  assertEquals([started.length, said], [2, ["not ready", "stray"]]);
  checked.resolve(undefined);
  slot.close();
});
