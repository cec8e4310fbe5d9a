/**
 * A mutual-exclusion lock in one shared word, for critical sections of microseconds.
 *
 * Word:        0 free · owner id · owner id | CONTENDED (somebody may sleep)
 * Owners:      1 .. 2^30 - 1, unique per thread incarnation, never reused.
 * Transitions: free -> owner         acquire, by compare-and-swap
 *              owner -> owner|C      a waiter that has napped enough, before it sleeps, so that the
 *                                    release wakes it
 *              free -> owner|C       a waiter that has slept: others may sleep still
 *              owner[|C] -> free     release, by the owner alone, by compare-and-swap
 * Guarantee:   one owner at a time; what it wrote is seen by the next. No fairness is promised.
 * Race prevented: the release between a waiter's look and its sleep. The waiter sleeps only while
 *              the word still says owner|CONTENDED, and release changes the word before it wakes.
 *
 * Who finds it taken looks a few times, then takes naps, and only then asks to be woken. Two threads
 * that come back again and again, each after less than a microsecond, hand the lock's cache line and
 * all the data it guards to and fro, and pay a system call to wake each other: together they do a
 * third of what one does alone. While one naps, the other goes on at full speed. A nap is on no word of the
 * lock's: it would take the wake-up that is meant for one who sleeps.
 *
 * It is not re-entrant, no user code runs under it, and nothing is recovered from its owner's death:
 * threads are terminated only at a turn of their event loop, so no thread dies inside.
 */
import { assert } from "../base/assert.ts";
import { compareExchange, load, spinHint } from "./atomics.ts";
import { nap, SLICE_MS, waitWhile, wake } from "./wait.ts";

const CONTENDED = 1 << 30;
const OWNER_MASK = CONTENDED - 1;
/** How often a waiter looks before it naps. A section of ours is over by then, if its thread runs. */
const SPINS = 10;
/** How long a nap is: a hundred sections of ours. */
const NAP_MS = 0.05;
/** After as many, the owner's thread does not run, or many wait. */
const NAPS = 20;
/**
 * No section of ours takes a thousandth of this many slices (30 s); past it something is broken, and
 * we say so. Slices are counted rather than time measured, since a process that was stopped (Ctrl-Z)
 * finds that time has passed but nobody was stuck.
 */
const STUCK_SLICES = 30_000 / SLICE_MS;

/** See the head of this file. */
export class Mutex {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #owner: number;

  /**
   * @param words Shared memory (or a plain Int32Array, on one thread).
   * @param index The index of the lock's word.
   * @param owner This thread's id.
   */
  constructor(words: Int32Array, index: number, owner: number) {
    assert(owner > 0 && owner <= OWNER_MASK, `Not an owner id: ${owner}`);
    this.#words = words;
    this.#index = index;
    this.#owner = owner;
  }

  /** Whether this thread holds the lock. */
  get isHeld(): boolean {
    return (load(this.#words, this.#index) & OWNER_MASK) === this.#owner;
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    return compareExchange(this.#words, this.#index, 0, this.#owner);
  }

  /** Takes the lock, waiting for it. */
  acquire(): void {
    if (!compareExchange(this.#words, this.#index, 0, this.#owner)) this.#acquireContended();
  }

  /** Gives the lock back. */
  release(): void {
    if (!compareExchange(this.#words, this.#index, this.#owner, 0)) this.#releaseContended();
  }

  #acquireContended(): void {
    assert(!this.isHeld, "A mutex of ours was acquired twice by one thread");
    for (let naps = 0; naps < NAPS; naps++) {
      if (this.#acquireSpinning()) return;
      nap(NAP_MS);
    }
    const contended = this.#owner | CONTENDED;
    for (;;) {
      const seen = load(this.#words, this.#index);
      if (seen === 0) {
        if (compareExchange(this.#words, this.#index, 0, contended)) return;
        continue;
      }
      const marked = seen | CONTENDED;
      if (seen !== marked && !compareExchange(this.#words, this.#index, seen, marked)) continue;
      let slices = 0;
      waitWhile(this.#words, this.#index, marked, {
        check: () =>
          assert(slices++ < STUCK_SLICES, `A mutex is stuck in thread ${seen & OWNER_MASK}`),
      });
    }
  }

  #acquireSpinning(): boolean {
    for (let spin = 0; spin < SPINS; spin++) {
      if (load(this.#words, this.#index) === 0 && this.tryAcquire()) return true;
      spinHint();
    }
    return false;
  }

  #releaseContended(): void {
    const released = compareExchange(this.#words, this.#index, this.#owner | CONTENDED, 0);
    assert(released, "A mutex of ours was released by a thread that does not hold it");
    wake(this.#words, this.#index, 1);
  }
}
