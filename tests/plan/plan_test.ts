/** The plan's guarantees, on one thread, over random graphs and random interleavings. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { TaskState } from "../../src/plan/plan.ts";
import { graphOf } from "../support/graphs.ts";
import { outcomesOf, PlanRig } from "../support/plan_rig.ts";
import { modelOutcomes, randomDag } from "../support/random_dag.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const options = {
  lanes: fc.integer({ min: 1, max: 5 }),
  skipDependents: fc.boolean(),
};
/** The lane of each step, and whether it settles and takes in one step. */
const choices = fc.infiniteStream(fc.record({ lane: fc.nat(4), together: fc.boolean() }));

/** Lets lanes take and settle in the given order, until all tasks are done or `steps` were made. */
function play(
  rig: PlanRig,
  failing: ReadonlySet<string>,
  choice: Iterator<{ lane: number; together: boolean }>,
  steps = Infinity,
): void {
  for (let step = 0; step < steps && rig.main.remaining > 0; step++) {
    const { lane: roll, together } = choice.next().value!;
    const lane = roll % rig.lanes.length;
    const task = rig.running[lane]!;
    if (task < 0) {
      rig.take(lane);
      assert(rig.running.some((it) => it >= 0), "tasks remain, none runs and none is ready");
    } else {
      const fails = failing.has(rig.graph.tasks[task]!.name);
      rig.settle(lane, fails ? TaskState.FAILED : TaskState.PASSED, together);
    }
  }
}

Deno.test("Plan.hasDependents() is whether other tasks depend on a task", () => {
  const rig = new PlanRig(graphOf({ a: [], b: ["a"], c: ["a", "b"], d: [] }), {
    lanes: 1,
    skipDependents: true,
  });
  const found = rig.graph.tasks.map(({ name }, task) => [name, rig.main.hasDependents(task)]);
  assertEquals(found, [["a", true], ["b", true], ["c", false], ["d", false]]);
});

Deno.test("Plan keeps the grammar and matches the model in random interleavings of lanes", () => {
  fc.assert(
    fc.property(randomDag(), options.lanes, options.skipDependents, choices, (dag, ...rest) => {
      const [lanes, skipDependents, choice] = rest;
      const graph = Graph.from(dag.specs);
      const rig = new PlanRig(graph, { lanes, skipDependents });
      play(rig, dag.failing, choice);
      const events = rig.events();
      assertWellFormed(events, graph, { skipDependents });
      const outcomes = outcomesOf(events, graph);
      assertEquals(
        new Map([...outcomes].sort()),
        new Map([...modelOutcomes(dag, skipDependents)].sort()),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("Plan.cancel() gives every task exactly one outcome at any moment", () => {
  fc.assert(
    fc.property(
      randomDag(),
      options.lanes,
      options.skipDependents,
      choices,
      fc.nat(60),
      (dag, lanes, skipDependents, choice, moment) => {
        const graph = Graph.from(dag.specs);
        const rig = new PlanRig(graph, { lanes, skipDependents });
        play(rig, dag.failing, choice, moment);
        rig.cancel();
        rig.cancel(); // a second cancel changes nothing
        assert(rig.main.aborted);
        assertEquals(rig.main.readyCount, 0);
        for (const lane of rig.lanes.keys()) {
          if (rig.running[lane]! >= 0) rig.settle(lane, TaskState.PASSED, true);
          assert(!rig.take(lane), "a task was taken after the run was cancelled");
        }
        assertEquals(rig.main.remaining, 0);
        assertWellFormed(rig.events(), graph, { skipDependents });
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("Plan takes the ready task of the lowest rank when there is one lane", () => {
  fc.assert(
    fc.property(randomDag(), fc.boolean(), (dag, reversed) => {
      const graph = Graph.from(dag.specs);
      const ranks = Int32Array.from(
        { length: graph.size },
        (_, id) => reversed ? graph.size - 1 - id : id,
      );
      const rig = new PlanRig(graph, { lanes: 1, skipDependents: false, ranks });
      while (rig.take(0)) rig.settle(0, TaskState.PASSED);
      assertEquals(rig.taken, sequentialOrder(graph, ranks));
    }),
    { numRuns: 300 },
  );
});

/**
 * The reference implementation of the order: repeatedly takes the ready task of the lowest rank.
 */
function sequentialOrder(graph: Graph, ranks: Int32Array): number[] {
  const order: number[] = [];
  const byRank = [...ranks.keys()].sort((a, b) => ranks[a]! - ranks[b]!);
  while (order.length < graph.size) {
    const mayRun = (id: number) => graph.dependenciesOf(id).every((other) => order.includes(other));
    order.push(byRank.find((id) => !order.includes(id) && mayRun(id))!);
  }
  return order;
}

Deno.test("Plan records the dependency and the failure that caused a skip", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["c", "a"] });
  const rig = new PlanRig(graph, { lanes: 1, skipDependents: true });
  rig.take(0);
  rig.settle(0, TaskState.FAILED);
  const skips = rig.events().flatMap((it) =>
    it.type === "task-finished" && it.outcome.status === "skipped"
      ? [[Number(it.task), Number(it.outcome.via), Number(it.outcome.cause)]]
      : []
  );
  assertEquals(skips.length, 3);
  assertEquals(skips.every(([, , cause]) => cause === 0), true);
  assertEquals(skips.find(([task]) => task === 2), [2, 1, 0]);
});

Deno.test("Plan logs times with full precision", () => {
  const rig = new PlanRig(graphOf({ a: [] }), { lanes: 1, skipDependents: false });
  const { main, lanes: [lane] } = rig;
  const task = lane!.take(0, 0.1 + 0.2);
  if (task >= 0) lane!.settle(0, task as never, TaskState.PASSED, 12345678.123456789, 42);
  const seen: number[][] = [];
  main.log.drain((kind, lane, task, a, b, timeMs) => {
    seen.push([kind, lane, task, a, b, timeMs]);
    return true;
  });
  assertEquals(main.attemptOf(task), 1);
  assertEquals(seen[1], [2, 0, 0, 1, 0, 0.1 + 0.2]);
  assertEquals(seen[2], [3, 0, 0, 42, 0, 12345678.123456789]);
});

Deno.test("TransitionLog.drain() passes a record again when the reader stops before it", () => {
  const rig = new PlanRig(graphOf({ a: [], b: [] }), { lanes: 1, skipDependents: false });
  while (rig.take(0)) rig.settle(0, TaskState.PASSED);
  const seen: number[] = [];
  let quota = 0;
  const drain = () =>
    rig.main.log.drain((kind) => {
      if (quota-- === 0) return false;
      seen.push(kind);
      return true;
    });
  for (let i = 0; i < 100; i++) {
    quota = i % 2;
    drain();
  }
  assertEquals(seen, [1, 1, 2, 3, 2, 3]);
  assertEquals(rig.main.log.hasUnread, false);
});
