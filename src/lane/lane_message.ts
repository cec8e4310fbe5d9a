/** The messages of threads about a run, in the order of their lane. */
import type { ErrorRecord } from "../base/error_record.ts";
import { repairErrorRecord } from "../base/repair_error_record.ts";
import type { CacheNote, OutputChannel } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";

/**
 * A message of a lane. Two counts merge messages with the plan's transition log: a record of the
 * log has the number of messages that its lane had sent, and is emitted after those; a message has
 * the number of records that the log held (`after`), and is emitted after those.
 */
export type LaneMessage =
  & {
    /** Number of records in the plan's log when the message was sent. */
    readonly after: number;
    /**
     * Time when the message was sent, in milliseconds since the run's start; if absent, the time of
     * receipt.
     */
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
    /**
     * The keys of the state that an attempt has written; the record that ends the attempt follows.
     */
    | { readonly type: "wrote"; readonly task: TaskId; readonly keys: readonly string[] }
    /** The use of the cache for an attempt; the record that ends the attempt follows. */
    | { readonly type: "cache"; readonly task: TaskId; readonly note: CacheNote }
    /** A tear-down disposes of nothing: the resource outlives the run. Its record follows. */
    | { readonly type: "kept"; readonly task: TaskId }
    /** The reason of a task that skips itself; its SKIPPED record follows. */
    | { readonly type: "skipped"; readonly task: TaskId; readonly reason: string }
    /** A resource is gone, by its name, while tasks may use it, and the attempt that set it up. */
    | {
      readonly type: "lost";
      readonly resource: string;
      readonly attempt: number;
      readonly error: ErrorRecord;
    }
    /** The error that a task threw; its FAILED, RETRIED or CANCELLED record follows. */
    | { readonly type: "failed"; readonly task: TaskId; readonly error: ErrorRecord }
    | {
      readonly type: "stray";
      readonly suspects: readonly TaskId[];
      /** The hook that threw the error, or that leaked the code which threw it. */
      readonly hook?: HookName;
      readonly error: ErrorRecord;
    }
  );

/** Replaces the malformed parts of a received message: see repair_error_record.ts. */
export function receivedMessage(message: LaneMessage): LaneMessage {
  if (message.type !== "output") {
    if (message.type === "wrote") {
      return Array.isArray(message.keys) ? message : { ...message, keys: [] };
    }
    if (message.type === "cache") {
      return isCacheNote(message.note) ? message : { ...message, note: {} };
    }
    if (message.type === "skipped") {
      return typeof message.reason === "string" ? message : { ...message, reason: "" };
    }
    if (message.type === "kept") return message;
    const error = repairErrorRecord(message.error);
    return error === message.error ? message : { ...message, error };
  }
  return typeof message.text === "string" ? message : { ...message, text: "(malformed output)" };
}

function isCacheNote(note: CacheNote): boolean {
  if (typeof note !== "object" || note === null) return false;
  const { cached, notCached, changed } = note;
  return (cached === undefined || cached === true) &&
    (notCached === undefined || typeof notCached === "string") &&
    (changed === undefined ||
      (Array.isArray(changed) && changed.every((it) => typeof it === "string")));
}
