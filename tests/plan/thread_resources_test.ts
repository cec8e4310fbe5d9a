/** Resources of threads in a plan: which lane runs what, in every state in which a lane can be. */
import { assertEquals } from "@std/assert";
import { Graph } from "../../src/graph/graph.ts";
import { withTearDowns } from "../../src/graph/resources.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { planResources } from "../../src/run/plan_options.ts";
import { checkRetries } from "../../src/task/policy.ts";
import type { TaskPolicy } from "../../src/task/policy.ts";
import type { TaskSpec } from "../../src/task/task.ts";

const plain = { tags: [], withState: false };
const user = (name: string): TaskSpec => ({ name, ...plain, after: ["db"], use: ["db"] });

/** A plan with the resource `db` of two threads, its users `a` and `b`, and a last task `z`. */
class Rig {
  readonly plan: Plan;
  readonly #graph: Graph;

  constructor(policy: TaskPolicy = {}) {
    const db: TaskSpec = {
      name: "db",
      kind: "resource",
      scope: "thread",
      ...plain,
      after: [],
      policy,
    };
    const z: TaskSpec = { name: "z", ...plain, after: [], policy };
    const graph = this.#graph = withTearDowns(Graph.from([user("a"), user("b"), db, z]), 2);
    this.plan = Plan.create(graph, {
      lanes: 2,
      skipDependents: true,
      policies: graph.tasks.map(({ policy = {} }) => policy),
      resources: planResources(graph, undefined)!,
    }, 1);
    for (const lane of [0, 1]) this.plan.open(lane);
  }

  take(lane: number): string | undefined {
    return this.#graph.names[this.plan.take(lane, 0)];
  }

  settle(lane: number, outcome: typeof TaskState.PASSED | typeof TaskState.FAILED): void {
    this.plan.settle(lane, this.plan.lanes.current(lane) as never, outcome, 0);
  }

  /** Takes a node, settles it as passed, and returns its name. */
  run(lane: number): string | undefined {
    const name = this.take(lane);
    if (name !== undefined) this.settle(lane, TaskState.PASSED);
    return name;
  }

  stateOf(name: string): number {
    return this.plan.stateOf(this.#graph.idOf(name)!);
  }

  requeue(name: string): void {
    this.plan.requeue(this.#graph.idOf(name) as never, 0);
  }
}

Deno.test("Plan.take() runs the set-up of a lane before its first user, and tears down last", () => {
  const rig = new Rig();
  assertEquals(rig.run(0), "db [thread_0]");
  assertEquals([rig.take(0), rig.take(1)], ["a", "db [thread_1]"]);
  rig.settle(1, TaskState.PASSED);
  assertEquals([rig.run(1), rig.run(1)], ["b", "z"]);
  assertEquals(rig.take(1), undefined);
  rig.settle(0, TaskState.PASSED);
  assertEquals([rig.run(0), rig.run(1)], ["db [thread_0] (teardown)", "db [thread_1] (teardown)"]);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan skips the set-up and the tear-down of a lane that runs no user", () => {
  const rig = new Rig();
  for (const name of ["db [thread_0]", "a", "b", "db [thread_0] (teardown)", "z"]) {
    assertEquals(rig.run(0), name);
  }
  assertEquals(rig.stateOf("db [thread_1]"), TaskState.SKIPPED);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan.take() skips the users of a failed set-up on all lanes", () => {
  const rig = new Rig();
  assertEquals(rig.take(0), "db [thread_0]");
  rig.settle(0, TaskState.FAILED);
  assertEquals(rig.run(1), "z");
  assertEquals([rig.stateOf("a"), rig.stateOf("b")], [TaskState.SKIPPED, TaskState.SKIPPED]);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan blocks a lane while its set-up waits for a retry, and no other lane", () => {
  const rig = new Rig({ retries: checkRetries(1) });
  assertEquals(rig.take(0), "db [thread_0]");
  rig.settle(0, TaskState.FAILED);
  assertEquals([rig.take(0), rig.plan.readyCountOf(0)], [undefined, 0]);
  assertEquals(rig.run(1), "db [thread_1]");
  assertEquals(rig.run(1), "a");
  rig.requeue("db [thread_0]");
  assertEquals(rig.run(0), "db [thread_0]");
  assertEquals(rig.run(0), "b");
});

Deno.test("Plan blocks a lane while the mutex of its set-up is taken", () => {
  const rig = new Rig({ mutex: ["m"] });
  assertEquals(rig.take(0), "db [thread_0]");
  assertEquals([rig.take(1), rig.plan.readyCountOf(1)], [undefined, 0]);
  rig.settle(0, TaskState.PASSED);
  assertEquals(rig.take(1), "db [thread_1]");
});

Deno.test("Plan.loseLane() sets up again on the next thread of the lane, if users are left", () => {
  const rig = new Rig();
  assertEquals([rig.run(0), rig.run(0)], ["db [thread_0]", "a"]);
  rig.plan.loseLane(0, 0);
  assertEquals([rig.run(0), rig.run(0)], ["db [thread_0]", "b"]);
  assertEquals(rig.run(0), "db [thread_0] (teardown)");
  assertEquals(rig.run(0), "z");
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan.loseLane() leaves nothing to tear down on the lane when no user is left", () => {
  const rig = new Rig();
  assertEquals([rig.run(0), rig.run(0)], ["db [thread_0]", "a"]);
  rig.plan.loseLane(0, 0);
  assertEquals([rig.run(1), rig.run(1)], ["db [thread_1]", "b"]);
  assertEquals(rig.stateOf("db [thread_0] (teardown)"), TaskState.SKIPPED);
  assertEquals([rig.run(1), rig.run(1)], ["db [thread_1] (teardown)", "z"]);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan.cancel() leaves no node of a thread waiting, and tears down what is set up", () => {
  const rig = new Rig();
  assertEquals([rig.run(0), rig.take(0)], ["db [thread_0]", "a"]);
  rig.plan.cancel(0);
  rig.settle(0, TaskState.PASSED);
  assertEquals(rig.run(0), "db [thread_0] (teardown)");
  assertEquals(rig.plan.remaining, 0);
});
