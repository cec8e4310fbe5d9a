/** Plans whose tasks have policies, on one thread, against a model, over random interleavings. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { Graph } from "../../src/graph/graph.ts";
import { Plan, type RanOutcome, TaskState } from "../../src/plan/plan.ts";
import type { TaskPolicy, When } from "../../src/task/policy.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { chainOf, graphOf, policyGraph } from "../support/graphs.ts";
import { outcomesOf, PlanRig } from "../support/plan_rig.ts";
import { randomDag } from "../support/random_dag.ts";
import { assertWellFormed } from "../support/well_formed.ts";

/** A graph of tasks with policies, the number of each task's failing attempts, and its end. */
interface PolicyDag {
  readonly graph: Graph;
  readonly failures: readonly number[];
  /** The outcome of each task after its failing attempts. */
  readonly ends: readonly RanOutcome[];
}

const policy = fc.record({
  when: fc.constantFrom<When>("passed", "passed", "always", "failed"),
  count: fc.nat(2),
  mutex: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 }),
  tokens: fc.constantFrom<NonNullable<TaskPolicy["tokens"]>>(
    ...[[], [["x", 1]], [["x", 2]], [["x", 3]], [["x", 1], ["y", 1]]] as const,
  ),
  weight: fc.integer({ min: 1, max: 4 }),
  failures: fc.nat(3),
  end: fc.constantFrom<RanOutcome>(
    ...[TaskState.PASSED, TaskState.PASSED, TaskState.SKIPPED, TaskState.SKIPPED_ALONE],
  ),
});

const policyDag: fc.Arbitrary<PolicyDag> = fc
  .tuple(randomDag(25), fc.infiniteStream(policy))
  .map(([{ specs, failing }, policies]) => {
    const failures = new Map<string, number>();
    const ends = new Map<string, RanOutcome>();
    const graph = Graph.from(specs.map((spec): TaskSpec => {
      const { when, count, mutex, tokens, weight, failures: some, end } = policies.next().value!;
      ends.set(spec.name, end);
      failures.set(spec.name, failing.has(spec.name) ? 9 : some > count ? 0 : some);
      const retries = { count, delayMs: 0, factor: 1, maxDelayMs: 0, jitter: 0 };
      return { ...spec, policy: { when, retries, mutex: mutex.sort(), tokens, weight } };
    }));
    return {
      graph,
      failures: graph.names.map((name) => failures.get(name)!),
      ends: graph.names.map((name) => ends.get(name)!),
    };
  });

const choices = fc.infiniteStream(fc.record({ roll: fc.nat(1000), together: fc.boolean() }));

/** The outcome of each task, in any order of execution. */
function model(
  { graph, failures, ends }: PolicyDag,
  skipDependents: boolean,
): Map<string, string> {
  /** `blocks`: its dependents are skipped. `blames`: because of a failure. */
  const ended = new Map<number, { status: string; blocks: boolean; blames: boolean }>();
  while (ended.size < graph.size) {
    for (let task = 0; task < graph.size; task++) {
      const before = [...graph.dependenciesOf(task)].map((it) => ended.get(it));
      if (ended.has(task) || before.includes(undefined)) continue;
      const { when, retries } = graph.tasks[task]!.policy!;
      const blames = before.some((it) => it!.blames);
      const isSkipped = when === "failed"
        ? !blames && before.length > 0 // a task without dependencies was selected by name
        : when === "passed" && skipDependents && before.some((it) => it!.blocks);
      const fails = failures[task]! > retries!.count;
      const end = fails ? TaskState.FAILED : ends[task]!;
      ended.set(
        task,
        isSkipped
          ? { status: "skipped", blocks: true, blames: when === "passed" && blames }
          : { status: STATUS[end]!, blocks: BLOCKS.includes(end), blames: fails },
      );
    }
  }
  return new Map(
    [...ended].sort(([a], [b]) => a - b).map(([id, { status }]) => [graph.names[id]!, status]),
  );
}

const STATUS: Readonly<Record<number, string>> = {
  [TaskState.PASSED]: "passed",
  [TaskState.FAILED]: "failed",
  [TaskState.SKIPPED]: "skipped",
  [TaskState.SKIPPED_ALONE]: "skipped",
};
const BLOCKS: readonly RanOutcome[] = [TaskState.FAILED, TaskState.SKIPPED];

/** Plays a run to its end; a run that gets stuck fails the test. */
function play(
  rig: PlanRig,
  { graph, failures, ends }: PolicyDag,
  choice: Iterator<{ roll: number; together: boolean }>,
  steps = Infinity,
): void {
  const attempts = graph.names.map(() => 0);
  const outcomeOf = (task: number) =>
    attempts[task]!++ < failures[task]! ? TaskState.FAILED : ends[task]!;
  for (let step = 0; step < steps && rig.main.remaining > 0; step++) {
    const { roll, together } = choice.next().value!;
    const { retrying } = rig;
    if (retrying.length > 0 && roll % 3 === 0) rig.requeue(retrying[roll % retrying.length]!);
    const lane = roll % rig.lanes.length;
    if (rig.running[lane]! >= 0) {
      rig.settle(lane, outcomeOf(rig.running[lane]!), together);
      continue;
    }
    const mayTake = rig.main.readyCount > 0;
    if (rig.take(lane)) assert(mayTake, "a task was taken although none was ready");
    else assertEquals(rig.main.readyCount, 0, "who could take nothing would not sleep");
    const goesOn = rig.running.some((it) => it >= 0) || rig.retrying.length > 0;
    assert(goesOn, "tasks remain, none runs and none is ready");
  }
}

/** The number of starts of each task. */
function startsOf(events: readonly RunEvent[], graph: Graph): number[] {
  const starts = graph.names.map(() => 0);
  for (const event of events) if (event.type === "task-started") starts[event.task]!++;
  return starts;
}

/** Number of tokens by name; of "y" there are as many as the task with the most needs takes. */
const TOKENS = new Map([["x", 3]]);

/** Asserts that no two running tasks share a mutex, and that their tokens and weight fit. */
function assertAdmitted(events: readonly RunEvent[], graph: Graph, lanes: number): void {
  const running = new Set<number>();
  for (const event of events) {
    if (event.type === "task-started") running.add(event.task);
    else if (event.type === "task-retried" || event.type === "task-finished") {
      running.delete(event.task);
    }
    const policies = [...running].map((task): TaskPolicy => graph.tasks[task]!.policy ?? {});
    const held = policies.flatMap(({ mutex = [] }) => mutex);
    assertEquals(new Set(held).size, held.length, "two running tasks hold one mutex");
    const taken = { x: 0, y: 0 };
    for (const [name, count] of policies.flatMap(({ tokens = [] }) => tokens)) {
      taken[name as "x" | "y"] += count;
    }
    assert(taken.x <= 3 && taken.y <= 1, `too many tokens are taken: ${Deno.inspect(taken)}`);
    const weight = policies.reduce((sum, { weight = 1 }) => sum + Math.min(weight, lanes), 0);
    assert(weight <= lanes, `a weight of ${weight} runs on ${lanes} threads`);
  }
}

const lanesOf = fc.integer({ min: 1, max: 4 });

Deno.test("Plan keeps policies and matches the model in random interleavings", () => {
  fc.assert(
    fc.property(policyDag, lanesOf, fc.boolean(), choices, (dag, lanes, skipDependents, choice) => {
      const { graph } = dag;
      const policies = graph.tasks.map((task) => task.policy);
      const rig = new PlanRig(graph, { lanes, skipDependents, policies, tokens: TOKENS });
      play(rig, dag, choice);
      const events = rig.events();
      assertWellFormed(events, graph, { skipDependents });
      assertAdmitted(events, graph, lanes);
      const outcomes = new Map([...outcomesOf(events, graph)].sort());
      assertEquals(outcomes, new Map([...model(dag, skipDependents)].sort()) as typeof outcomes);
      const wasStarted = new Set(
        events.flatMap((it) =>
          it.type === "task-finished" && it.worker !== null ? [it.task as number] : []
        ),
      );
      const starts = graph.names.map((_name, task) => {
        const { count } = policies[task]!.retries!;
        return wasStarted.has(task) ? Math.min(dag.failures[task]!, count) + 1 : 0;
      });
      assertEquals(startsOf(events, graph), starts);
    }),
    { numRuns: 1500 },
  );
});

Deno.test("Plan.cancel() gives every task with policies one outcome at any moment", () => {
  fc.assert(
    fc.property(policyDag, lanesOf, fc.nat(40), choices, (dag, lanes, steps, choice) => {
      const { graph } = dag;
      const policies = graph.tasks.map((task) => task.policy);
      const rig = new PlanRig(graph, { lanes, skipDependents: true, policies, tokens: TOKENS });
      play(rig, dag, choice, steps);
      rig.cancel();
      play(rig, dag, choice);
      const events = rig.events();
      assertWellFormed(events, graph, { skipDependents: true });
      assertAdmitted(events, graph, lanes);
      assertEquals(outcomesOf(events, graph).size, graph.size);
    }),
    { numRuns: 1500 },
  );
});

Deno.test("Plan cancels the run when failures reach the limit", () => {
  const graph = graphOf({ a: [], b: [], c: [], d: [] });
  const rig = new PlanRig(graph, { lanes: 1, skipDependents: true, failLimit: 2 });
  rig.take(0);
  rig.settle(0, TaskState.FAILED, true);
  rig.settle(0, TaskState.FAILED, true);
  assertEquals([rig.running, rig.main.aborted], [[-1], false]);
  const statuses = Object.fromEntries(outcomesOf(rig.events(), graph));
  assertEquals(statuses, { a: "failed", b: "failed", c: "cancelled", d: "cancelled" });
});

Deno.test("Plan records a failure as the cause when another dependency was skipped", () => {
  const graph = policyGraph({
    a: {},
    d: { after: ["f", "x"] },
    f: {},
    x: { after: ["a"], when: "failed" },
  });
  const [d, f, x] = ["d", "f", "x"].map((name) => graph.idOf(name)!);
  const policies = graph.tasks.map((task) => task.policy);
  const skipsWhenEnds = (outcome: RanOutcome) => {
    const rig = new PlanRig(graph, { lanes: 1, skipDependents: true, policies });
    rig.take(0);
    rig.settle(0, TaskState.PASSED, true); // x is skipped without a cause
    rig.settle(0, outcome);
    return rig.events().flatMap((it) =>
      it.type === "task-finished" && it.outcome.status === "skipped"
        ? [[it.task, it.outcome.via, it.outcome.cause]]
        : []
    );
  };
  const unneeded = [x, graph.idOf("a"), null];
  assertEquals(skipsWhenEnds(TaskState.FAILED), [unneeded, [d, f, f]]);
  assertEquals(skipsWhenEnds(TaskState.PASSED), [unneeded, [d, x, null]]);
});

Deno.test("Plan.cancel() releases tasks held back by a heavy task", () => {
  const graph = policyGraph({ a: {}, heavy: { weight: 2 }, z: { when: "always" } });
  const policies = graph.tasks.map((task) => task.policy);
  const rig = new PlanRig(graph, { lanes: 2, skipDependents: true, policies });
  rig.take(0);
  assertEquals([rig.take(1), rig.main.readyCount], [false, 0]);
  rig.cancel();
  assertEquals([rig.main.readyCount, rig.take(1)], [1, true]);
});

Deno.test("Plan does not count an attempt that is retried as a failure", () => {
  const spec = { name: "a", after: [], tags: [], withState: true };
  const retries = { count: 1, delayMs: 0, factor: 1, maxDelayMs: 0, jitter: 0 };
  const graph = Graph.from([{ ...spec, policy: { retries } }, { ...spec, name: "b" }]);
  const policies = graph.tasks.map((task) => task.policy);
  const rig = new PlanRig(graph, { lanes: 1, skipDependents: true, policies, failLimit: 1 });
  rig.take(0);
  rig.settle(0, TaskState.FAILED, true);
  assertEquals(rig.retrying, [0 as never]);
  rig.settle(0, TaskState.PASSED);
  rig.requeue(0 as never);
  rig.take(0);
  assertEquals([rig.main.attemptOf(0), rig.main.attemptOf(1)], [2, 1]);
  rig.settle(0, TaskState.PASSED);
  assertEquals(Object.fromEntries(outcomesOf(rig.events(), graph)), { a: "passed", b: "passed" });
});

Deno.test("Plan.endRetries() does nothing when no task is retried", () => {
  const plan = Plan.create(chainOf(20), { lanes: 1, skipDependents: true }, 1);
  const words = () => [...new Int32Array(plan.handle.buffer)];
  const before = words();
  plan.endRetries(0);
  assertEquals(words(), before);
});

Deno.test("Plan runs 20,000 tasks with one mutex in linear time", () => {
  const count = 20_000;
  const graph = Graph.from(Array.from({ length: count }, (_, i) => ({
    ...{ name: `t${String(i).padStart(6, "0")}`, after: [], tags: [], withState: true },
    policy: { mutex: ["one"] },
  })));
  const policies = graph.tasks.map((task) => task.policy);
  const rig = new PlanRig(graph, { lanes: 2, skipDependents: true, policies });
  rig.take(0);
  rig.take(1);
  assertEquals(rig.main.stateOf(1), TaskState.PARKED);
  while (rig.main.remaining > 0) {
    const lane = rig.running[0]! >= 0 ? 0 : 1;
    rig.settle(lane, TaskState.PASSED);
    rig.take(1 - lane);
  }
  assertEquals(rig.taken, Array.from({ length: count }, (_, i) => i));
});

Deno.test("Plan runs as many tasks at once as there are tokens", () => {
  const one = { tokens: { x: 1 } };
  const graph = policyGraph({ a: { tokens: { x: 2 } }, b: one, c: one, d: one });
  const policies = graph.tasks.map((task) => task.policy);
  const tokens = new Map([["x", 2]]);
  const rig = new PlanRig(graph, { lanes: 4, skipDependents: true, policies, tokens });
  const takeAll = () => rig.lanes.forEach((_, lane) => rig.running[lane]! < 0 && rig.take(lane));
  takeAll();
  assertEquals(rig.taken, [0]);
  rig.settle(0, TaskState.PASSED);
  takeAll(); // the end of a frees two tokens: b is woken, and wakes c
  assertEquals(rig.taken, [0, 1, 2]);
  rig.settle(rig.running.indexOf(1), TaskState.PASSED);
  takeAll();
  assertEquals(rig.taken, [0, 1, 2, 3]);
});

Deno.test("Plan has as many tokens as the task with the most needs takes, unless they are given", () => {
  const graph = policyGraph({ a: { tokens: { x: 1 } }, b: { tokens: { x: 3 } }, c: {} });
  const policies = graph.tasks.map((task) => task.policy);
  const takenAtOnce = (tokens?: ReadonlyMap<string, number>) => {
    const rig = new PlanRig(graph, { lanes: 3, skipDependents: true, policies, tokens });
    rig.lanes.forEach((_, lane) => rig.take(lane));
    return rig.taken;
  };
  assertEquals(takenAtOnce(), [0, 2]);
  assertEquals(takenAtOnce(new Map([["x", 4]])), [0, 1, 2]);
});
