/**
 * The events as they are, one JSON text a line: the recording of a run. docs/reporters.md has them.
 *
 * Some take other signs than a line feed for the end of a line too, and what tasks print would begin one there.
 */
import { escapeJson } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import { EVENT_SCHEMA, type Reporter, type RunEvent } from "../../events/run_event.ts";

/** See the head of this file. */
export class JsonReporter implements Reporter {
  readonly #out: TextSink;

  constructor(out: TextSink) {
    this.#out = out;
  }

  report(event: RunEvent): void {
    const line = event.type === "run-started" ? { schema: EVENT_SCHEMA, ...event } : event;
    this.#out.write(`${escapeJson(JSON.stringify(line))}\n`);
  }
}
