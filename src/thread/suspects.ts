/**
 * Who may have left a stray error behind: the tasks a thread has called since the turn of the event loop
 * before the last. A rejection may take two turns to be seen.
 */
import type { TaskId } from "../task/task.ts";

/** More names would say less. */
const MAX_SUSPECTS = 8;

/** See the head of this file. */
export class Suspects {
  /** The last tasks called: the one called as the n-th stands in place n modulo MAX. */
  readonly #tasks: TaskId[] = [];
  #calledCount = 0;
  /** How many were called before the last turn, and before the turn before it. */
  #countAtTurn = 0;
  #countAtPreviousTurn = 0;

  /** A task is being called. */
  add(task: TaskId): void {
    this.#tasks[this.#calledCount++ % MAX_SUSPECTS] = task;
  }

  /** The event loop has turned. */
  turned(): void {
    this.#countAtPreviousTurn = this.#countAtTurn;
    this.#countAtTurn = this.#calledCount;
  }

  /** The tasks, the last called last. */
  list(): TaskId[] {
    const first = Math.max(this.#countAtPreviousTurn, this.#calledCount - MAX_SUSPECTS);
    return Array.from(
      { length: this.#calledCount - first },
      (_, i) => this.#tasks[(first + i) % MAX_SUSPECTS]!,
    );
  }
}
