/**
 * Who may have left a stray error behind: the tasks a thread has called since the turn of the event loop
 * before the last. A rejection may take two turns to be seen.
 */
import type { TaskId } from "../task/task.ts";

/** More names would say less. */
const MAX = 8;

/** See the head of this file. */
export class Suspects {
  readonly #tasks: TaskId[] = [];
  /** How many of them were called before the last turn. */
  #old = 0;

  /** A task is being called. */
  add(task: TaskId): void {
    if (this.#tasks.push(task) <= MAX) return;
    this.#tasks.shift();
    if (this.#old > 0) this.#old--;
  }

  /** The event loop has turned. */
  turned(): void {
    this.#tasks.splice(0, this.#old);
    this.#old = this.#tasks.length;
  }

  /** The tasks, the last called last. */
  list(): TaskId[] {
    return [...this.#tasks];
  }
}
