/**
 * The place of another process in the state: what is done for it there, by whoever started it. Where the
 * state itself is elsewhere, answers come later.
 */
import type { AppendRequest, RemoteStateStart, RpcResponses } from "./ipc_protocol.ts";

/** Now or later. */
type MaybePromise<T> = T | Promise<T>;

/** See the head of this file. */
export interface StateSession {
  /** How its copy of the state begins. */
  start(folder: string): RemoteStateStart;
  /** Appends a batch. */
  append(request: AppendRequest, batch: Uint8Array): MaybePromise<RpcResponses["append"]>;
  /** Ids for new objects. */
  ids(): MaybePromise<RpcResponses["ids"]>;
  /** Takes the user's lock if it is free. */
  tryLock(): MaybePromise<RpcResponses["try-lock"]>;
  /** Takes the user's lock; resolves when it has it. Rejects when the process is gone. */
  lock(): Promise<RpcResponses["lock"]>;
  /** Gives the user's lock back, unless that was done before. */
  release(term: number): void;
  /** The process has come to a file of the log. */
  acknowledgeLog(generation: number): void;
  /** The process is gone: if it held the user's lock, the next owner is told. */
  close(): void;
}
