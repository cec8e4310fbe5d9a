/** The events as they are, one JSON text a line: the recording of a run. docs/reporters.md has them. */
import type { TextSink } from "../base/write.ts";
import type { Reporter, RunEvent } from "../events/run_event.ts";

/** Stands in the first line. It changes when a reader of the lines would have to. */
export const SCHEMA = 1;

/** See the head of this file. */
export class JsonReporter implements Reporter {
  readonly #out: TextSink;

  constructor(out: TextSink) {
    this.#out = out;
  }

  report(event: RunEvent): void {
    const line = event.type === "run-started" ? { schema: SCHEMA, ...event } : event;
    this.#out.write(`${JSON.stringify(line)}\n`);
  }
}
