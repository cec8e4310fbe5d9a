/** The fold of events. */
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../../src/events/run_view.ts";

/** Folds events into a view. */
export function viewOf(events: Iterable<RunEvent>): RunView {
  const view = emptyView();
  for (const event of events) applyEvent(view, event);
  return view;
}
