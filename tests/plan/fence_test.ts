/** Fencing: a lane belongs to one thread incarnation. */
import { assertEquals, assertThrows } from "@std/assert";
import { InternalError } from "../../src/base/assert.ts";
import { LaneFencedError, Plan, TaskState } from "../../src/plan/plan.ts";
import type { TaskId } from "../../src/task/task.ts";
import { graphOf } from "../support/graphs.ts";
import { PlanRig } from "../support/plan_rig.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const GRAPH = graphOf({ a: [], b: [], c: ["a"] });

Deno.test("Plan.fence() stops the lane's former thread from changing the plan", () => {
  const rig = new PlanRig(GRAPH, { lanes: 2, skipDependents: false });
  rig.take(0);
  assertEquals(rig.main.fence(0), 0);
  assertThrows(() => rig.settle(0, TaskState.PASSED), LaneFencedError);
  assertThrows(() => rig.settle(0, TaskState.PASSED, true), LaneFencedError);
  assertThrows(() => rig.take(0), LaneFencedError);
  assertEquals(rig.main.stateOf(0), TaskState.RUNNING);
});

Deno.test("Plan.fence() lets the caller settle the task, and the next thread use the lane", () => {
  const rig = new PlanRig(GRAPH, { lanes: 1, skipDependents: false });
  rig.take(0);
  const lost = rig.main.fence(0);
  rig.main.settle(0, lost as TaskId, TaskState.FAILED, 1);
  const successor = Plan.attach(rig.main.handle, 77);
  rig.main.open(0, 77);
  assertThrows(() => rig.take(0), LaneFencedError);
  for (let task = successor.take(0, 1); task >= 0; task = successor.take(0, 1)) {
    successor.settle(0, task as TaskId, TaskState.PASSED, 1);
  }
  assertEquals(rig.main.remaining, 0);
  assertEquals(rig.main.fence(0), -1, "a lane at rest runs nothing");
  assertWellFormed(rig.events(), GRAPH, { skipDependents: false });
});

Deno.test("Plan.fenceTask() fences only the lane that runs the task", () => {
  const rig = new PlanRig(GRAPH, { lanes: 1, skipDependents: false });
  assertEquals(rig.main.fenceTask(0, 0 as TaskId), false);
  rig.take(0);
  assertEquals(rig.main.fenceTask(0, 1 as TaskId), false);
  rig.settle(0, TaskState.PASSED, true);
  assertEquals(rig.main.fenceTask(0, 1 as TaskId), true);
  assertThrows(() => rig.settle(0, TaskState.PASSED), LaneFencedError);
  rig.main.settle(0, 1 as TaskId, TaskState.FAILED, 1);
});

Deno.test("Plan.settle() throws when another lane runs the task", () => {
  const rig = new PlanRig(GRAPH, { lanes: 2, skipDependents: false });
  rig.take(0);
  rig.take(1);
  const settle = () => rig.lanes[0]!.settle(0, 1 as TaskId, TaskState.PASSED, 1);
  assertThrows(settle, InternalError, "does not run it");
});

Deno.test("Plan.settle() throws when the task has its outcome", () => {
  const rig = new PlanRig(GRAPH, { lanes: 1, skipDependents: false });
  rig.take(0);
  rig.settle(0, TaskState.PASSED);
  const settle = () => rig.lanes[0]!.settle(0, 0 as TaskId, TaskState.PASSED, 1);
  assertThrows(settle, InternalError, "does not run it");
});
