/**
 * The user's lock in a process without shared memory: the main process takes and releases the lock
 * for it. Async flows within the process are distinguished as in a thread
 * (src/state/lock/flow_lock.ts).
 *
 * Race prevented: a grant arrives after the lock was used and released by code that did not wait
 * for it. Grants have rising fencing tokens, and a token that was released grants nothing.
 */
import type { LockGrant } from "../ipc_protocol.ts";
import type { UserLock } from "../../state/lock/flow_lock.ts";

/** The lock's requests to the main process. */
export interface LockRpc {
  /** Takes the lock if it is free. */
  tryLock(): LockGrant | undefined;
  /** Takes the lock; blocks the process. */
  lock(): LockGrant;
  /** Takes the lock without blocking the event loop. */
  lockAsync(): Promise<LockGrant>;
  release(fencingToken: number): void;
}

/** The user's lock, held by the main process for this one. */
export class RemoteLock implements UserLock {
  readonly #rpc: LockRpc;
  /** Fencing token of the current grant; 0 for none. */
  #fencingToken = 0;
  #released = 0;
  #abandonedBy: string | undefined;

  constructor(rpc: LockRpc) {
    this.#rpc = rpc;
  }

  get isHeld(): boolean {
    return this.#fencingToken !== 0;
  }

  tryAcquire(): boolean {
    const grant = this.#rpc.tryLock();
    if (grant !== undefined) this.#take(grant);
    return grant !== undefined;
  }

  spin(): boolean {
    return this.tryAcquire();
  }

  acquire(): void {
    this.#take(this.#rpc.lock());
  }

  async acquireAsync(): Promise<void> {
    this.#take(await this.#rpc.lockAsync());
  }

  release(): void {
    if (this.#fencingToken === 0) return;
    this.#released = this.#fencingToken;
    this.#fencingToken = 0;
    this.#rpc.release(this.#released);
  }

  takeAbandoned(): string | undefined {
    const name = this.#abandonedBy;
    this.#abandonedBy = undefined;
    return name;
  }

  #take({ fencingToken, abandonedBy }: LockGrant): void {
    this.#abandonedBy = abandonedBy ?? this.#abandonedBy;
    if (fencingToken > this.#released) this.#fencingToken = fencingToken;
  }
}
