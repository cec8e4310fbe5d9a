/**
 * Reports hear that a run is over when all of it is. What goes wrong on the main thread, beside the tasks or
 * after the last of them, is in them, too: whoever reads a report alone is to know that the run has failed.
 */
import { EventStream } from "../../events/event_stream.ts";
import type { Reporter, RunEvent, StrayError } from "../../events/run_event.ts";
import { applyEvent, type RunView } from "../../events/run_view.ts";
import type { RunResult } from "../../run/run_graph.ts";

/** An error of the main thread, outside of tasks. */
export type MainError = Pick<StrayError, "hook" | "error">;

/** What is said of a `teardownState` that a second signal has left alone. */
const TEARDOWN_ABANDONED: MainError = {
  hook: "teardownState",
  error: { type: "Error", message: "it was not waited for" },
};

/** See the head of this file. */
export class DeferredRunEnd implements AsyncDisposable {
  readonly #stream: EventStream;
  #runFinished: RunEvent | undefined;

  constructor(reports: readonly Reporter[]) {
    this.#stream = new EventStream(reports);
  }

  /** Is told of the run, and keeps its end back. */
  readonly reporter: Reporter = {
    report: (event) => {
      if (event.type === "run-finished") this.#runFinished = event;
      else this.#stream.tell(event);
    },
  };

  /** Tells the end, after what has gone wrong. Says what came of the run, with that. */
  async finish(
    { view, reporterFailures }: RunResult,
    errors: readonly MainError[],
  ): Promise<RunResult> {
    await this.#emitEnd(errors, view);
    return { view, reporterFailures: [...reporterFailures, ...this.#stream.failures] };
  }

  /** What the run has come to is in the reports, though somebody did not wait for all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#runFinished) await this.#emitEnd([TEARDOWN_ABANDONED]);
  }

  async #emitEnd(errors: readonly MainError[], view?: RunView): Promise<void> {
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
      this.#stream.tell(event);
    }
    this.#stream.tell({ ...runFinished, seq });
    await this.#stream.close();
  }
}
