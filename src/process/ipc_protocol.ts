/**
 * The wire protocol between the main process and a task process: commands to the process, its
 * events, and the RPC that blocks it.
 *
 * The protocol runs through named pipes, so that the standard streams remain the task's and its
 * children's own. All processes write to one pipe, in chunks that the system writes atomically;
 * each process reads from two, one for the commands to its event loop, one for the responses that
 * it blocks for. Values are never sent: the state is a file (op_log_records.ts), and the results of
 * tasks are written to the state.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { RanOutcome } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { CodeSource, RunRules } from "../lane/run_spec.ts";
import type { LogPosition } from "./op_log_records.ts";

/** Parameters of a state replica in another process. */
export interface RemoteStateStart {
  /** The folder of the log's files. */
  readonly folder: string;
  readonly logStart: LogPosition;
  /** The replica's name in messages: `thread_0`. */
  readonly name: string;
  /** Maximum size of the state, in bytes. */
  readonly maxBytes: number;
  /** A word of shared memory that changes with the log, for a thread of the main process. */
  readonly changes?: Int32Array;
  /** Whether a task's result may come with its outcome, as bytes of "settled". */
  readonly defersResults?: boolean;
}

/**
 * Parameters of a process, sent by its standard input, which then ends: files can be read by tasks
 * with read permission, and the key must stay secret.
 */
export interface ProcessStart {
  readonly id: number;
  /** The peer key, with which its messages begin (framing.ts). */
  readonly key: string;
  readonly lane: number;
  readonly state: RemoteStateStart;
  /** The main process. */
  readonly parentPid: number;
  /** The line that marks the end of a task's output in the standard streams. */
  readonly sentinel: string;
}

/** A run, as a process reads it from a file. */
export interface ProcessRunSpec {
  readonly code: CodeSource;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly rules: RunRules;
}

/** A batch that is to be appended to the log. */
export interface AppendRequest {
  /** Maximum growth of the state, in bytes. */
  readonly growth: number;
  /** Whether the batch makes the state smaller. */
  readonly shrinks: boolean;
  /** Position of the log's end at which the batch is valid; undefined if it is valid at any. */
  readonly place: number | undefined;
}

/** A command to the event loop of a process. */
export type ToProcess =
  /** Load the code of the run in this file, and get ready. */
  | { readonly type: "run"; readonly run: number; readonly path: string }
  | { readonly type: "call"; readonly task: TaskId; readonly attempt: number }
  /** Read the state's log to its end. */
  | { readonly type: "catch-up" }
  | { readonly type: "abort"; readonly reason: CancelReason }
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** An attempt of a task cannot pass any more: fail it, and abort its signal. */
  | {
    readonly type: "fail";
    readonly task: TaskId;
    readonly attempt: number;
    readonly error: ErrorRecord;
  }
  /** The user's lock, for which the event loop has waited. */
  | { readonly type: "lock-granted"; readonly wait: number; readonly grant: LockGrant }
  /** The summary of a completed start, in a file in the format of node:v8. */
  | {
    readonly type: "start-summary";
    readonly key: string;
    readonly start: number;
    readonly path: string;
  }
  /** Send all remaining messages about the run, then "drained". */
  | { readonly type: "drain"; readonly run: number; readonly isLast: boolean };

/** A grant of the user's lock to a process. */
export interface LockGrant {
  /** Fencing token of the grant: a release names the grant that it ends. */
  readonly fencingToken: number;
  /** Name of the holder that died with the lock. */
  readonly abandonedBy?: string | undefined;
}

/** A request for which the process blocks. */
export type RpcRequest =
  /** Appends the batch that follows the message. */
  | ({ readonly type: "append" } & AppendRequest)
  | { readonly type: "ids" }
  | { readonly type: "try-lock" }
  | { readonly type: "lock" }
  | { readonly type: "is-aborted" };

/** The responses by type of the request. */
export interface RpcResponses {
  /** The new end of the log, or a conflict: the log has moved on. */
  readonly append: { readonly end: number } | { readonly isConflict: true };
  readonly ids: { readonly first: number; readonly count: number };
  readonly "try-lock": { readonly grant?: LockGrant };
  readonly lock: { readonly grant: LockGrant };
  readonly "is-aborted": { readonly isAborted: boolean };
}

/** An event or a request of a process. */
export type FromProcess =
  | { readonly type: "request"; readonly id: number; readonly request: RpcRequest }
  /** The event loop waits for the user's lock. */
  | { readonly type: "lock-request"; readonly wait: number }
  | { readonly type: "release"; readonly fencingToken: number }
  /** The process needs no file of the log before this one. */
  | { readonly type: "log-ack"; readonly generation: number }
  | { readonly type: "start-summary-request"; readonly key: string; readonly start: number }
  /** The process reads its pipes. */
  | { readonly type: "hello" }
  /** A process that has taken part in a run before has received the next one. */
  | { readonly type: "run-ack" }
  /** The code of the run is loaded: the process can be given tasks. */
  | { readonly type: "ready"; readonly run: number }
  /** The user's module cannot be loaded in the process, or an internal error has occurred. */
  | { readonly type: "broken"; readonly error: ErrorRecord }
  | { readonly type: "message"; readonly run: number; readonly message: LaneMessage }
  /** A task has ended; the sentinel was written to these of its standard streams. */
  | {
    readonly type: "settled";
    readonly task: TaskId;
    readonly outcome: RanOutcome;
    readonly sentinels: readonly ("stdout" | "stderr")[];
    /** Set if a batch follows, which writes the result. It is appended with the outcome. */
    readonly result?: AppendRequest;
  }
  /** Everything about the run is sent and printed; the sentinel was written as after a task. */
  | {
    readonly type: "drained";
    readonly run: number;
    readonly sentinels: readonly ("stdout" | "stderr")[];
  };

/**
 * A message that the main process itself writes into the pipe, to know that everything before it
 * was read. It has a key of its own: a process that died within a message has left a part, which
 * another chunk with its key would complete.
 */
export type HubMessage =
  | { readonly type: "disconnected"; readonly of: string }
  | { readonly type: "close" };

/** A response or an error, with the id of its request. */
export type RpcResponse =
  & { readonly id: number }
  & (
    | { readonly response: RpcResponses[keyof RpcResponses] }
    | { readonly error: { readonly type: string; readonly message: string } }
  );

/** Returns the paths of a process's files. */
export function processPaths(folder: string, id: number) {
  return {
    up: `${folder}/up`,
    down: `${folder}/down.${id}`,
    responses: `${folder}/responses.${id}`,
    entry: `${folder}/entry.${id}.ts`,
  };
}
