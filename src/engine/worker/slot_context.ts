/** What the slots of a worker work with: how they start processes, and what is said for them. */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import { toPortable, withUrl } from "../portable_code.ts";
import type { EngineRunSpec, WorkerInfo } from "../engine_protocol.ts";
import type { SlotContext } from "./worker_slot.ts";
import type { ProcessStarter } from "./process_starter.ts";
import type { Outbox } from "./outbox.ts";

/** What slots have to do with the worker as a whole. */
export interface SlotContextOptions {
  /** Whether running tasks are to end. */
  isAborted(): boolean;
  /** A slot is ready, or not any more. */
  readyChanged(): void;
  /** The module cannot be run here. */
  broken(error: ErrorRecord): void;
}

/** See the head of this file. */
export function createSlotContext(
  { order, member, module }: {
    readonly order: EngineRunSpec;
    readonly member: WorkerInfo;
    readonly module: string;
  },
  sayer: Outbox,
  starter: ProcessStarter,
  needs: SlotContextOptions,
): SlotContext {
  const { hasSetup, rules: { timeoutMs } } = order;
  return {
    ...{ hasSetup, timeoutMs },
    sets: starter.sets,
    start: (slot, set) =>
      starter.start(slot.index, set, {
        message: (process, message) => slot.hear(process, message),
        output: (process, ...line) => slot.printed(process, ...line),
        lost: (process, error) => slot.gone(process, error),
        isAborted: () => needs.isAborted(),
      }, () => slot.task),
    check: () => starter.check(),
    readyChanged: () => needs.readyChanged(),
    broken: (error) => needs.broken(error),
    message({ task, lane }, message) {
      if (task === undefined || isOfNoTask(message)) {
        sayer.say({ type: "message", key: undefined, lane, message });
      } else sayer.sayOf(task, { type: "message", key: task.key, lane, message });
    },
    notice: ({ lane }, text) => sayer.say({ type: "notice", lane, text }),
    recall({ id }, key, start) {
      const there = withUrl(key, (url) => toPortable(url, module));
      sayer.say({ type: "recall", worker: member.id, process: id, key: there, start });
    },
    settled: (task, { outcome }) =>
      sayer.sayOf(task, { type: "settled", key: task.key, outcome }, true),
    lost: (task, error) => sayer.sayOf(task, { type: "lost", key: task.key, error }, true),
  };
}

function isOfNoTask(message: LaneMessage): boolean {
  return "task" in message && message.task === null;
}
