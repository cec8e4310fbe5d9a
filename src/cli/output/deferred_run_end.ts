/**
 * Reports hear that a run is over when all of it is. What goes wrong on the main thread, beside the tasks or
 * after the last of them, is in them, too: whoever reads a report alone is to know that the run has failed.
 */
import { EventStream } from "../../events/event_stream.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, StrayError } from "../../events/run_event.ts";
import { applyEvent, type MutableRunView } from "../../events/run_view.ts";
import type { RunResult } from "../../run/run_graph.ts";

/** An error of the main thread, outside of tasks. */
export type MainError = Pick<StrayError, "hook" | "error">;

/** What is said of a `teardownState` that a second signal has left alone. */
const LEFT: MainError = {
  hook: "teardownState",
  error: { type: "Error", message: "it was not waited for" },
};

/** See the head of this file. */
export class DeferredRunEnd implements AsyncDisposable {
  /**
   * Has a view of its own: that of the run is past its end when the errors of the main thread are
   * delivered.
   */
  readonly #stream: EventStream;
  readonly #hasReports: boolean;
  #end: RunEvent | undefined;

  constructor(reports: readonly Reporter[]) {
    this.#hasReports = reports.length > 0;
    this.#stream = new EventStream(reports);
  }

  /** Is told of the run, and keeps its end back. */
  readonly reporter: Reporter = {
    report: (event) => {
      if (event.type === "run-finished") this.#end = event;
      else if (this.#hasReports) this.#stream.deliver(event);
    },
  };

  /** Tells the end, after what has gone wrong. Says what came of the run, with that. */
  async tell(
    { view, reporterFailures }: RunResult,
    errors: readonly MainError[],
  ): Promise<RunResult> {
    await this.#tell(errors, view);
    return { view, reporterFailures: [...reporterFailures, ...this.#stream.failures] };
  }

  /** What the run has come to is in the reports, though somebody did not wait for all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end) await this.#tell([LEFT]);
  }

  async #tell(errors: readonly MainError[], view?: MutableRunView): Promise<void> {
    const end = this.#end!;
    this.#end = undefined;
    let { seq } = end;
    for (const { hook, error } of errors) {
      const event: RunEvent = {
        ...{ type: "stray-error", worker: null, suspects: [], ...(hook && { hook }), error },
        ...{ seq: seq++, elapsedMs: end.elapsedMs },
      };
      if (view) applyEvent(view, event);
      this.#stream.deliver(event);
    }
    this.#stream.deliver({ ...end, seq });
    await this.#stream.close();
  }
}
