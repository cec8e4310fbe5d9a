/** What threads say about a run, in the order of their lane. */
import type { ErrorRecord } from "../base/error_record.ts";
import { repairErrorRecord } from "../base/repair_error_record.ts";
import type { OutputChannel } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";

/**
 * See the head of this file. `posted` in the plan's records counts these messages by lane: a record is told
 * only after as many messages of its lane, and a message only after the records before `after`.
 */
export type LaneMessage =
  & {
    /** How many records the plan's log held when the message was sent. */
    readonly after: number;
    /** When it was sent, in milliseconds since the run's start; if nobody says, when it comes in. */
    readonly atMs?: number | undefined;
  }
  & (
    | {
      readonly type: "output";
      readonly task: TaskId | null;
      /** The hook that was being called, if no task was. */
      readonly hook?: HookName;
      readonly channel: OutputChannel;
      readonly level: LogLevel;
      readonly text: string;
    }
    /** The keys of the state that an attempt has written; the record that ends it follows. */
    | { readonly type: "wrote"; readonly task: TaskId; readonly keys: readonly string[] }
    /** What a task threw; its FAILED, RETRIED or CANCELLED record follows. */
    | { readonly type: "failed"; readonly task: TaskId; readonly error: ErrorRecord }
    | {
      readonly type: "stray";
      readonly suspects: readonly TaskId[];
      /** The hook that threw it or left it behind. */
      readonly hook?: HookName;
      readonly error: ErrorRecord;
    }
  );

/** A message as it has come in, with what is malformed replaced: see repair_error_record.ts. */
export function receivedMessage(message: LaneMessage): LaneMessage {
  if (message.type !== "output") {
    if (message.type === "wrote") {
      return Array.isArray(message.keys) ? message : { ...message, keys: [] };
    }
    const error = repairErrorRecord(message.error);
    return error === message.error ? message : { ...message, error };
  }
  return typeof message.text === "string" ? message : { ...message, text: "(malformed output)" };
}
