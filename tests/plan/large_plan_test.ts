/** Plans of 100,000 tasks: nothing is recursive or quadratic. */
import { assert, assertEquals } from "@std/assert";
import { TaskState } from "../../src/plan/plan.ts";
import { chainOf, independent } from "../support/graphs.ts";
import { PlanRig } from "../support/plan_rig.ts";

const MANY = 100_000;
/** Time limit in ms: ten times the usual time; a quadratic algorithm would take an hour. */
const BOUND_MS = 10_000;

function inTime(work: () => void): void {
  const start = performance.now();
  work();
  assert(performance.now() - start < BOUND_MS, "it took too long");
}

Deno.test("Plan runs a chain of 100,000 tasks in order", () => {
  const rig = new PlanRig(chainOf(MANY), { lanes: 2, skipDependents: true });
  inTime(() => {
    rig.take(1);
    while (rig.running[1]! >= 0) rig.settle(1, TaskState.PASSED, true);
  });
  assertEquals(rig.taken.length, MANY);
  assert(rig.taken.every((task, i) => task === i));
});

Deno.test("Plan runs 100,000 independent tasks by rank", () => {
  const rig = new PlanRig(independent(MANY), { lanes: 1, skipDependents: true });
  assertEquals(rig.main.readyCount, MANY);
  inTime(() => {
    rig.take(0);
    while (rig.running[0]! >= 0) rig.settle(0, TaskState.PASSED, true);
  });
  assert(rig.taken.every((task, i) => task === i));
  assertEquals(rig.taken.length, MANY);
});

Deno.test("Plan skips a chain of 100,000 tasks when its root fails", () => {
  const rig = new PlanRig(chainOf(MANY), { lanes: 1, skipDependents: true });
  inTime(() => {
    rig.take(0);
    rig.settle(0, TaskState.FAILED);
  });
  assertEquals(rig.main.remaining, 0);
  let skipped = 0;
  rig.main.log.drain((kind) => {
    if (kind === TaskState.SKIPPED) skipped++;
    return true;
  });
  assertEquals(skipped, MANY - 1);
});

Deno.test("Plan.cancel() gives each of 100,000 tasks its outcome", () => {
  const rig = new PlanRig(independent(MANY), { lanes: 1, skipDependents: true });
  inTime(() => rig.cancel());
  assertEquals(rig.main.remaining, 0);
  assertEquals(rig.main.stateOf(MANY - 1), TaskState.CANCELLED);
});
