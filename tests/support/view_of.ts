/** The fold of events. */
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "../../src/events/run_view.ts";

/** Folds them. */
export function viewOf(events: Iterable<RunEvent>): MutableRunView {
  const view = emptyView();
  for (const event of events) applyEvent(view, event);
  return view;
}
