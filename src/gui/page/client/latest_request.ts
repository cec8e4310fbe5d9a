/** What is asked of the server again and again, where the last answer alone counts. */

/** See the head of this file: whoever asks gives up what was asked before. */
export class LatestRequest {
  #asked: AbortController | undefined;

  /** The signal of what was asked last, whether or not it was answered. */
  get signal(): AbortSignal | undefined {
    return this.#asked?.signal;
  }

  /** Something is asked, and given up by this signal. */
  begin(): AbortSignal {
    this.giveUp();
    this.#asked = new AbortController();
    return this.#asked.signal;
  }

  /** What was asked last is given up; nothing happens if it was answered. */
  giveUp(reason?: Error): void {
    this.#asked?.abort(reason);
  }
}
