/**
 * The user's lock as a process sees it that has no memory in common with the main one: the main process
 * takes it and gives it back for this one. Flows within the process are told apart as in a thread
 * (src/state/lock/flow_lock.ts).
 *
 * Race prevented: a grant that was on its way when the lock was used, and given back, by code that did not
 * wait for it. Grants are counted, and one that was given back grants nothing.
 */
import type { LockGrant } from "../ipc_protocol.ts";
import type { UserLock } from "../../state/lock/flow_lock.ts";

/** What the main process does for the lock. */
export interface LockLink {
  /** Takes the lock if it is free. */
  tryLock(): LockGrant | undefined;
  /** Takes the lock; blocks the process. */
  lock(): LockGrant;
  /** Takes the lock; the event loop goes on. */
  lockLater(): Promise<LockGrant>;
  release(term: number): void;
}

/** See the head of this file. */
export class RemoteLock implements UserLock {
  readonly #link: LockLink;
  /** Which grant it is held by; 0 for none. */
  #term = 0;
  #released = 0;
  #abandonedBy: string | undefined;

  constructor(link: LockLink) {
    this.#link = link;
  }

  get isHeld(): boolean {
    return this.#term !== 0;
  }

  tryAcquire(): boolean {
    const grant = this.#link.tryLock();
    if (grant !== undefined) this.#take(grant);
    return grant !== undefined;
  }

  spin(): boolean {
    return this.tryAcquire();
  }

  acquire(): void {
    this.#take(this.#link.lock());
  }

  async acquireAsync(): Promise<void> {
    this.#take(await this.#link.lockLater());
  }

  release(): void {
    if (this.#term === 0) return;
    this.#released = this.#term;
    this.#term = 0;
    this.#link.release(this.#released);
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
