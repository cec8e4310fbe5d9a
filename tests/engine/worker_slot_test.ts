/** A slot of a worker, with fake processes. */
import { assertEquals } from "@std/assert";
import {
  type SlotContext,
  type SlotTask,
  WorkerSlot,
} from "../../src/engine/worker/worker_slot.ts";
import { ExecutorDrain } from "../../src/process/executor_drain.ts";
import { SHUTDOWN_TIMEOUTS } from "../../src/lane/shutdown.ts";
import type { Executor } from "../../src/process/executor.ts";

const NO_BYTES = new Uint8Array(0);
const ERROR = { type: "ProcessLostError", message: "it is gone" };
const TASK = { key: "0-1", token: "w.1", job: { task: 0, attempt: 1, lane: 0 } } as SlotTask;

/** A slot with processes that do nothing, and a log of its callbacks. */
function slotRig(check: SlotContext["check"] = () => Promise.resolve(undefined)) {
  const log: string[] = [];
  const started: Executor[] = [];
  const broken = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const context = {
    permissionSets: ["all"],
    hasSetup: false,
    timeoutMs: 1,
    startupLimits: { noticeMs: 10, limitMs: 100 },
    start() {
      const process = {
        noun: "process",
        isReady: false,
        post: called.resolve,
        kill() {},
        id: started.length,
      };
      started.push(process as unknown as Executor);
      return started.at(-1)!;
    },
    check,
    onReadyChanged: () => log.push(slot.isReady ? "ready" : "not ready"),
    sendNotice: (_, text) => log.push(text),
    sendMessage: (_, { type }) => log.push(type),
    onLost: ({ key }) => log.push(`lost ${key}`),
    onBroken({ message }) {
      log.push(message);
      broken.resolve();
    },
  } as Partial<SlotContext> as SlotContext;
  const slot: WorkerSlot = new WorkerSlot(context, 0, new ExecutorDrain(SHUTDOWN_TIMEOUTS));
  return { slot, log, started, broken: broken.promise, called: called.promise };
}

Deno.test("WorkerSlot reports a lower capacity before a lost task, and an error when no process starts", async () => {
  const { slot, log, started, broken, called } = slotRig();
  slot.receive(started[0]!, { type: "ready", run: 1 }, NO_BYTES);
  const ended = slot.run(TASK, "all", () => Promise.resolve(true));
  await called;
  slot.onExecutorGone(started[0]!, ERROR);
  await ended;
  await broken;
  assertEquals(log, [
    "ready",
    "not ready",
    "lost 0-1",
    "is not ready after 0.01 s: the module's top level has not ended",
    "the process of a slot was not ready within 0.1 s: the module's top level did not end",
  ]);
  slot.close();
});

Deno.test("WorkerSlot replaces a process that dies while its module is checked", () => {
  const checked = Promise.withResolvers<undefined>();
  const { slot, log, started } = slotRig(() => checked.promise);
  slot.receive(started[0]!, { type: "ready", run: 1 }, NO_BYTES);
  slot.onExecutorGone(started[0]!, ERROR);
  assertEquals([started.length, log], [2, ["not ready", "stray"]]);
  checked.resolve(undefined);
  slot.close();
});
