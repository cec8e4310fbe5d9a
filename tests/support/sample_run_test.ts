/** The sample runs follow the grammar of events. */
import { graphOf } from "./graphs.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  SAMPLE_GRAPH,
  sampleEvents,
} from "./sample_run.ts";
import { assertWellFormed } from "./well_formed.ts";

Deno.test("sampleEvents() returns well-formed runs", () => {
  const options = { skipDependents: true };
  assertWellFormed(sampleEvents(SAMPLE_FACTS), SAMPLE_GRAPH, options);
  assertWellFormed(sampleEvents(CANCELLED_FACTS), SAMPLE_GRAPH, options);
  assertWellFormed(sampleEvents(PASSING_FACTS), graphOf({ a: [] }), options);
});
