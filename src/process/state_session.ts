/**
 * The interface of state sessions: the main process's side of another process's access to the
 * state. Where the state itself is remote, responses come later.
 */
import type { AppendRequest, RemoteStateStart, RpcResponses } from "./ipc_protocol.ts";

/** A value, or a promise of it. */
type MaybePromise<T> = T | Promise<T>;

/** The access of one process to the state. */
export interface StateSession {
  /** Returns the parameters of its replica. */
  start(folder: string): RemoteStateStart;
  /** Appends a batch. */
  append(request: AppendRequest, batch: Uint8Array): MaybePromise<RpcResponses["append"]>;
  /** Reserves ids for new objects. */
  ids(): MaybePromise<RpcResponses["ids"]>;
  /** Takes the user's lock if it is free. */
  tryLock(): MaybePromise<RpcResponses["try-lock"]>;
  /** Takes the user's lock; resolves with the grant. Rejects when the process is gone. */
  lock(): Promise<RpcResponses["lock"]>;
  /** Releases the user's lock, unless the grant has ended before. */
  release(fencingToken: number): void;
  /** Records that the process needs no file of the log before this one. */
  acknowledgeLog(generation: number): void;
  /**
   * Closes the session of a process that is gone. If it held the user's lock, the next owner learns
   * it.
   */
  close(): void;
}
