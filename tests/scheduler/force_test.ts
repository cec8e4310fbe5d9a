/** Ending threads by force. */
import { assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { Force } from "../../src/scheduler/force.ts";
import type { TaskId } from "../../src/task/task.ts";
import { graphOf } from "../support/graphs.ts";

const [A, B] = [0, 1] as TaskId[] as [TaskId, TaskId];

Deno.test("Force: a thread that runs another task by now is not harmed", () => {
  const graph = graphOf({ a: [], b: [] });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true, shared: false }, 1);
  const lane = Plan.attach(plan.handle, 2);
  lane.open(0);
  const killed: string[] = [];
  const kill: Pool["kill"] = (_lane, { message }) => void killed.push(message);
  const force = new Force(plan, { canKill: true, kill }, graph.names, []);
  assertEquals(lane.take(0, 0), A);
  assertEquals(lane.settleAndTake(0, A, TaskState.PASSED, 1, 0), B);
  force.endLate(0, A, 10);
  assertEquals(killed, []);
  force.endLate(0, B, 10);
  assertEquals(killed, [
    'it was ended by force: "b" did not end within 200 ms of its timeout',
  ]);
});
