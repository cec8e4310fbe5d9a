/**
 * Who may have left a stray error behind: the tasks a thread has called since the turn of the event loop
 * before the last. A rejection may take two turns to be seen.
 */
import type { TaskId } from "../task/task.ts";

/** More names would say less. */
const MAX = 8;

/** See the head of this file. */
export class Suspects {
  /** The last tasks called: the one called as the n-th stands in place n modulo MAX. */
  readonly #tasks: TaskId[] = [];
  #called = 0;
  /** How many were called before the last turn, and before the turn before it. */
  #beforeTurn = 0;
  #beforeThat = 0;

  /** A task is being called. */
  add(task: TaskId): void {
    this.#tasks[this.#called++ % MAX] = task;
  }

  /** The event loop has turned. */
  turned(): void {
    this.#beforeThat = this.#beforeTurn;
    this.#beforeTurn = this.#called;
  }

  /** The tasks, the last called last. */
  list(): TaskId[] {
    const first = Math.max(this.#beforeThat, this.#called - MAX);
    return Array.from({ length: this.#called - first }, (_, i) => this.#tasks[(first + i) % MAX]!);
  }
}
