/**
 * The place of another process in the state: what is done for it there, by whoever started it. Where the
 * state itself is elsewhere, answers come later.
 */
import type { Answers, BatchOffer, RemoteStateStart } from "./ipc_protocol.ts";

/** Now or later. */
type Soon<T> = T | Promise<T>;

/** See the head of this file. */
export interface Seat {
  /** How its copy of the state begins. */
  start(folder: string): RemoteStateStart;
  /** Appends a batch. */
  append(offer: BatchOffer, batch: Uint8Array): Soon<Answers["append"]>;
  /** Ids for new objects. */
  ids(): Soon<Answers["ids"]>;
  /** Takes the user's lock if it is free. */
  tryLock(): Soon<Answers["tryLock"]>;
  /** Takes the user's lock; resolves when it has it. Rejects when the process is gone. */
  lock(): Promise<Answers["lock"]>;
  /** Gives the user's lock back, unless that was done before. */
  release(term: number): void;
  /** The process has come to a file of the log. */
  reached(generation: number): void;
  /** The process is gone: if it held the user's lock, the next owner is told. */
  leave(): void;
}
