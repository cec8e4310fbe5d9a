/** The output of a reporter for events. */
import type { TextSink } from "../../src/base/write_all.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "../../src/events/run_view.ts";
import { sampleEvents, type TimedFact } from "./sample_run.ts";

/** The folder of the files in the sample runs. */
export const FOLDER = "/project";

/** Reports the events of a sample run, and returns the output. */
export function reported(
  make: (out: TextSink) => Reporter,
  facts?: readonly TimedFact[],
): string {
  return reportedEvents(make, sampleEvents(facts));
}

/** Reports the given events, and returns the output. */
export function reportedEvents(
  make: (out: TextSink) => Reporter,
  events: Iterable<RunEvent>,
): string {
  let text = "";
  const reporter = make({ write: (more) => void (text += more), close() {} });
  deliverTo(reporter, events);
  return text;
}

/**
 * Delivers events to a reporter, as the stream of a run does.
 *
 * @param view The view before these events.
 */
export function deliverTo(
  reporter: Reporter,
  events: Iterable<RunEvent>,
  view: MutableRunView = emptyView(),
): void {
  for (const event of events) {
    applyEvent(view, event);
    reporter.report(event, view);
  }
}
