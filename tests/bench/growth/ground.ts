/** What the steps work on: a graph of some size, and the events of a run of it. */
import { EventStream } from "../../../src/events/event_stream.ts";
import type { Reporter } from "../../../src/events/reporter.ts";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../../../src/events/run_view.ts";
import { Graph } from "../../../src/graph/graph.ts";
import type { TaskId, TaskSpec } from "../../../src/task/task.ts";
import { afterOf } from "../peers/dags.ts";

/** See the head of this file. */
export interface Ground {
  readonly specs: readonly TaskSpec[];
  /** The same, with the first task after the last of the longest chain. */
  readonly cyclic: readonly TaskSpec[];
  readonly graph: Graph;
  readonly events: readonly RunEvent[];
  /** After all events. */
  readonly view: RunView;
  /** After half of the events. */
  readonly half: RunView;
  /** A journal of the run, as bytes. */
  journalled: Uint8Array;
}

/** Makes it, without the journal. */
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

/** Names with zeros, so that ids follow the numbers, and tasks stand after what they come after. */
function specsOf(after: readonly (readonly number[])[]): TaskSpec[] {
  const name = (id: number) => `t${String(id).padStart(6, "0")}`;
  return after.map((dependencies, id) => ({
    name: name(id),
    after: dependencies.map(name),
    tags: [],
    withState: false,
  }));
}

/** A run on two threads that take turns, a hundredth of a millisecond a task. */
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
