/**
 * The recording of a run: its events as JSON, one per line. docs/reporters.md describes the fields.
 *
 * Line separators other than a line feed are escaped, since some readers split lines at them.
 */
import { escapeJson } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import { EVENT_SCHEMA, type RunEvent } from "../../events/run_event.ts";

/** Writes events as JSON lines. */
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
