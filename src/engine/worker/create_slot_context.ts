/**
 * The connection between slots and the worker: starts executors, and sends their messages through
 * the outbox.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import { TaskState } from "../../plan/plan.ts";
import { toPortable, withUrl } from "../portable_code.ts";
import type { EngineRunSpec, WorkerEvent, WorkerInfo } from "../engine_protocol.ts";
import type { SlotContext, SlotTask } from "./worker_slot.ts";
import type { ExecutorStarter } from "./executor_starter.ts";
import type { Outbox } from "./outbox.ts";

/** Callbacks of the worker. */
export interface SlotContextOptions {
  /** Whether the run is cancelled. */
  isAborted(): boolean;
  /** Called when a slot becomes ready, or stops being ready. */
  onReadyChanged(): void;
  /** Called when the module cannot run on this worker. */
  onBroken(error: ErrorRecord): void;
}

/** Creates the context of a worker's slots. */
export function createSlotContext(
  { spec, worker, module }: {
    readonly spec: EngineRunSpec;
    readonly worker: WorkerInfo;
    readonly module: string;
  },
  outbox: Outbox,
  starter: ExecutorStarter,
  options: SlotContextOptions,
): SlotContext {
  const { hasSetup, rules: { timeoutMs } } = spec;
  return {
    hasSetup,
    timeoutMs,
    permissionSets: starter.sets,
    start: (slot, permissionSet) =>
      starter.start(slot.index, permissionSet, {
        message: (executor, message, bytes) => slot.receive(executor, message, bytes),
        output: (executor, ...line) => slot.onOutput(executor, ...line),
        lost: (executor, error) => slot.onExecutorGone(executor, error),
        isAborted: () => options.isAborted(),
      }, () => slot.task),
    check: () => starter.check(),
    onReadyChanged: () => options.onReadyChanged(),
    onBroken: (error) => options.onBroken(error),
    sendMessage({ task, lane }, message) {
      if (task === undefined || hasNoTask(message)) {
        outbox.send({ type: "message", key: undefined, lane, message });
      } else outbox.sendFor(task, { type: "message", key: task.key, lane, message });
    },
    sendNotice: ({ lane }, text) => outbox.send({ type: "notice", lane, text }),
    requestStartSummary({ id }, key, start) {
      const portableKey = withUrl(key, (url) => toPortable(url, module));
      outbox.send({
        type: "start-summary-request",
        worker: worker.id,
        process: id,
        key: portableKey,
        start,
      });
    },
    onSettled(task, { outcome, result }, bytes) {
      const settled: WorkerEvent = { type: "settled", key: task.key, outcome };
      if (result === undefined) return outbox.sendFor(task, settled, true);
      outbox.sendWithResult(task, settled, {
        growth: result.growth,
        batch: bytes,
        rejected: (error) => resultRejected(task, error),
      });
    },
    onLost: (task, error) => outbox.sendFor(task, { type: "lost", key: task.key, error }, true),
  };
}

/** The events of an attempt whose result has no room in the state. */
function resultRejected({ key, job }: SlotTask, error: ErrorRecord): WorkerEvent[] {
  const message: LaneMessage = { type: "failed", task: job.task, error, after: 0 };
  return [
    { type: "message", key, lane: job.lane, message },
    { type: "settled", key, outcome: TaskState.FAILED },
  ];
}

function hasNoTask(message: LaneMessage): boolean {
  return "task" in message && message.task === null;
}
