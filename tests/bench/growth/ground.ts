/** The input of the steps: a graph of some size, and the events of its run. */
import { EventStream } from "../../../src/events/event_stream.ts";
import type { Reporter } from "../../../src/events/reporter.ts";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../../../src/events/run_view.ts";
import { Graph } from "../../../src/graph/graph.ts";
import type { TaskId, TaskSpec } from "../../../src/task/task.ts";
import { afterOf } from "../peers/dags.ts";

/** The input of the steps. */
export interface Ground {
  readonly specs: readonly TaskSpec[];
  /** A cyclic graph: a chain whose first task depends on the last. */
  readonly cyclic: readonly TaskSpec[];
  readonly graph: Graph;
  readonly events: readonly RunEvent[];
  /** The view after all events. */
  readonly view: RunView;
  /** The view after half of the events. */
  readonly half: RunView;
  /** The journal of the run, as bytes. */
  journalled: Uint8Array;
}

/** Creates the input, without the journal. */
export function makeGround(tasks: number): Ground {
  const specs = specsOf(afterOf("layered", tasks));
  const ring = afterOf("chain", tasks);
  ring[0] = [tasks - 1];
  const graph = Graph.from(specs);
  const events = eventsOf(graph);
  const foldOf = (some: readonly RunEvent[]) => {
    const view = emptyView();
    for (const event of some) applyEvent(view, event);
    return view;
  };
  return {
    ...{ specs, graph, events },
    cyclic: specsOf(ring),
    view: foldOf(events),
    half: foldOf(events.slice(0, events.length / 2)),
    journalled: new Uint8Array(),
  };
}

/** Names with leading zeros, so that ids follow the numbers and dependencies come first. */
function specsOf(after: readonly (readonly number[])[]): TaskSpec[] {
  const name = (id: number) => `t${String(id).padStart(6, "0")}`;
  return after.map((dependencies, id) => ({
    name: name(id),
    after: dependencies.map(name),
    tags: [],
    withState: false,
  }));
}

/** The events of a run on two alternating threads, with 0.01 ms for each task. */
function eventsOf(graph: Graph): RunEvent[] {
  const events: RunEvent[] = [];
  const collector: Reporter = { report: (event) => void events.push(event) };
  const stream = new EventStream([collector]);
  const startedAt = new Date(0).toISOString();
  const tasks = graph.tasks.map(({ name, tags }, id) => ({
    ...{ name, tags },
    after: [...graph.dependenciesOf(id)] as TaskId[],
  }));
  stream.emit({ type: "run-started", tasks, workers: 2, startedAt, mocked: [] }, 0);
  for (let id = 0; id < graph.size; id++) {
    const [task, worker] = [id as TaskId, id % 2];
    stream.emit({ type: "task-queued", task }, id / 100);
    stream.emit({ type: "task-started", task, worker, attempt: 1 }, id / 100);
    stream.emit(
      { type: "task-finished", task, worker, outcome: { status: "passed" } },
      (id + 1) / 100,
    );
  }
  stream.emit({ type: "run-finished", finishedAt: startedAt }, graph.size / 100);
  return events;
}
