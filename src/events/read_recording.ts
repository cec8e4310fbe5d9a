/** Reads recordings of `--reporter=json`. A recording may be edited by hand, and is validated. */
import { EVENT_SCHEMA, type RunEvent, type TaskInfo } from "./run_event.ts";
import { isKnown, validateEvent, validateRunStarted } from "./validate_event.ts";

/**
 * Parses the events of a recording. Skips events of unknown types: a schema may gain types. The
 * recording of a killed run may end within a line.
 *
 * @param use The use of the recording, for messages: `Cannot replay this file`.
 * @throws {Error} that names the first invalid line.
 */
export function readRecording(text: string, use = "replay this file"): RunEvent[] {
  const recordingError = (why: string) => new Error(`Cannot ${use}: ${why}`);
  const events: RunEvent[] = [];
  let tasks: readonly TaskInfo[] = [];
  const lines = text.split("\n");
  const lastLine = lines.length - 1;
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const event = readLine(line);
    if (event === undefined && at === lastLine && at > 0) break;
    if (event === undefined || (events.length === 0 && event.type !== "run-started")) {
      throw recordingError(
        `line ${at + 1} is not an event of a run; record a run with --reporter=json=FILE`,
      );
    }
    if (!isKnown(event.type)) continue;
    const isFirst = events.length === 0;
    if (isFirst && event.schema !== EVENT_SCHEMA) {
      throw recordingError(
        `expected schema ${EVENT_SCHEMA}, got ${event.schema}; ` +
          "use the version of tdrun that recorded it",
      );
    }
    const flaw = isFirst ? validateRunStarted(event) : validateEvent(event, tasks.length);
    if (flaw !== undefined) throw recordingError(`line ${at + 1} is not a valid event: ${flaw}`);
    const known = event as unknown as RunEvent;
    if (known.type === "run-started") tasks = known.tasks;
    events.push(known);
  }
  if (events.length === 0) throw recordingError("the file is empty");
  return events;
}

/** An event before validation: `type` and `seq` exist. */
type RawEvent = Readonly<Record<string, unknown>> & { readonly type: string };

function readLine(line: string): RawEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.type === "string" && Number.isInteger(event.seq) ? event : undefined;
  } catch {
    return undefined;
  }
}
