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
import { fetchAdd, load, replace, spinHint, store, swap } from "../../sync/atomics.ts";
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
  slotAt,
  STARVING,
  TICKET,
  USER,
} from "../log/log_layout.ts";

const CONTENDED = 1 << 30;
const OWNER_MASK = CONTENDED - 1;
/** Who holds the lock while it is taken from a fenced thread: no thread has this id. */
const RESCUER = OWNER_MASK;
const SPINS = 200;
const PATIENCE_MS = 4;
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
    this.#slot = slotAt(slot);
    this.#owner = owner;
    this.#check = check;
  }

  /** Whether this thread holds the lock. */
  get held(): boolean {
    return (load(this.#words, USER) & OWNER_MASK) === this.#owner;
  }

  /** Takes the lock if it is free. Throws if this thread is fenced. */
  tryTake(): boolean {
    return replace(this.#words, USER, 0, this.#owner) && this.#confirm();
  }

  /** Tries for some microseconds. */
  spin(): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (load(this.#words, USER) === 0 && this.tryTake()) return true;
      spinHint();
    }
    return false;
  }

  /** Takes the lock, blocking the thread. */
  take(): void {
    if (this.spin()) return;
    const since = nowMs();
    try {
      for (;;) {
        const seen = this.#step(since);
        if (seen === 0) return;
        waitWhile(this.#words, USER, seen, { check: this.#check });
      }
    } finally {
      this.#unqueue();
    }
  }

  /** Takes the lock; the event loop goes on. This does not keep the process alive. */
  async takeAsync(): Promise<void> {
    if (this.tryTake()) return;
    const since = nowMs();
    try {
      for (;;) {
        this.#check();
        const seen = this.#step(since);
        if (seen === 0) return;
        await waitAsyncWhile(this.#words, USER, seen, ASYNC_SLICE_MS);
      }
    } finally {
      this.#unqueue();
    }
  }

  /** Gives the lock back. Harmless when it was taken away. */
  release(): void {
    giveBack(this.#words, this.#owner);
  }

  /** The thread that died holding the lock, told to the first owner after it. */
  takeAbandoned(): string | undefined {
    const words = this.#words;
    if (load(words, ABANDONED) === 0 || swap(words, ABANDONED, 0) === 0) return undefined;
    return readName(words);
  }

  /** One try: 0 when the lock was taken, else the value of the word to sleep on. */
  #step(since: number): number {
    const words = this.#words;
    for (;;) {
      const seen = load(words, USER);
      if ((seen & OWNER_MASK) === this.#owner) {
        this.#confirm();
        return 0;
      }
      if (seen === 0) {
        // Others may sleep still, so the word keeps saying it.
        if (!replace(words, USER, 0, this.#owner | CONTENDED)) continue;
        this.#confirm();
        return 0;
      }
      if (this.#ticket === 0 && nowMs() - since > PATIENCE_MS) this.#queue();
      const asleep = seen | CONTENDED;
      if (seen === asleep || replace(words, USER, seen, asleep)) return asleep;
    }
  }

  /** After taking the word: a thread that was fenced meanwhile gives it back and throws. */
  #confirm(): true {
    if (load(this.#words, this.#slot + SLOT_OWNER) !== this.#owner) {
      this.release();
      this.#check();
    }
    return true;
  }

  #queue(): void {
    // Zero says that there is no ticket, and the counter comes around some day.
    this.#ticket = (fetchAdd(this.#words, TICKET, 1) + 1 & 0x7fff_ffff) || 1;
    store(this.#words, this.#slot + SLOT_TICKET_OWNER, this.#owner);
    store(this.#words, this.#slot + SLOT_TICKET, this.#ticket);
    fetchAdd(this.#words, STARVING, 1);
  }

  #unqueue(): void {
    if (this.#ticket === 0) return;
    dropTicket(this.#words, this.#slot, this.#ticket);
    this.#ticket = 0;
  }
}

/** For a thread that was fenced: its ticket goes, and if it held the lock, the next owner is told. */
export function forceRelease(words: Int32Array, slot: number, owner: number, name: string) {
  const at = slotAt(slot);
  const ticket = load(words, at + SLOT_TICKET);
  if (ticket !== 0) dropTicket(words, at, ticket);
  for (;;) {
    const seen = load(words, USER);
    // It does not hold the lock, or released it itself in this very moment.
    if ((seen & OWNER_MASK) !== owner) return false;
    if (replace(words, USER, seen, RESCUER | (seen & CONTENDED))) break;
  }
  // Taken over first, so that the next owner is told exactly if there is something to tell.
  writeName(words, name);
  store(words, ABANDONED, 1);
  return giveBack(words, RESCUER);
}

/** The ticket counts in STARVING until the one who takes it out of the slot counts it down. */
function dropTicket(words: Int32Array, slot: number, ticket: number): void {
  if (replace(words, slot + SLOT_TICKET, ticket, 0)) fetchAdd(words, STARVING, -1);
}

function giveBack(words: Int32Array, owner: number): boolean {
  for (;;) {
    const seen = load(words, USER);
    if ((seen & OWNER_MASK) !== owner) return false;
    const next = load(words, STARVING) === 0 ? undefined : longestWaiting(words);
    const handed = next === undefined ? 0 : next.owner | CONTENDED;
    if (!replace(words, USER, seen, handed)) continue;
    if (next === undefined) {
      if (seen & CONTENDED) wake(words, USER, 1);
      return true;
    }
    wake(words, USER);
    // Fenced between the look and the hand-over: nobody else would take the lock off it.
    if (load(words, next.slot + SLOT_OWNER) !== next.owner) giveBack(words, next.owner);
    return true;
  }
}

function longestWaiting(words: Int32Array): { slot: number; owner: number } | undefined {
  let found: { slot: number; owner: number } | undefined;
  let lowest = Infinity;
  const slots = words[SLOT_COUNT]!;
  for (let slot = 0; slot < slots; slot++) {
    const at = slotAt(slot);
    const ticket = load(words, at + SLOT_TICKET);
    const owner = load(words, at + SLOT_OWNER);
    if (ticket === 0 || owner === 0 || ticket >= lowest) continue;
    if (load(words, at + SLOT_TICKET_OWNER) !== owner) continue;
    lowest = ticket;
    found = { slot: at, owner };
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
