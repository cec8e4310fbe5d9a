/**
 * The time of a task by parts: each part on one thread, warm, with no-op tasks. Contention of
 * threads is not included.
 *
 *     deno task bench:parts [--write]
 *
 * `--write` puts the table into docs/performance.md.
 */
import { EventStream } from "../../src/events/event_stream.ts";
import type { TaskInfo } from "../../src/events/run_event.ts";
import type { RunView } from "../../src/events/run_view.ts";
import { summarize } from "../../src/events/summary.ts";
import { Graph } from "../../src/graph/graph.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { TaskLoop } from "../../src/thread/task_loop.ts";
import { TaskLookup } from "../../src/thread/task_lookup.ts";
import { EventSequencer } from "../../src/run/event_sequencer.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import type { FoundTask, TaskId } from "../../src/task/task.ts";
import { afterOf } from "./peers/dags.ts";
import { circumstances, writeDocument } from "./peers/document.ts";
import { median, print, table } from "./peers/stats.ts";

const TASKS = 10_000;
const RUNS = 40;
const MAIN = 1;
const WORKER = 2;
const LANE = 0;

const tasks = new Map<string, FoundTask>(
  afterOf("layered", TASKS).map((after, id) => {
    const named = { name: `t${id}`, after: after.map((it) => `t${it}`) };
    return [named.name, { spec: { ...named, tags: [], withState: false }, call: () => {} }];
  }),
);
const graph = Graph.from([...tasks.values()].map(({ spec }) => spec));
const code = new TaskLookup(graph.names, tasks);
const infos = graph.tasks.map(({ name, tags }, id): TaskInfo => ({
  ...{ name, tags },
  after: [...graph.dependenciesOf(id)] as TaskId[],
}));
const state = SharedState.create();
const RULES = {
  ...{ storeResults: true, isStrict: false, timeoutMs: undefined },
  epochMs: performance.timeOrigin,
};

const nsOf: Record<string, number[]> = {};
const timed = async <T>(part: string, work: () => T | Promise<T>): Promise<T> => {
  const start = performance.now();
  const result = await work();
  (nsOf[part] ??= []).push((performance.now() - start) * 1e6 / TASKS);
  return result;
};

for (let run = 0; run < RUNS; run++) {
  await timed("creating the plan of the run", () => newPlan());
  await timed("one read of the clock", () => {
    for (let i = 0; i < TASKS; i++) performance.now();
  });
  const bare = newPlan();
  await timed("the plan: settling a task, taking the next", () => {
    let task = bare.take(LANE, 0);
    while (task >= 0) task = bare.settleAndTake(LANE, task as TaskId, TaskState.PASSED, 0, 0);
  });
  const plan = newPlan();
  state.clearResults();
  state.openResults(graph.names);
  await timed("everything a thread does: plan, clock, call, result", () => loopOf(plan).run());
  let view: RunView | undefined;
  await timed(
    "three events: emitted, folded, delivered to a reporter",
    () => view = emitEvents(plan),
  );
  await timed("the summary", () => summarize(view!));
}

const rows = Object.entries(nsOf).map(([part, times]) => [
  part,
  median(times.slice(RUNS / 2)).toFixed(0),
]);
const text = [circumstances(), table(["of each of 10,000 tasks", "ns"], rows)].join("\n\n");
print(text);
if (Deno.args.includes("--write")) await writeDocument("parts", text);

function newPlan(): Plan {
  const plan = Plan.create(graph, { lanes: 2, skipDependents: false }, MAIN);
  plan.open(LANE, WORKER);
  return Plan.attach(plan.handle, WORKER);
}

function loopOf(plan: Plan): TaskLoop {
  return new TaskLoop({
    ...{ plan, state, lane: LANE, code, rules: RULES, firstSeq: 0, isOwnThread: false },
    send: () => {},
    turn: () => Promise.resolve(),
  });
}

function emitEvents(plan: Plan): RunView {
  const delivered = { events: 0 };
  const stream = new EventStream([{ report: () => void delivered.events++ }]);
  const startedAt = new Date().toISOString();
  stream.emit({ type: "run-started", tasks: infos, workers: 2, startedAt, mocked: [] }, 0);
  new EventSequencer(stream, plan.log, 2, () => 0, () => 0).flush();
  if (delivered.events !== 3 * TASKS + 1) {
    throw new Error(`${delivered.events} events were delivered`);
  }
  return stream.view;
}
