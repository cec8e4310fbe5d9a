/**
 * The wire between the main process and the process of a task: every message that crosses it.
 *
 * It runs through named pipes, so that the standard streams stay the task's and its children's own. All
 * processes write to one pipe, in pieces that the system writes whole; each reads from two, one for what its
 * event loop hears of, one for the answers that it blocks for. Values never cross it: the state is a
 * file (op_log_records.ts), and what tasks return is written to the state.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { RanOutcome } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { CodeSource, RunRules } from "../lane/run_spec.ts";
import type { LogPosition } from "./op_log_records.ts";

/** How the copy of the state in another process begins. */
export interface RemoteStateStart {
  /** Where the log's files are. */
  readonly folder: string;
  readonly logStart: LogPosition;
  /** Its name in messages: `thread_0`. */
  readonly name: string;
  /** How large it may be. */
  readonly maxBytes: number;
}

/**
 * What a process is started with. It comes by the standard input, which is at its end then: files can be read
 * by all who may read, and nobody else is to know the key.
 */
export interface ProcessStart {
  readonly id: number;
  /** What its messages begin with (framing.ts). */
  readonly key: string;
  readonly lane: number;
  readonly state: RemoteStateStart;
  /** The main process. */
  readonly parentPid: number;
  /** What marks the end of a task in the standard streams. */
  readonly sentinel: string;
}

/** A run, as a process gets it; it stands in a file. */
export interface ProcessRunSpec {
  readonly code: CodeSource;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly rules: RunRules;
}

/** A batch on its way to the log. */
export interface AppendRequest {
  /** The state may grow by as many bytes. */
  readonly growth: number;
  /** It makes the state smaller. */
  readonly shrinks: boolean;
  /** Where the log has to end for the batch to be right; undefined where it is right anywhere. */
  readonly place: number | undefined;
}

/** What the event loop of a process hears of. */
export type ToProcess =
  /** Load the code of a run, which stands in the file, and get ready. */
  | { readonly type: "run"; readonly run: number; readonly path: string }
  | { readonly type: "call"; readonly task: TaskId; readonly attempt: number }
  /** Read what there is of the state's log. */
  | { readonly type: "catch-up" }
  | { readonly type: "abort"; readonly reason: CancelReason }
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** The user's lock, which was waited for on the event loop. */
  | { readonly type: "lock-granted"; readonly wait: number; readonly grant: LockGrant }
  /** What a start came to that is over; it stands in a file, in the format of node:v8. */
  | {
    readonly type: "start-summary";
    readonly key: string;
    readonly start: number;
    readonly path: string;
  }
  /** Say what is left to say about the run, and that it is all. */
  | { readonly type: "drain"; readonly run: number; readonly isLast: boolean };

/** The user's lock is a process's. */
export interface LockGrant {
  /** Counts how often it was: a release names the one that it ends. */
  readonly term: number;
  /** Who died holding it. */
  readonly abandonedBy?: string | undefined;
}

/** What a process asks, and blocks for the answer. */
export type RpcRequest =
  /** Appends the batch that follows. */
  | ({ readonly type: "append" } & AppendRequest)
  | { readonly type: "ids" }
  | { readonly type: "try-lock" }
  | { readonly type: "lock" }
  | { readonly type: "is-aborted" };

/** The answers, by question. */
export interface RpcResponses {
  /** Where the log ends now, or that it had gone on. */
  readonly append: { readonly end: number } | { readonly isConflict: true };
  readonly ids: { readonly first: number; readonly count: number };
  readonly "try-lock": { readonly grant?: LockGrant };
  readonly lock: { readonly grant: LockGrant };
  readonly "is-aborted": { readonly isAborted: boolean };
}

/** What a process says. */
export type FromProcess =
  | { readonly type: "request"; readonly id: number; readonly request: RpcRequest }
  /** It waits for the user's lock on its event loop. */
  | { readonly type: "lock-request"; readonly wait: number }
  | { readonly type: "release"; readonly term: number }
  /** It has come to this file of the log. */
  | { readonly type: "log-ack"; readonly generation: number }
  | { readonly type: "start-summary-request"; readonly key: string; readonly start: number }
  /** It listens. */
  | { readonly type: "hello" }
  /** A run has come to a process that has been in one before. */
  | { readonly type: "run-ack" }
  /** The code of the run is loaded: it can be given tasks. */
  | { readonly type: "ready"; readonly run: number }
  /** The user's module cannot be loaded there, or something of ours has broken. */
  | { readonly type: "broken"; readonly error: ErrorRecord }
  | { readonly type: "message"; readonly run: number; readonly message: LaneMessage }
  /** The task has ended; its end is sentinels in these of its standard streams. */
  | {
    readonly type: "settled";
    readonly task: TaskId;
    readonly outcome: RanOutcome;
    readonly sentinels: readonly ("stdout" | "stderr")[];
  }
  /** It has nothing more to say, nor to print: that is sentinels like the end of a task. */
  | {
    readonly type: "drained";
    readonly run: number;
    readonly sentinels: readonly ("stdout" | "stderr")[];
  };

/** An answer, or why there is none; with the count of its question. */
export type RpcResponse =
  & { readonly id: number }
  & (
    | { readonly response: RpcResponses[keyof RpcResponses] }
    | { readonly error: { readonly type: string; readonly message: string } }
  );

/** The paths of a process's own files. */
export function processPaths(folder: string, id: number) {
  return {
    up: `${folder}/up`,
    down: `${folder}/down.${id}`,
    responses: `${folder}/responses.${id}`,
    entry: `${folder}/entry.${id}.ts`,
  };
}
