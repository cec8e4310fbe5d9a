/**
 * The simulated duration of a run: the plan selects the next task, and time is only counted. And a
 * lower bound that no order can beat.
 */
import type { Graph } from "../../../src/graph/graph.ts";
import { Plan, TaskState } from "../../../src/plan/plan.ts";
import type { TaskId } from "../../../src/task/task.ts";

const OWNER = 1;

/** The time from the first start to the last end. */
export function makespan(
  graph: Graph,
  durationMs: Float64Array,
  threads: number,
  ranks: Int32Array,
): number {
  const options = { lanes: threads, skipDependents: false, ranks };
  const plan = Plan.create(graph, options, OWNER);
  const running: { lane: number; task: TaskId; endMs: number }[] = [];
  const idle = Array.from({ length: threads }, (_, lane) => lane);
  for (const lane of idle) plan.open(lane);
  let nowMs = 0;
  let ended = 0;
  for (;;) {
    while (idle.length > 0) {
      const task = plan.take(idle[0]!, nowMs);
      if (task === -1) break;
      running.push({ lane: idle.shift()!, task, endMs: nowMs + durationMs[task]! });
    }
    if (running.length === 0) break;
    const next = running.reduce((first, it) => it.endMs < first.endMs ? it : first);
    running.splice(running.indexOf(next), 1);
    nowMs = next.endMs;
    plan.settle(next.lane, next.task, TaskState.PASSED, nowMs);
    idle.push(next.lane);
    ended++;
  }
  if (ended !== graph.size) throw new Error(`${ended} of ${graph.size} tasks ran`);
  return nowMs;
}

/** The upward rank of each task: the longest path from its start to the end of the run. */
export function remainingPath(graph: Graph, durationMs: Float64Array): Float64Array {
  const left = new Float64Array(graph.size);
  const waiting = Int32Array.from(left, (_, id) => graph.dependentsOf(id).length);
  const done = Array.from(left.keys()).filter((id) => waiting[id] === 0);
  for (let id = done.pop(); id !== undefined; id = done.pop()) {
    left[id]! += durationMs[id]!;
    for (const before of graph.dependenciesOf(id)) {
      left[before] = Math.max(left[before]!, left[id]!);
      if (--waiting[before]! === 0) done.push(before);
    }
  }
  return left;
}

/**
 * The larger of the longest path and the work divided by threads: a lower bound for every order.
 */
export function lowerBound(graph: Graph, durationMs: Float64Array, threads: number): number {
  const longest = remainingPath(graph, durationMs).reduce((most, ms) => Math.max(most, ms), 0);
  return Math.max(longest, durationMs.reduce((sum, ms) => sum + ms, 0) / threads);
}
