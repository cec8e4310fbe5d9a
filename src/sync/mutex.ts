/**
 * A mutual-exclusion lock in one shared word, for critical sections of microseconds.
 *
 * Word:        0 free · owner id · owner id | CONTENDED (a thread may be asleep)
 * Owners:      1 .. 2^30 - 1, unique per thread incarnation, never reused.
 * Transitions: free -> owner         acquire, by compare-and-swap
 *              owner -> owner|C      a waiter that has napped NAPS times, before it sleeps, so that
 *                                    the release wakes it
 *              free -> owner|C       a waiter that has slept: other waiters may still be asleep
 *              owner[|C] -> free     release, by the owner alone, by compare-and-swap
 * Guarantee:   one owner at a time; the next owner sees what it wrote. No fairness is promised.
 * Race prevented: a release between a waiter's check and its sleep. The waiter sleeps only while
 *              the word is still owner|CONTENDED, and a release changes the word before it wakes.
 *
 * A waiter spins, then naps, and only then sleeps until it is woken. Two threads that acquire the
 * lock again within less than a microsecond move the lock's cache line and the data it guards back
 * and forth, and pay a system call for each wake-up: together they do a third of the work of one
 * thread alone. While one of them naps, the other runs at full speed. A nap is not on the lock's
 * word: it would consume the wake-up meant for a sleeping thread.
 *
 * The lock is not re-entrant, no user code runs under it, and it is not recovered when its owner
 * dies: threads are terminated only at a turn of their event loop, so no thread dies while it holds
 * the lock.
 */
import { assert } from "../base/assert.ts";
import { compareExchange, load, spinHint } from "./atomics.ts";
import { nap, SLICE_MS, waitWhile, wake } from "./wait.ts";

const CONTENDED = 1 << 30;
const OWNER_MASK = CONTENDED - 1;
/**
 * Number of checks before a nap: a critical section ends within this time if its thread is running.
 */
const SPINS = 10;
/** Length of a nap in milliseconds: about a hundred critical sections. */
const NAP_MS = 0.05;
/**
 * Number of naps before a sleep: by then the owner's thread is not running, or many threads wait.
 */
const NAPS = 20;
/**
 * Number of slices (30 s) after which a wait fails with an InternalError: no critical section takes
 * a thousandth of it. Slices are counted rather than time measured, since after a process was
 * stopped (Ctrl-Z) time has passed although no thread was stuck.
 */
const STUCK_SLICES = 30_000 / SLICE_MS;

/** A mutual-exclusion lock in one word of shared memory. */
export class Mutex {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #owner: number;

  /**
   * @param words Shared memory, or a plain Int32Array on one thread.
   * @param index Index of the lock's word.
   * @param owner Id of this thread.
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

  /** Acquires the lock if it is free. */
  tryAcquire(): boolean {
    return compareExchange(this.#words, this.#index, 0, this.#owner);
  }

  /** Acquires the lock. Blocks until it is free. */
  acquire(): void {
    if (!compareExchange(this.#words, this.#index, 0, this.#owner)) this.#acquireContended();
  }

  /** Releases the lock. */
  release(): void {
    if (!compareExchange(this.#words, this.#index, this.#owner, 0)) this.#releaseContended();
  }

  #acquireContended(): void {
    assert(!this.isHeld, "A mutex was acquired twice by one thread");
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
    assert(released, "A mutex was released by a thread that does not hold it");
    wake(this.#words, this.#index, 1);
  }
}
