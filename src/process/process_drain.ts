/** What processes have left to say when a run is over: each is asked, and waited for, but not for ever. */
import type { ErrorRecord } from "../base/error_record.ts";
import { callAfterTimeout } from "../runtime/timers.ts";
import { shutdownTimeoutMessage, type ShutdownTimeouts } from "../lane/shutdown.ts";
import type { ProcessHandle } from "./process_handle.ts";

/** Why a process is given up that does not answer between its tasks. */
export const PROCESS_BUSY_ERROR: ErrorRecord = {
  type: "ProcessLostError",
  message: "its process was still busy after its last task had ended",
};

/** How a process came to its end: undefined where it has said its last words. */
type DrainFailure = { readonly why: string; readonly isGone: boolean } | undefined;

/** What became of the last words of a lane's processes. */
export interface DrainResult {
  /** Why one that is still there is given up. */
  readonly timeoutMessage: string | undefined;
  /** Why something was not torn down, once for each process. */
  readonly teardownErrors: readonly string[];
}

/** See the head of this file. */
export class ProcessDrain {
  readonly #timeouts: ShutdownTimeouts;
  readonly #pending = new Map<ProcessHandle, (failure: DrainFailure) => void>();

  constructor(timeouts: ShutdownTimeouts) {
    this.#timeouts = timeouts;
  }

  /**
   * Asks the processes of a lane. One that is loading still has run nothing, and has nothing to say; it is waited for
   * where it is to tear down what it sets up.
   *
   * @param isLast Whether they get no other run.
   * @param hasTeardown Whether they have something to tear down now.
   */
  async drain(
    processes: ReadonlyMap<string, ProcessHandle>,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<DrainResult> {
    const drained = [...processes.values()].filter(({ isReady }) => isReady || hasTeardown);
    const wereReady = drained.map(({ isReady }) => isReady);
    const failures = await Promise.all(
      drained.map((process) => this.#drainOne(process, isLast, hasTeardown)),
    );
    return {
      timeoutMessage: failures.find((it) => it?.isGone === false)?.why,
      teardownErrors: hasTeardown
        ? failures.flatMap((it, index) => it && wereReady[index] ? [it.why] : [])
        : [],
    };
  }

  async #drainOne(
    process: ProcessHandle,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<DrainFailure> {
    const { drainMs, teardownMs } = this.#timeouts;
    const { promise, resolve } = Promise.withResolvers<DrainFailure>();
    const cancelTimeout = callAfterTimeout(() => {
      const why = hasTeardown
        ? shutdownTimeoutMessage(process.isReady, this.#timeouts)
        : PROCESS_BUSY_ERROR.message;
      resolve({ why, isGone: false });
    }, hasTeardown ? teardownMs : drainMs);
    this.#pending.set(process, resolve);
    process.post({ type: "drain", run: process.runCount, isLast });
    const failure = await promise;
    cancelTimeout();
    this.#pending.delete(process);
    return failure;
  }

  /** It has said them. */
  onDrained(process: ProcessHandle): void {
    this.#pending.get(process)?.(undefined);
  }

  /** It is gone. */
  onExited(process: ProcessHandle): void {
    this.#pending.get(process)?.({
      why: "its process ended before teardownWorker did",
      isGone: true,
    });
  }
}
