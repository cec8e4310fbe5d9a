/**
 * The user's lock between threads: one word in shared memory, and a queue for those who starve.
 *
 * Words:       USER       0 · owner · owner|CONTENDED (somebody may sleep)
 *              STARVING   how many threads have waited longer than START_TIMEOUT_MS
 *              SLOT_TICKET in each slot: a starving thread's place in the queue, else 0
 *              SLOT_TICKET_OWNER   whose place it is: written before it
 *              ABANDONED, NAME   the thread that died holding the lock, until an owner was told
 * Who writes:  USER: whoever takes it, by compare-and-swap; its owner alone, or the creator for a fenced
 *              owner, gives it back, by compare-and-swap. A ticket: its thread, or the fence.
 * Transitions: 0 -> owner            take
 *              0 -> owner|C          take, by a waiter: others may sleep still
 *              x -> x|CONTENDED      a waiter, before it sleeps
 *              owner[|C] -> 0        release, while nobody starves; wakes one
 *              owner[|C] -> next|C   release, while somebody starves: handed to the lowest ticket; wakes all
 *              owner[|C] -> RESCUER[|C]  the fence, from a fenced owner; it writes ABANDONED and releases
 * Guarantee:   one owner at a time. Whoever waits longer than START_TIMEOUT_MS is served in turn, so
 *              nobody starves; until then the lock goes to whoever is running, which is much faster
 *              than waking a sleeper each time.
 * Races prevented: a release between a waiter's look and its sleep (it sleeps only while the word is what it
 *              saw); a fenced thread that takes the lock, or is handed it, while it is being fenced: it looks
 *              at its slot after it took the word, the fence looks at the word after it cleared the slot,
 *              and who hands over looks at the slot afterwards, so that one of them sees the other; a fenced
 *              thread that queues only now, in a slot that is another's by now: the ticket names its owner, or
 *              the lock would be handed to a thread that has not asked for it, and gives it back never.
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
/** Who holds the lock while it is taken from a fenced thread: no thread has this id. */
const RESCUER = OWNER_MASK;
const SPINS = 200;
const STARVATION_MS = 4;
/** How long a waiter on the event loop sleeps before it looks whether it may go on. */
const ASYNC_SLICE_MS = 50;

/** See the head of this file. */
export class ThreadLock {
  readonly #words: Int32Array;
  readonly #owner: number;
  readonly #slot: number;
  readonly #check: () => void;
  #ticket = 0;

  /** @param check Called before each sleep; what it throws ends the wait. */
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

  /** Takes the lock if it is free. Throws if this thread is fenced. */
  tryAcquire(): boolean {
    return compareExchange(this.#words, USER_LOCK, 0, this.#owner) && this.#confirmNotFenced();
  }

  /** Tries for some microseconds. */
  spin(): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (load(this.#words, USER_LOCK) === 0 && this.tryAcquire()) return true;
      spinHint();
    }
    return false;
  }

  /** Takes the lock, blocking the thread. */
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

  /** Takes the lock; the event loop goes on. This does not keep the process alive. */
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

  /** Gives the lock back. Harmless when it was taken away. */
  release(): void {
    releaseOrHandOff(this.#words, this.#owner);
  }

  /** The thread that died holding the lock, told to the first owner after it. */
  takeAbandoned(): string | undefined {
    const words = this.#words;
    if (load(words, ABANDONED) === 0 || exchange(words, ABANDONED, 0) === 0) return undefined;
    return readName(words);
  }

  /** One try: 0 when the lock was taken, else the value of the word to sleep on. */
  #attempt(since: number): number {
    const words = this.#words;
    for (;;) {
      const seen = load(words, USER_LOCK);
      if ((seen & OWNER_MASK) === this.#owner) {
        this.#confirmNotFenced();
        return 0;
      }
      if (seen === 0) {
        // Others may sleep still, so the word keeps saying it.
        if (!compareExchange(words, USER_LOCK, 0, this.#owner | CONTENDED)) continue;
        this.#confirmNotFenced();
        return 0;
      }
      if (this.#ticket === 0 && nowMs() - since > STARVATION_MS) this.#takeTicket();
      const marked = seen | CONTENDED;
      if (seen === marked || compareExchange(words, USER_LOCK, seen, marked)) return marked;
    }
  }

  /** After taking the word: a thread that was fenced meanwhile gives it back and throws. */
  #confirmNotFenced(): true {
    if (load(this.#words, this.#slot + SLOT_OWNER) !== this.#owner) {
      this.release();
      this.#check();
    }
    return true;
  }

  #takeTicket(): void {
    // Zero says that there is no ticket, and the counter comes around some day.
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

/** For a thread that was fenced: its ticket goes, and if it held the lock, the next owner is told. */
export function forceRelease(words: Int32Array, slot: number, owner: number, name: string) {
  const index = slotIndex(slot);
  const ticket = load(words, index + SLOT_TICKET);
  if (ticket !== 0) clearTicket(words, index, ticket);
  for (;;) {
    const seen = load(words, USER_LOCK);
    // It does not hold the lock, or released it itself in this very moment.
    if ((seen & OWNER_MASK) !== owner) return false;
    if (compareExchange(words, USER_LOCK, seen, RESCUER | (seen & CONTENDED))) break;
  }
  // Taken over first, so that the next owner is told exactly if there is something to tell.
  writeName(words, name);
  store(words, ABANDONED, 1);
  return releaseOrHandOff(words, RESCUER);
}

/** The ticket counts in STARVING until the one who takes it out of the slot counts it down. */
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
    // Fenced between the look and the hand-over: nobody else would take the lock off it.
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
