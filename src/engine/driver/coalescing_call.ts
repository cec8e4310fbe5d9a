/**
 * Does something as often as it is asked for, one time after the other: who asks while it is being done has it done
 * once more after that. One time that fails does not keep the next from being done.
 */
export class CoalescingCall {
  readonly #does: () => void;
  #isDoing = false;
  #isDue = false;

  constructor(does: () => void) {
    this.#does = does;
  }

  /** See the head of this file. */
  request(): void {
    this.#isDue = true;
    if (this.#isDoing) return;
    this.#isDoing = true;
    try {
      while (this.#isDue) {
        this.#isDue = false;
        this.#does();
      }
    } finally {
      this.#isDoing = false;
    }
  }
}
