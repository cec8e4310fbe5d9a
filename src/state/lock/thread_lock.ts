/**
 * The user's lock between threads: one word in shared memory, plus a ticket queue with hand-off for
 * starving threads.
 *
 * Words:       USER_LOCK  0 · owner · owner|CONTENDED (a thread may be asleep)
 *              STARVING   number of threads that have waited longer than STARVATION_MS
 *              SLOT_TICKET in each slot: a starving thread's position in the queue, else 0
 *              SLOT_TICKET_OWNER   the owner of the ticket: written before the ticket
 *              ABANDONED, NAME   the thread that died holding the lock, until an owner reads it
 * Writers:     USER_LOCK: an acquiring thread, by compare-and-swap; released by its owner alone, or
 *              by the creator for a fenced owner, by compare-and-swap. A ticket: its thread, or the
 *              fence.
 * Transitions: 0 -> owner            acquire
 *              0 -> owner|C          acquire, by a waiter: others may still be asleep
 *              x -> x|CONTENDED      a waiter, before it sleeps
 *              owner[|C] -> 0        release, while no thread starves; wakes one
 *              owner[|C] -> next|C   release, while a thread starves: handed off to the lowest
 *                                    ticket; wakes all
 *              owner[|C] -> RESCUER[|C]  the fence, from a fenced owner; then it writes ABANDONED
 *                                    and releases
 * Guarantee:   one owner at a time. Threads that wait longer than STARVATION_MS are served in the
 *              order of their tickets, so no thread starves; before that, the lock goes to a
 *              running thread, which is much faster than waking a sleeping one each time.
 * Races prevented: a release between a waiter's check and its sleep: the waiter sleeps only while
 *              the word has the value that it saw.
 *              A fenced thread that acquires the lock, or is handed it, while it is being fenced:
 *              the thread checks its slot after it took the word, the fence checks the word after
 *              it cleared the slot, and a release checks the slot after the hand-off, so one of
 *              them sees the other. A fenced thread that takes a ticket in a slot that belongs to
 *              another thread by now: the ticket names its owner. Otherwise the lock would be
 *              handed to a thread that has not requested it and never releases it.
 */

import { nowMs } from "../../runtime/clock.ts";
import { compareExchange, exchange, fetchAdd, load, spinHint, store } from "../../sync/atomics.ts";
import { waitAsyncWhile, waitWhile, wake } from "../../sync/wait.ts";
import {
  ABANDONED,
  NAME,
  NAME_BYTES,
  NAME_LENGTH,
  SLOT_COUNT,
  SLOT_OWNER,
  SLOT_TICKET,
  SLOT_TICKET_OWNER,
  slotIndex,
  STARVING,
  TICKET,
  USER_LOCK,
} from "../log/log_layout.ts";

const CONTENDED = 1 << 30;
const OWNER_MASK = CONTENDED - 1;
/** The owner while the lock is taken from a fenced thread: no thread has this id. */
const RESCUER = OWNER_MASK;
/** Number of attempts before a thread sleeps, and all that the main thread makes: microseconds. */
const SPINS = 200;
/**
 * Time in milliseconds after which a waiter takes a ticket. Until then short sections do not pay
 * for a wake-up each time.
 */
const STARVATION_MS = 4;
/** Time in milliseconds between two checks of an asynchronous waiter, so that a fenced one ends. */
const ASYNC_SLICE_MS = 50;

/** The user's lock between threads. */
export class ThreadLock {
  readonly #words: Int32Array;
  readonly #owner: number;
  readonly #slot: number;
  readonly #check: () => void;
  #ticket = 0;

  /** @param check Called before each sleep. An error thrown by it ends the wait. */
  constructor(words: Int32Array, slot: number, owner: number, check: () => void) {
    this.#words = words;
    this.#slot = slotIndex(slot);
    this.#owner = owner;
    this.#check = check;
  }

  /** Whether this thread holds the lock. */
  get isHeld(): boolean {
    return (load(this.#words, USER_LOCK) & OWNER_MASK) === this.#owner;
  }

  /** Acquires the lock if it is free. Throws if this thread is fenced. */
  tryAcquire(): boolean {
    return compareExchange(this.#words, USER_LOCK, 0, this.#owner) && this.#confirmNotFenced();
  }

  /** Tries to acquire the lock for some microseconds. */
  spin(): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (load(this.#words, USER_LOCK) === 0 && this.tryAcquire()) return true;
      spinHint();
    }
    return false;
  }

  /** Acquires the lock. Blocks the thread until then. */
  acquire(): void {
    if (this.spin()) return;
    const since = nowMs();
    try {
      for (;;) {
        const seen = this.#attempt(since);
        if (seen === 0) return;
        waitWhile(this.#words, USER_LOCK, seen, { check: this.#check });
      }
    } finally {
      this.#dropTicket();
    }
  }

  /** Acquires the lock without blocking. Waiting does not keep the process alive. */
  async acquireAsync(): Promise<void> {
    if (this.tryAcquire()) return;
    const since = nowMs();
    try {
      for (;;) {
        this.#check();
        const seen = this.#attempt(since);
        if (seen === 0) return;
        await waitAsyncWhile(this.#words, USER_LOCK, seen, ASYNC_SLICE_MS);
      }
    } finally {
      this.#dropTicket();
    }
  }

  /** Releases the lock. Has no effect if the fence has taken it away. */
  release(): void {
    releaseOrHandOff(this.#words, this.#owner);
  }

  /**
   * Returns, to the first owner after it, the name of a thread that died while it held the lock.
   */
  takeAbandoned(): string | undefined {
    const words = this.#words;
    if (load(words, ABANDONED) === 0 || exchange(words, ABANDONED, 0) === 0) return undefined;
    return readName(words);
  }

  /** Tries once. Returns 0 when the lock is acquired, else the value of the word to sleep on. */
  #attempt(since: number): number {
    const words = this.#words;
    for (;;) {
      const seen = load(words, USER_LOCK);
      if ((seen & OWNER_MASK) === this.#owner) {
        this.#confirmNotFenced();
        return 0;
      }
      if (seen === 0) {
        // Others may still be asleep, so the word stays CONTENDED.
        if (!compareExchange(words, USER_LOCK, 0, this.#owner | CONTENDED)) continue;
        this.#confirmNotFenced();
        return 0;
      }
      if (this.#ticket === 0 && nowMs() - since > STARVATION_MS) this.#takeTicket();
      const marked = seen | CONTENDED;
      if (seen === marked || compareExchange(words, USER_LOCK, seen, marked)) return marked;
    }
  }

  /** After taking the word: if this thread was fenced in the meantime, releases it and throws. */
  #confirmNotFenced(): true {
    if (load(this.#words, this.#slot + SLOT_OWNER) !== this.#owner) {
      this.release();
      this.#check();
    }
    return true;
  }

  #takeTicket(): void {
    // Zero means no ticket, and the counter wraps around.
    this.#ticket = (fetchAdd(this.#words, TICKET, 1) + 1 & 0x7fff_ffff) || 1;
    store(this.#words, this.#slot + SLOT_TICKET_OWNER, this.#owner);
    store(this.#words, this.#slot + SLOT_TICKET, this.#ticket);
    fetchAdd(this.#words, STARVING, 1);
  }

  #dropTicket(): void {
    if (this.#ticket === 0) return;
    clearTicket(this.#words, this.#slot, this.#ticket);
    this.#ticket = 0;
  }
}

/**
 * Clears the ticket of a fenced thread. If the thread held the lock, releases it and records the
 * thread's name for the next owner.
 *
 * @returns whether the thread held the lock.
 */
export function forceRelease(words: Int32Array, slot: number, owner: number, name: string) {
  const index = slotIndex(slot);
  const ticket = load(words, index + SLOT_TICKET);
  if (ticket !== 0) clearTicket(words, index, ticket);
  for (;;) {
    const seen = load(words, USER_LOCK);
    // The thread does not hold the lock, or has just released it itself.
    if ((seen & OWNER_MASK) !== owner) return false;
    if (compareExchange(words, USER_LOCK, seen, RESCUER | (seen & CONTENDED))) break;
  }
  // After the takeover, so that the name is recorded only if the thread really held the lock.
  writeName(words, name);
  store(words, ABANDONED, 1);
  return releaseOrHandOff(words, RESCUER);
}

/** Removes a ticket. The thread that removes it from the slot also decrements STARVING. */
function clearTicket(words: Int32Array, slot: number, ticket: number): void {
  if (compareExchange(words, slot + SLOT_TICKET, ticket, 0)) fetchAdd(words, STARVING, -1);
}

function releaseOrHandOff(words: Int32Array, owner: number): boolean {
  for (;;) {
    const seen = load(words, USER_LOCK);
    if ((seen & OWNER_MASK) !== owner) return false;
    const successor = load(words, STARVING) === 0 ? undefined : lowestTicket(words);
    const next = successor === undefined ? 0 : successor.owner | CONTENDED;
    if (!compareExchange(words, USER_LOCK, seen, next)) continue;
    if (successor === undefined) {
      if (seen & CONTENDED) wake(words, USER_LOCK, 1);
      return true;
    }
    wake(words, USER_LOCK);
    // Fenced between the check and the hand-off: no other thread would release the lock.
    if (load(words, successor.slot + SLOT_OWNER) !== successor.owner) {
      releaseOrHandOff(words, successor.owner);
    }
    return true;
  }
}

function lowestTicket(words: Int32Array): { slot: number; owner: number } | undefined {
  let found: { slot: number; owner: number } | undefined;
  let lowest = Infinity;
  const slots = words[SLOT_COUNT]!;
  for (let slot = 0; slot < slots; slot++) {
    const index = slotIndex(slot);
    const ticket = load(words, index + SLOT_TICKET);
    const owner = load(words, index + SLOT_OWNER);
    if (ticket === 0 || owner === 0 || ticket >= lowest) continue;
    if (load(words, index + SLOT_TICKET_OWNER) !== owner) continue;
    lowest = ticket;
    found = { slot: index, owner };
  }
  return found;
}

function writeName(words: Int32Array, name: string): void {
  const bytes = new Uint8Array(NAME_BYTES);
  const { written } = new TextEncoder().encodeInto(name, bytes);
  new Uint8Array(words.buffer, NAME * 4, NAME_BYTES).set(bytes);
  words[NAME_LENGTH] = written;
}

function readName(words: Int32Array): string {
  const bytes = new Uint8Array(words.buffer, NAME * 4, words[NAME_LENGTH]);
  return new TextDecoder().decode(bytes.slice());
}
