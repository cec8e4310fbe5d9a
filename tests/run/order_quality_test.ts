/**
 * The quality of `--order` on 200 random graphs: the plan itself chooses the next task, and time is
 * simulated. The graphs are the same each time; tests/bench/quality has the tables.
 */
import { assert, assertEquals } from "@std/assert";
import type { TaskOrder } from "../../src/run/run_policy.ts";
import { ranksOfRun } from "../../src/run/plan_options.ts";
import { lowerBound, makespan } from "../bench/quality/makespan.ts";
import { randomGraph, type TimedGraph, TIMES } from "../bench/quality/random_graphs.ts";

const GRAPHS = 200;
const WIDTHS = [3, 8, 20, 60];
const THREADS = [2, 4, 8, 16];

/** The duration of a run by an order, divided by a lower bound. */
function ratio(timed: TimedGraph, threads: number, order: TaskOrder, isRecorded: boolean): number {
  const { graph, durationMs, recordedMs } = timed;
  const durationsMs = Object.fromEntries(graph.names.map((name, id) => [name, recordedMs[id]!]));
  const policy = isRecorded ? { order, durationsMs } : { order };
  const ranks = ranksOfRun(graph, [], policy) ?? Int32Array.from(graph.names.keys());
  return makespan(graph, durationMs, threads, ranks) / lowerBound(graph, durationMs, threads);
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;

Deno.test("runGraph() finishes sooner by path than by name, and soonest with recorded durations", () => {
  const trials = Array.from({ length: GRAPHS }, (_, seed) => {
    const threads = THREADS[(seed >> 2) % THREADS.length]!;
    const timed = randomGraph(seed, WIDTHS[seed % WIDTHS.length]!, TIMES[seed % TIMES.length]!);
    return {
      threads,
      name: ratio(timed, threads, "name", false),
      path: ratio(timed, threads, "path", false),
      recorded: ratio(timed, threads, "path", true),
    };
  });
  for (const { threads, ...ratios } of trials) {
    for (const it of Object.values(ratios)) {
      assert(it > 1 - 1e-9, "a run beat what cannot be beaten");
      // Graham's bound, which holds for any order if no thread is idle while a task is ready.
      assert(it < 2 - 1 / threads + 1e-9, `a run took ${it} times as long as it must`);
    }
  }
  const means = (["name", "path", "recorded"] as const)
    .map((order) => mean(trials.map((trial) => trial[order])));
  assertEquals(means.toSorted((a, b) => b - a), means, "a better order took longer");
  const [name, path, recorded] = means as [number, number, number];
  assert(name - path > 0.02, `by path: ${path}, by name: ${name}`);
  assert(recorded < 1.01, `with times of another day: ${recorded}`);
});
