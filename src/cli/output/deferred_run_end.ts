/** Delays the end of the event stream of the reports until the teardown has finished. */
import { EventStream } from "../../events/event_stream.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, StrayError } from "../../events/run_event.ts";
import { applyEvent, type MutableRunView } from "../../events/run_view.ts";
import type { RunResult } from "../../run/run_graph.ts";

/** An error of the main thread, outside of tasks. */
export type MainError = Pick<StrayError, "hook" | "error">;

/** The error in reports when a second signal ends the wait for `teardownState`. */
const TEARDOWN_ABANDONED: MainError = {
  hook: "teardownState",
  error: { type: "Error", message: "abandoned after a second signal" },
};

/**
 * Holds back `run-finished` until the whole run has finished. Errors of the main thread, during the
 * tasks or in the teardown, are emitted before it, so that every report shows that the run failed.
 */
export class DeferredRunEnd implements AsyncDisposable {
  /**
   * Has a view of its own: that of the run is past its end when the errors of the main thread are
   * delivered.
   */
  readonly #stream: EventStream;
  readonly #hasReports: boolean;
  #runFinished: RunEvent | undefined;

  constructor(reports: readonly Reporter[]) {
    this.#hasReports = reports.length > 0;
    this.#stream = new EventStream(reports);
  }

  /** Forwards all events of the run but `run-finished`. */
  readonly reporter: Reporter = {
    report: (event) => {
      if (event.type === "run-finished") this.#runFinished = event;
      else if (this.#hasReports) this.#stream.deliver(event);
    },
  };

  /** Emits the errors and the end of the run. Returns the run's result including the errors. */
  async finish(
    { view, reporterFailures }: RunResult,
    errors: readonly MainError[],
  ): Promise<RunResult> {
    await this.#emitEnd(errors, view);
    return { view, reporterFailures: [...reporterFailures, ...this.#stream.failures] };
  }

  /** Ends the reports of a run whose teardown was abandoned. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#runFinished) await this.#emitEnd([TEARDOWN_ABANDONED]);
  }

  async #emitEnd(errors: readonly MainError[], view?: MutableRunView): Promise<void> {
    const runFinished = this.#runFinished!;
    this.#runFinished = undefined;
    let { seq } = runFinished;
    for (const { hook, error } of errors) {
      const event: RunEvent = {
        type: "stray-error",
        worker: null,
        suspects: [],
        ...(hook && { hook }),
        error,
        seq: seq++,
        elapsedMs: runFinished.elapsedMs,
      };
      if (view) applyEvent(view, event);
      this.#stream.deliver(event);
    }
    this.#stream.deliver({ ...runFinished, seq });
    await this.#stream.close();
  }
}
