/**
 * Decides whether a ready task may start now: all its mutexes must be free, and its weight must
 * fit. Everything here happens under the plan's lock.
 *
 * A task takes all its mutexes at once or none, so no task waits for a mutex while it holds
 * another, and no task holds a thread while it waits. A task that finds a mutex taken is parked in
 * that mutex's queue, out of the ready set; the end of the task that holds the mutex makes the
 * first task of the queue ready again.
 *
 * Race prevented: a task leaves the queue of a mutex A that has become free, and is parked for
 * another mutex, B. The next task that waits for A must be woken in its place, or A would stay free
 * with a queue.
 */
import {
  MUTEX_WORDS,
  type PlanLayout,
  type PlanShape,
  type PolicyLayout,
  Word,
} from "./plan_layout.ts";

const TAKEN = 0;
const FIRST = 1;
const LAST = 2;

/** The result of {@linkcode Admission.admit}. */
export const AdmissionResult = {
  /** The task may start, and has taken what it needs. */
  ADMITTED: 0,
  /** The task was parked; the next ready task may be tried. */
  PARKED: 1,
  /** The task needs more free threads. No other task may start before it, or it could starve. */
  HELD: 2,
} as const;

/** Admission of ready tasks: mutexes, and the weight of the running tasks. */
export class Admission {
  readonly #words: Int32Array;
  readonly #at: PolicyLayout;
  readonly #hasMutexes: boolean;
  readonly #unpark: (task: number) => void;

  /** @param unpark Makes a parked task ready again. */
  constructor(
    words: Int32Array,
    at: PlanLayout,
    shape: PlanShape,
    unpark: (task: number) => void,
  ) {
    this.#words = words;
    this.#at = at.policies;
    this.#hasMutexes = shape.mutexUses > 0;
    this.#unpark = unpark;
  }

  /** Admits a ready task, parks it, or holds it. */
  admit(task: number): typeof AdmissionResult[keyof typeof AdmissionResult] {
    const words = this.#words;
    if (this.#hasMutexes) {
      const busy = this.#firstBusy(task);
      if (busy >= 0) {
        this.#park(task, busy);
        return AdmissionResult.PARKED;
      }
    }
    const weight = words[this.#at.weight + task]!;
    if (weight > words[Word.FREE]!) return AdmissionResult.HELD;
    words[Word.FREE]! -= weight;
    if (this.#hasMutexes) this.#eachMutex(task, (mutex) => words[mutex + TAKEN] = 1);
    return AdmissionResult.ADMITTED;
  }

  /** Releases the mutexes and the weight of an admitted task that has ended. */
  release(task: number): void {
    this.#words[Word.FREE]! += this.#words[this.#at.weight + task]!;
    if (!this.#hasMutexes) return;
    this.#eachMutex(task, (mutex) => {
      this.#words[mutex + TAKEN] = 0;
      this.#wakeFirst(mutex);
    });
  }

  /** Empties all queues: every parked task becomes ready again. */
  unparkAll(): void {
    if (!this.#hasMutexes) return;
    const end = this.#at.nextParked;
    for (let mutex = this.#at.mutexes; mutex + MUTEX_WORDS <= end; mutex += MUTEX_WORDS) {
      while (this.#words[mutex + FIRST] !== 0) this.#wakeFirst(mutex);
    }
  }

  #firstBusy(task: number): number {
    let busy = -1;
    this.#eachMutex(task, (mutex) => {
      if (busy < 0 && this.#words[mutex + TAKEN] !== 0) busy = mutex;
    });
    return busy;
  }

  #park(task: number, busy: number): void {
    const words = this.#words;
    const last = words[busy + LAST]!;
    words[this.#at.nextParked + task] = 0;
    if (last === 0) words[busy + FIRST] = task + 1;
    else words[this.#at.nextParked + last - 1] = task + 1;
    words[busy + LAST] = task + 1;
    // The race in the head of this file.
    this.#eachMutex(task, (mutex) => {
      if (words[mutex + TAKEN] === 0) this.#wakeFirst(mutex);
    });
  }

  #wakeFirst(mutex: number): void {
    const words = this.#words;
    const first = words[mutex + FIRST]! - 1;
    if (first < 0) return;
    const next = words[this.#at.nextParked + first]!;
    words[mutex + FIRST] = next;
    if (next === 0) words[mutex + LAST] = 0;
    this.#unpark(first);
  }

  #eachMutex(task: number, visit: (mutex: number) => void): void {
    const words = this.#words;
    const end = words[this.#at.mutexStart + task + 1]!;
    for (let i = words[this.#at.mutexStart + task]!; i < end; i++) {
      visit(this.#at.mutexes + words[this.#at.mutexList + i]! * MUTEX_WORDS);
    }
  }
}
