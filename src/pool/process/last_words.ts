/** What processes have left to say when a run is over: each is asked, and waited for, but not for ever. */
import type { ProcessHandle } from "./process_handle.ts";

/** A process that does not answer (a timer left behind keeps it busy) is given up. */
const LAST_WORDS_MS = 2_000;
/** One that calls the user's `teardownWorker` has longer. */
const TEARDOWN_MS = 10_000;

/** See the head of this file. */
export class LastWords {
  readonly #asked = new Map<ProcessHandle, () => void>();

  /**
   * Asks a process.
   *
   * @param isLast Whether it is to tear down what it has set up.
   * @param hasTeardown Whether there is a hook for that.
   * @returns Why it is given up, or undefined when it has said them, or is gone.
   */
  async ask(
    process: ProcessHandle,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<string | undefined> {
    const limitMs = isLast && hasTeardown ? TEARDOWN_MS : LAST_WORDS_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const said = new Promise<boolean>((resolve) => {
      this.#asked.set(process, () => resolve(true));
      timer = setTimeout(() => resolve(false), limitMs);
    });
    process.post({ type: "finish", run: process.runs, isLast });
    const isSaid = await said;
    clearTimeout(timer);
    this.#asked.delete(process);
    if (isSaid) return undefined;
    if (!isLast || !hasTeardown) return "its process was still busy after its last task had ended";
    const hook = process.isReady ? "teardownWorker" : "setupWorker";
    return `${hook} did not end within ${limitMs / 1000} s of the end of the run`;
  }

  /** It has said them, or is gone. */
  said(process: ProcessHandle): void {
    this.#asked.get(process)?.();
  }
}
