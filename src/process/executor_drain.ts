/**
 * Drains executors when a run is finished: each is asked for its remaining messages, and has a time
 * limit.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { callAfterTimeout } from "../runtime/timers.ts";
import { shutdownTimeoutMessage, type ShutdownTimeouts } from "../lane/shutdown.ts";
import type { Executor } from "./executor.ts";

/** The error of a process that does not answer between its tasks. */
export const PROCESS_BUSY_ERROR: ErrorRecord = {
  type: "ProcessLostError",
  message: busyMessage("process"),
};

/** The reason why an executor did not drain; undefined if it did. */
type DrainFailure = { readonly why: string; readonly isGone: boolean } | undefined;

/** The result of draining the executors of a lane. */
export interface DrainResult {
  /** Message of a timeout: an executor is still there, and has to be killed. */
  readonly timeoutMessage: string | undefined;
  /** Messages of executors whose teardown did not end, one for each. */
  readonly teardownErrors: readonly string[];
}

/** Sends the drain commands, and waits for the answers of the executors. */
export class ExecutorDrain {
  readonly #timeouts: ShutdownTimeouts;
  readonly #pending = new Map<Executor, (failure: DrainFailure) => void>();

  constructor(timeouts: ShutdownTimeouts) {
    this.#timeouts = timeouts;
  }

  /**
   * Drains the executors of a lane. An executor that is still loading has run nothing; it takes
   * part only if it has to tear down what it is setting up.
   *
   * @param isLast Whether the executors get no other run.
   * @param hasTeardown Whether they have to tear down now.
   */
  async drain(
    executors: Iterable<Executor>,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<DrainResult> {
    const drained = [...executors].filter(({ isReady }) => isReady || hasTeardown);
    const wereReady = drained.map(({ isReady }) => isReady);
    const failures = await Promise.all(
      drained.map((executor) => this.#drainOne(executor, isLast, hasTeardown)),
    );
    return {
      timeoutMessage: failures.find((it) => it?.isGone === false)?.why,
      teardownErrors: hasTeardown
        ? failures.flatMap((it, index) => it && wereReady[index] ? [it.why] : [])
        : [],
    };
  }

  async #drainOne(
    executor: Executor,
    isLast: boolean,
    hasTeardown: boolean,
  ): Promise<DrainFailure> {
    const { drainMs, teardownMs } = this.#timeouts;
    const { promise, resolve } = Promise.withResolvers<DrainFailure>();
    const cancelTimeout = callAfterTimeout(() => {
      const why = hasTeardown
        ? shutdownTimeoutMessage(executor.isReady, this.#timeouts)
        : busyMessage(executor.noun);
      resolve({ why, isGone: false });
    }, hasTeardown ? teardownMs : drainMs);
    this.#pending.set(executor, resolve);
    executor.post({ type: "drain", run: executor.runCount, isLast });
    const failure = await promise;
    cancelTimeout();
    this.#pending.delete(executor);
    return failure;
  }

  /** Records that an executor has drained. */
  onDrained(executor: Executor): void {
    this.#pending.get(executor)?.(undefined);
  }

  /** Records that an executor is gone. */
  onExited(executor: Executor): void {
    this.#pending.get(executor)?.({
      why: `the ${executor.noun} exited before teardownWorker ended`,
      isGone: true,
    });
  }
}

function busyMessage(noun: Executor["noun"]): string {
  return `the ${noun} was still busy after its last task had ended`;
}
