/**
 * The suspects of a stray error: the tasks that a thread has called since the last turn of the
 * event loop but one. A rejection may take two turns to be reported.
 */
import type { TaskId } from "../task/task.ts";

/** Maximum number of suspects: a longer list does not help to find the cause. */
const MAX_SUSPECTS = 8;

/** Records the tasks that may have caused a stray error. */
export class Suspects {
  /** A ring of the last tasks called: the nth one is at index n modulo MAX_SUSPECTS. */
  readonly #tasks: TaskId[] = [];
  #calledCount = 0;
  /** Number of calls before the last turn, and before the turn before that. */
  #countAtTurn = 0;
  #countAtPreviousTurn = 0;

  /** Adds a task that is about to be called. */
  add(task: TaskId): void {
    this.#tasks[this.#calledCount++ % MAX_SUSPECTS] = task;
  }

  /** Records a turn of the event loop. */
  turned(): void {
    this.#countAtPreviousTurn = this.#countAtTurn;
    this.#countAtTurn = this.#calledCount;
  }

  /** Lists the suspects, in the order of their calls. */
  list(): TaskId[] {
    const first = Math.max(this.#countAtPreviousTurn, this.#calledCount - MAX_SUSPECTS);
    return Array.from(
      { length: this.#calledCount - first },
      (_, i) => this.#tasks[(first + i) % MAX_SUSPECTS]!,
    );
  }
}
