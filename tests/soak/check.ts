/** Invariants of every run in the soak. */
import { assertEquals, AssertionError } from "@std/assert";
import { isSkippedByFailure, type TaskOutcome } from "../../src/events/run_event.ts";
import { isSuccessful } from "../../src/events/run_view.ts";
import { assertWellFormed } from "../support/well_formed.ts";
import { resultOf } from "./behaviors.ts";
import type { Recording } from "./drive.ts";
import { fails as failsBy, isEndless, type Scenario, skips, type SoakTask } from "./scenario.ts";

/** Checks the invariants of a run. Throws an error that names the violated one. */
export function checkRun(scenario: Scenario, recording: Recording): void {
  const { graph, events, view, exitCode } = recording;
  assertWellFormed(events, graph, scenario);
  checkOutcomes(scenario, recording);
  checkExclusion(scenario, recording);
  checkState(scenario, recording);
  if (exitCode !== undefined) {
    check((exitCode === 0) === isSuccessful(view), `unexpected exit code ${exitCode}`);
  }
}

function checkOutcomes(scenario: Scenario, { graph, view }: Recording): void {
  const outcomes = new Map(graph.names.map((name, id) => [name, view.outcomes[id]!]));
  const isCut = view.cancelled !== undefined;
  const mayBeCut = scenario.abortAfter !== undefined || scenario.deadlineMs !== undefined ||
    scenario.failFast !== undefined;
  check(!isCut || mayBeCut, `unexpected cancellation: ${view.cancelled}`);
  if (view.cancelled === "fail-fast") {
    check(view.counts.failed >= scenario.failFast!.count, "--fail-fast stopped the run too early");
  }
  for (const task of scenario.tasks) {
    const before = task.after.map((name) => outcomes.get(name)!);
    const outcome = outcomes.get(task.name)!;
    const { status } = outcome;
    const allowed = runs(task, before, scenario)
      ? endsOf(task, scenario, isCut)
      : isCut
      ? ["skipped", "cancelled"]
      : ["skipped"];
    const may = `expected ${allowed.join(" or ")}: ${JSON.stringify({ task, outcome })}`;
    check(allowed.includes(status), `"${task.name}" ${status}; ${may}`);
  }
}

/** Whether a task runs after dependencies with these outcomes, without a cancellation. */
function runs(
  { policy: { when = "passed" } }: SoakTask,
  before: readonly TaskOutcome[],
  { skipDependents }: Scenario,
): boolean {
  switch (when) {
    case "always":
      return true;
    case "failed":
      return before.length === 0 ||
        before.some((it) => it.status === "failed" || isSkippedByFailure(it));
    case "passed":
      return !skipDependents || before.every(letsDependentsRun);
  }
}

function letsDependentsRun(outcome: TaskOutcome): boolean {
  return outcome.status === "passed" ||
    (outcome.status === "skipped" && outcome.dependents === "run");
}

/** The possible outcomes of a task that runs. */
function endsOf({ policy, ways }: SoakTask, { timeoutMs }: Scenario, isCut: boolean): string[] {
  const { retries, when = "passed" } = policy;
  const attempts = 1 + (typeof retries === "object" ? retries.count : 0);
  const fails = (i: number) => ways[i] !== undefined && (isEndless(ways[i]) || failsBy(ways[i]));
  const isSkip = (i: number) => ways[i] !== undefined && skips(ways[i]);
  const all = Array.from({ length: attempts }, (_, i) => i);
  const mayPass = all.some((i) => !fails(i) && !isSkip(i));
  const maySkip = all.some(isSkip);
  // On a busy machine any attempt may time out; a cancelled run does not retry.
  const mayFail = !(mayPass || maySkip) || policy.timeout !== undefined ||
    timeoutMs !== undefined ||
    (isCut && fails(0)) || (isCut && ways.some((_, i) => fails(i)));
  return [
    ...(mayPass ? ["passed"] : []),
    ...(maySkip ? ["skipped"] : []),
    ...(mayFail ? ["failed"] : []),
    ...(isCut && when === "passed" ? ["cancelled"] : []),
  ];
}

/** Checks mutexes, tokens and weights by the order of events, which is that of the plan. */
function checkExclusion({ tasks, workers }: Scenario, { graph, events }: Recording): void {
  const policyOf = new Map(tasks.map(({ name, policy }) => [name, policy]));
  const lanes = Math.max(workers, 1);
  const taken = new Map<string, number>();
  const capacity = capacityOf(tasks);
  const tokensTaken = new Map<string, number>();
  let weights = 0;
  for (const event of events) {
    const isStart = event.type === "task-started";
    const isEnd = event.type === "task-retried" ||
      (event.type === "task-finished" && event.worker !== null);
    if (!isStart && !isEnd) continue;
    const { mutex = [], tokens = {}, weight = 1 } = policyOf.get(graph.names[event.task]!)!;
    for (const [name, count] of Object.entries(tokens)) {
      const sum = (tokensTaken.get(name) ?? 0) + (isStart ? count : -count);
      tokensTaken.set(name, sum);
      check(sum <= capacity.get(name)!, `event ${event.seq}: ${sum} tokens "${name}" are taken`);
    }
    weights += Math.min(weight, lanes) * (isStart ? 1 : -1);
    check(weights <= lanes, `event ${event.seq}: the weights are ${weights} on ${lanes} lanes`);
    for (const name of new Set([mutex].flat())) {
      if (!isStart) taken.delete(name);
      else check(!taken.has(name), `event ${event.seq}: "${name}" is taken by ${taken.get(name)}`);
      if (isStart) taken.set(name, event.task);
    }
  }
}

/** Number of tokens by name: as many as the task with the most needs takes. */
function capacityOf(tasks: readonly SoakTask[]): Map<string, number> {
  const capacity = new Map<string, number>();
  for (const [name, count] of tasks.flatMap(({ policy }) => Object.entries(policy.tokens ?? {}))) {
    capacity.set(name, Math.max(count, capacity.get(name) ?? 0));
  }
  return capacity;
}

function checkState({ tasks }: Scenario, { graph, view, ...state }: Recording): void {
  const { counter, done, results } = state;
  const statusOf = new Map(graph.names.map((name, id) => [name, view.outcomes[id]!.status]));
  const passed = tasks.map(({ name }) => name).filter((name) => statusOf.get(name) === "passed");
  assertEquals(Object.keys(results).sort(), [...passed].sort(), "tasks with results");
  for (const name of passed) assertEquals(results[name], resultOf(name), `the result of ${name}`);
  const sum = Object.values(done).reduce((a, b) => a + b, 0);
  // A terminated thread may have done half of a count.
  const isExact = view.lostWorkers.length === 0;
  check(
    isExact ? counter === sum : counter - sum <= view.lostWorkers.length,
    "the counter differs from the sum",
  );
  for (const { name, ways, policy } of tasks) {
    if (statusOf.get(name) !== "passed" || policy.retries !== undefined) continue;
    if (ways[0] === "count" || ways[0] === "count_async") {
      check(done[name] === 1, `"${name}" has counted ${done[name]} times`);
    }
  }
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw new AssertionError(problem);
}
