/**
 * An executor of tasks that the main process assigns one at a time: a child process, or a thread
 * without the shared memory of the state.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { FromProcess, ToProcess } from "./ipc_protocol.ts";

/** An executor, as its owner sees it. */
export interface Executor {
  /** The word for it in messages. */
  readonly noun: "process" | "thread";
  readonly id: number;
  readonly lane: number;
  /** Whether it has loaded the code of the current run. */
  isReady: boolean;
  /** Whether it has loaded the code of any run: then a replacement can, too. */
  hasBeenReady: boolean;
  /** Whether it was kept for the current run, and has not acknowledged it yet. */
  isAwaitingAck: boolean;
  /** Number of runs it was given. */
  runCount: number;
  /** Resolves when it is gone and all its events have been handled. */
  readonly exited: Promise<void>;
  /** Sends a command to its event loop. */
  post(message: ToProcess): void;
  /** Resolves when all output up to the sentinels of these streams has been read. */
  sentinelsRead(streams: readonly ("stdout" | "stderr")[]): Promise<void>;
  /** Kills the descendants of its task, where they are known. */
  killDescendants(): void;
  /** Terminates it: from now on, it changes nothing. */
  kill(): void;
}

/** Receives the events of an executor. */
export interface ExecutorListener {
  message(executor: Executor, message: FromProcess, bytes: Uint8Array): void;
  /** A line on a standard stream that was not printed by the executor's own console. */
  output(executor: Executor, channel: "stdout" | "stderr", line: string): void;
  /** The executor is gone, without being killed by its owner. */
  lost(executor: Executor, error: ErrorRecord): void;
  /** Whether running tasks should end. */
  isAborted(): boolean;
}
