/** What processes have left to say when a run is over: each is asked, and waited for, but not for ever. */
import type { ProcessHandle } from "./process_handle.ts";

/** A process that does not answer (a timer left behind keeps it busy) is given up. */
const LAST_WORDS_MS = 2_000;

/** See the head of this file. */
export class LastWords {
  readonly #asked = new Map<ProcessHandle, () => void>();

  /**
   * Asks a process.
   *
   * @returns Whether it has said them, or is gone.
   */
  async ask(process: ProcessHandle, isLast: boolean): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const said = new Promise<boolean>((resolve) => {
      this.#asked.set(process, () => resolve(true));
      timer = setTimeout(() => resolve(false), LAST_WORDS_MS);
    });
    process.post({ type: "finish", run: process.runs, isLast });
    const isSaid = await said;
    clearTimeout(timer);
    this.#asked.delete(process);
    return isSaid;
  }

  /** It has said them, or is gone. */
  said(process: ProcessHandle): void {
    this.#asked.get(process)?.();
  }
}
