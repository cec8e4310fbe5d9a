/**
 * The user's lock as a process sees it that has no memory in common with the main one: the main process
 * takes it and gives it back for this one. Flows within the process are definitions apart as in a thread
 * (src/state/lock/state_lock.ts).
 *
 * Race prevented: a grant that was on its way when the lock was used, and given back, by code that did not
 * wait for it. Grants are counted, and one that was given back grants nothing.
 */
import type { LockGrant } from "../ipc_protocol.ts";
import type { UserLock } from "../../state/lock/state_lock.ts";

/** What the main process does for the lock. */
export interface LockRpc {
  /** Takes the lock if it is free. */
  tryLock(): LockGrant | undefined;
  /** Takes the lock; blocks the process. */
  lock(): LockGrant;
  /** Takes the lock; the event loop goes on. */
  lockAsync(): Promise<LockGrant>;
  release(term: number): void;
}

/** See the head of this file. */
export class RemoteLock implements UserLock {
  readonly #rpc: LockRpc;
  /** Which grant it is held by; 0 for none. */
  #term = 0;
  #released = 0;
  #abandonedBy: string | undefined;

  constructor(rpc: LockRpc) {
    this.#rpc = rpc;
  }

  get held(): boolean {
    return this.#term !== 0;
  }

  tryTake(): boolean {
    const grant = this.#rpc.tryLock();
    if (grant !== undefined) this.#take(grant);
    return grant !== undefined;
  }

  spin(): boolean {
    return this.tryTake();
  }

  take(): void {
    this.#take(this.#rpc.lock());
  }

  async takeAsync(): Promise<void> {
    this.#take(await this.#rpc.lockAsync());
  }

  release(): void {
    if (this.#term === 0) return;
    this.#released = this.#term;
    this.#term = 0;
    this.#rpc.release(this.#released);
  }

  takeAbandoned(): string | undefined {
    const name = this.#abandonedBy;
    this.#abandonedBy = undefined;
    return name;
  }

  #take({ term, abandonedBy }: LockGrant): void {
    this.#abandonedBy = abandonedBy ?? this.#abandonedBy;
    if (term > this.#released) this.#term = term;
  }
}
