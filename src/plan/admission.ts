/**
 * Decides whether a ready task may start now: all its semaphores must be free, and its weight must
 * fit. Everything here happens under the plan's lock.
 *
 * A task takes all its semaphores at once or none, so no task waits for a mutex while it holds
 * another, and no task holds a thread while it waits. A task that finds a mutex taken is parked in
 * that mutex's queue, out of the ready set; the end of the task that holds the mutex makes the
 * first task of the queue ready again.
 *
 * Race prevented: a task leaves the queue of a mutex A that has become free, and is parked for
 * another mutex, B. The next task that waits for A must be woken in its place, or A would stay free
 * with a queue.
 */
import {
  type PlanLayout,
  type PlanShape,
  type PolicyLayout,
  SEMAPHORE_WORDS,
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

/** Admission of ready tasks: semaphores, and the weight of the running tasks. */
export class Admission {
  readonly #words: Int32Array;
  readonly #at: PolicyLayout;
  readonly #hasSemaphores: boolean;
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
    this.#hasSemaphores = shape.semaphoreUses > 0;
    this.#unpark = unpark;
  }

  /** Admits a ready task, parks it, or holds it. */
  admit(task: number): typeof AdmissionResult[keyof typeof AdmissionResult] {
    const words = this.#words;
    if (this.#hasSemaphores) {
      const busy = this.#firstBusy(task);
      if (busy >= 0) {
        this.#park(task, busy);
        return AdmissionResult.PARKED;
      }
    }
    const weight = words[this.#at.weight + task]!;
    if (weight > words[Word.FREE]!) return AdmissionResult.HELD;
    words[Word.FREE]! -= weight;
    if (this.#hasSemaphores) this.#eachUse(task, (semaphore) => words[semaphore + TAKEN] = 1);
    return AdmissionResult.ADMITTED;
  }

  /** Releases the semaphores and the weight of an admitted task that has ended. */
  release(task: number): void {
    this.#words[Word.FREE]! += this.#words[this.#at.weight + task]!;
    if (!this.#hasSemaphores) return;
    this.#eachUse(task, (semaphore) => {
      this.#words[semaphore + TAKEN] = 0;
      this.#wakeFirst(semaphore);
    });
  }

  /** Empties all queues: every parked task becomes ready again. */
  unparkAll(): void {
    if (!this.#hasSemaphores) return;
    const end = this.#at.nextParked;
    for (
      let semaphore = this.#at.semaphores;
      semaphore + SEMAPHORE_WORDS <= end;
      semaphore += SEMAPHORE_WORDS
    ) {
      while (this.#words[semaphore + FIRST] !== 0) this.#wakeFirst(semaphore);
    }
  }

  #firstBusy(task: number): number {
    let busy = -1;
    this.#eachUse(task, (semaphore) => {
      if (busy < 0 && this.#words[semaphore + TAKEN] !== 0) busy = semaphore;
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
    this.#eachUse(task, (semaphore) => {
      if (words[semaphore + TAKEN] === 0) this.#wakeFirst(semaphore);
    });
  }

  #wakeFirst(semaphore: number): void {
    const words = this.#words;
    const first = words[semaphore + FIRST]! - 1;
    if (first < 0) return;
    const next = words[this.#at.nextParked + first]!;
    words[semaphore + FIRST] = next;
    if (next === 0) words[semaphore + LAST] = 0;
    this.#unpark(first);
  }

  #eachUse(task: number, visit: (semaphore: number) => void): void {
    const words = this.#words;
    const end = words[this.#at.useStart + task + 1]!;
    for (let i = words[this.#at.useStart + task]!; i < end; i++) {
      visit(this.#at.semaphores + words[this.#at.useList + i]! * SEMAPHORE_WORDS);
    }
  }
}
