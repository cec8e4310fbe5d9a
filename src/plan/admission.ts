/**
 * Decides whether a ready task may start now: all its mutexes must be free, its tokens must be
 * there, and its weight must fit. Everything here happens under the plan's lock.
 *
 * A mutex is a counting semaphore with one token. A task takes the tokens of all its semaphores at
 * once or none, so no task waits for tokens while it holds others, and no task holds a thread while
 * it waits. A task that finds too few free tokens is parked in that semaphore's queue, out of the
 * ready set. When tokens become free, the first task of the queue becomes ready again if they are
 * enough for it.
 *
 * Races prevented:
 * - A task leaves the queue of a semaphore A, and is parked for another one, B. The next task that
 *   waits for A must be woken in its place, or A would stay free with a queue.
 * - A task leaves the queue of a semaphore that had tokens for two tasks. Once it has taken its
 *   own, the next task must be woken, too.
 */
import {
  type PlanLayout,
  type PlanShape,
  type PolicyLayout,
  SEMAPHORE_WORDS,
  Word,
} from "./plan_layout.ts";

const FREE_TOKENS = 0;
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
    if (words[this.#at.weight + task]! > words[Word.FREE]!) return AdmissionResult.HELD;
    this.#start(task);
    return AdmissionResult.ADMITTED;
  }

  /** Admits a node if it may start now. Unlike {@linkcode admit}, puts it into no queue. */
  tryAdmit(node: number): boolean {
    if (this.#hasSemaphores && this.#firstBusy(node) >= 0) return false;
    if (this.#words[this.#at.weight + node]! > this.#words[Word.FREE]!) return false;
    this.#start(node);
    return true;
  }

  /** Takes the weight and the tokens of a task that starts. */
  #start(task: number): void {
    const words = this.#words;
    words[Word.FREE]! -= words[this.#at.weight + task]!;
    if (this.#hasSemaphores) {
      this.#eachUse(task, (semaphore, count) => {
        words[semaphore + FREE_TOKENS]! -= count;
        this.#wakeFirst(semaphore);
      });
    }
  }

  /** Releases the tokens and the weight of an admitted task that has ended. */
  release(task: number): void {
    this.#words[Word.FREE]! += this.#words[this.#at.weight + task]!;
    if (!this.#hasSemaphores) return;
    this.#eachUse(task, (semaphore, count) => {
      this.#words[semaphore + FREE_TOKENS]! += count;
      this.#wakeFirst(semaphore);
    });
  }

  /** Empties all queues: every parked task becomes ready again. */
  unparkAll(): void {
    if (!this.#hasSemaphores) return;
    const end = this.#at.nextParked;
    for (let at = this.#at.semaphores; at + SEMAPHORE_WORDS <= end; at += SEMAPHORE_WORDS) {
      while (this.#words[at + FIRST] !== 0) this.#unparkFirst(at);
    }
  }

  /** Returns the first semaphore with too few free tokens for a task, or -1. */
  #firstBusy(task: number): number {
    let busy = -1;
    this.#eachUse(task, (semaphore, count) => {
      if (busy < 0 && this.#words[semaphore + FREE_TOKENS]! < count) busy = semaphore;
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
    // The first race in the head of this file.
    this.#eachUse(task, (semaphore) => this.#wakeFirst(semaphore));
  }

  /** Makes the first task of a queue ready if there are enough tokens for it. */
  #wakeFirst(semaphore: number): void {
    const words = this.#words;
    const first = words[semaphore + FIRST]! - 1;
    if (first < 0) return;
    let needed = 0;
    this.#eachUse(first, (it, count) => {
      if (it === semaphore) needed = count;
    });
    if (needed <= words[semaphore + FREE_TOKENS]!) this.#unparkFirst(semaphore);
  }

  #unparkFirst(semaphore: number): void {
    const words = this.#words;
    const first = words[semaphore + FIRST]! - 1;
    const next = words[this.#at.nextParked + first]!;
    words[semaphore + FIRST] = next;
    if (next === 0) words[semaphore + LAST] = 0;
    this.#unpark(first);
  }

  #eachUse(task: number, visit: (semaphore: number, count: number) => void): void {
    const words = this.#words;
    const end = words[this.#at.useStart + task + 1]!;
    for (let i = words[this.#at.useStart + task]!; i < end; i++) {
      const semaphore = this.#at.semaphores + words[this.#at.useList + i]! * SEMAPHORE_WORDS;
      visit(semaphore, words[this.#at.useTokens + i]!);
    }
  }
}
