/** What processes have left to say when a run is over: each is asked, and waited for, but not for ever. */
import type { ErrorRecord } from "../base/error_record.ts";
import { callAfterTimeout } from "../runtime/timers.ts";
import { shutdownTimeoutMessage, type ShutdownTimeouts } from "../lane/shutdown.ts";
import type { ProcessHandle } from "./process_handle.ts";

/** Why a process is given up that does not answer between its tasks. */
export const STILL_BUSY: ErrorRecord = {
  type: "ProcessLostError",
  message: "its process was still busy after its last task had ended",
};

/** How a process came to its end: undefined where it has said its last words. */
type Ending = { readonly why: string; readonly isGone: boolean } | undefined;

/** What became of the last words of a lane's processes. */
export interface DrainResult {
  /** Why one that is still there is given up. */
  readonly givenUp: string | undefined;
  /** Why something was not torn down, once for each process. */
  readonly left: readonly string[];
}

/** See the head of this file. */
export class ProcessDrain {
  readonly #limits: ShutdownTimeouts;
  readonly #asked = new Map<ProcessHandle, (ending: Ending) => void>();

  constructor(limits: ShutdownTimeouts) {
    this.#limits = limits;
  }

  /**
   * Asks the processes of a lane. One that is loading still has run nothing, and has nothing to say; it is waited for
   * where it is to tear down what it sets up.
   *
   * @param isLast Whether they get no other run.
   * @param hasTeardown Whether they have something to tear down now.
   */
  async drain(
    lane: ReadonlyMap<string, ProcessHandle>,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<DrainResult> {
    const processes = [...lane.values()].filter(({ isReady }) => isReady || hasTeardown);
    const wereReady = processes.map(({ isReady }) => isReady);
    const endings = await Promise.all(
      processes.map((process) => this.#askOne(process, isLast, hasTeardown)),
    );
    return {
      givenUp: endings.find((it) => it?.isGone === false)?.why,
      left: hasTeardown
        ? endings.flatMap((it, index) => it && wereReady[index] ? [it.why] : [])
        : [],
    };
  }

  async #askOne(process: ProcessHandle, isLast: boolean, hasTeardown: boolean): Promise<Ending> {
    const { lastWordsMs, teardownMs } = this.#limits;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const forget = callAfterTimeout(() => {
      const why = hasTeardown
        ? shutdownTimeoutMessage(process.isReady, this.#limits)
        : STILL_BUSY.message;
      resolve({ why, isGone: false });
    }, hasTeardown ? teardownMs : lastWordsMs);
    this.#asked.set(process, resolve);
    process.post({ type: "finish", run: process.runs, isLast });
    const ending = await promise;
    forget();
    this.#asked.delete(process);
    return ending;
  }

  /** It has said them. */
  drained(process: ProcessHandle): void {
    this.#asked.get(process)?.(undefined);
  }

  /** It is gone. */
  died(process: ProcessHandle): void {
    this.#asked.get(process)?.({
      why: "its process ended before teardownWorker did",
      isGone: true,
    });
  }
}
