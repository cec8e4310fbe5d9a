/** Plans of consecutive runs in the same memory. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { PlanBufferPool } from "../../src/plan/plan_buffer_pool.ts";
import { type RanOutcome, TaskState } from "../../src/plan/plan.ts";
import { outcomesOf, PlanRig } from "../support/plan_rig.ts";
import { modelOutcomes, randomDag } from "../support/random_dag.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const LAYOUT = { words: 100, log: 60 };

/** Returns a buffer large enough for any plan here, filled with garbage. */
function used(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(1 << 16);
  new Int32Array(buffer).fill(-7);
  return buffer;
}

Deno.test("PlanBufferPool.take() returns a released buffer once, zeroed up to the log", () => {
  const memory = new PlanBufferPool();
  const first = memory.take(LAYOUT);
  assertEquals(first.byteLength, 400);
  assert(memory.take(LAYOUT) !== first, "the same memory was lent to two");
  new Int32Array(first).fill(-7);
  memory.release(first);
  assert(memory.take(LAYOUT) === first);
  assertEquals([...new Set(new Int32Array(first, 0, LAYOUT.log))], [0]);
  assert(memory.take(LAYOUT) !== first, "the same memory was lent to two");
});

Deno.test("PlanBufferPool.take() allocates memory only when the plan is larger", () => {
  const memory = new PlanBufferPool();
  const first = memory.take(LAYOUT);
  memory.release(first);
  const larger = memory.take({ words: 101, log: 60 });
  assertEquals(larger.byteLength, 404);
  memory.release(larger);
  assert(memory.take(LAYOUT) === larger);
});

Deno.test("Plan runs in reused memory as in new memory", () => {
  const roll = fc.infiniteStream(fc.nat(4));
  fc.assert(
    fc.property(randomDag(), fc.integer({ min: 1, max: 5 }), roll, (dag, lanes, rolls) => {
      const graph = Graph.from(dag.specs);
      const memory = new PlanBufferPool();
      memory.release(used());
      const rig = new PlanRig(graph, { lanes, skipDependents: true, memory });
      while (rig.main.remaining > 0) {
        const lane = rolls.next().value! % lanes;
        const task = rig.running[lane]!;
        const outcome: RanOutcome = dag.failing.has(graph.names[task] ?? "")
          ? TaskState.FAILED
          : TaskState.PASSED;
        if (task >= 0) rig.settle(lane, outcome, true);
        else rig.take(lane);
      }
      const events = rig.events();
      assertWellFormed(events, graph, { skipDependents: true });
      const expected = new Map([...modelOutcomes(dag, true)].sort());
      assertEquals(new Map([...outcomesOf(events, graph)].sort()), expected);
    }),
    { numRuns: 300 },
  );
});
