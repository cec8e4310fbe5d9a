/** Restarts of lost resources in a plan, on one thread: every state in which a loss can come. */
import { assertEquals } from "@std/assert";
import { Graph } from "../../src/graph/graph.ts";
import { withTearDowns } from "../../src/graph/resources.ts";
import { Plan, type PlanResource, TaskState } from "../../src/plan/plan.ts";
import { planResources } from "../../src/run/plan_options.ts";
import type { TaskSpec } from "../../src/task/task.ts";

const plain = { tags: [], withState: false };
const using = (name: string): TaskSpec => ({ name, ...plain, after: ["db"], use: ["db"] });
const LANE = 2;

/** A plan with the resource `db`, two lanes for its users `a` and `b`, and a lane of its own. */
class Rig {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly #db: PlanResource;
  readonly #users: ReadonlySet<number>;

  constructor(restarts: number) {
    const db: TaskSpec = { name: "db", kind: "resource", ...plain, after: [], restarts };
    this.graph = withTearDowns(Graph.from([using("a"), using("b"), db]));
    const resources = planResources(this.graph, 2)!;
    const policies = this.graph.tasks.map(({ policy = {} }) => policy);
    const options = { lanes: 3, skipDependents: true, policies, resources };
    this.plan = Plan.create(this.graph, options, 1);
    for (const lane of [0, 1, LANE]) this.plan.open(lane);
    this.#db = resources.nodes[0]!;
    this.#users = new Set(["a", "b"].map((name) => this.graph.idOf(name)!));
  }

  take(lane: number): string | undefined {
    return this.graph.names[this.plan.take(lane, 0)];
  }

  settle(lane: number, outcome: typeof TaskState.PASSED | typeof TaskState.FAILED): void {
    this.plan.settle(lane, this.plan.lanes.current(lane) as never, outcome, 0);
  }

  /** The users that run when the resource is lost; undefined if it is not in use. */
  lose(): (string | undefined)[] | undefined {
    return this.plan.loseResource(this.#db, this.#users, 0)?.map(({ task }) =>
      this.graph.names[task]
    );
  }

  stateOf(name: string): number {
    return this.plan.stateOf(this.graph.idOf(name)!);
  }
}

function setUp(restarts: number): Rig {
  const rig = new Rig(restarts);
  assertEquals(rig.take(LANE), "db");
  rig.settle(LANE, TaskState.PASSED);
  return rig;
}

Deno.test("Plan.loseResource() restarts the resource once its running users have ended", () => {
  const rig = setUp(1);
  assertEquals(rig.take(0), "a");
  assertEquals(rig.lose(), ["a"]);
  assertEquals(rig.take(1), undefined, "b would get the lost instance");
  assertEquals(rig.take(LANE), undefined, "a still runs");
  rig.settle(0, TaskState.FAILED);
  assertEquals(rig.take(LANE), "db");
  assertEquals(rig.take(1), undefined);
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.take(1), "b");
  assertEquals(rig.lose(), ["b"]);
  rig.settle(1, TaskState.PASSED);
  assertEquals(rig.take(LANE), "db (teardown)");
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan.loseResource() skips later users when no restart is left", () => {
  const rig = setUp(0);
  assertEquals(rig.take(0), "a");
  assertEquals(rig.lose(), ["a"]);
  assertEquals(rig.take(1), undefined);
  assertEquals(rig.stateOf("b"), TaskState.SKIPPED);
  rig.settle(0, TaskState.FAILED);
  assertEquals(rig.take(LANE), "db (teardown)");
  assertEquals(rig.lose(), undefined, "its tear-down has started");
});

Deno.test("Plan skips waiting users when a restart fails, and tears down what was made", () => {
  const rig = setUp(1);
  assertEquals(rig.lose(), []);
  assertEquals([rig.take(0), rig.take(1)], [undefined, undefined]);
  assertEquals(rig.take(LANE), "db");
  rig.settle(LANE, TaskState.FAILED);
  assertEquals([rig.take(0), rig.take(1)], [undefined, undefined]);
  assertEquals([rig.stateOf("a"), rig.stateOf("b")], [TaskState.SKIPPED, TaskState.SKIPPED]);
  assertEquals(rig.take(LANE), "db (teardown)");
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.plan.remaining, 0);
});

Deno.test("Plan.cancel() during a restart leaves no task waiting, and tears down", () => {
  for (const isStarted of [false, true]) {
    const rig = setUp(1);
    assertEquals(rig.lose(), []);
    assertEquals(rig.take(0), undefined);
    if (isStarted) assertEquals(rig.take(LANE), "db");
    rig.plan.cancel(0);
    if (isStarted) rig.settle(LANE, TaskState.FAILED);
    assertEquals(rig.take(0), undefined);
    assertEquals(rig.take(LANE), "db (teardown)");
    rig.settle(LANE, TaskState.PASSED);
    assertEquals(rig.plan.remaining, 0);
  }
});

Deno.test("Plan.endRetries() during a restart lets users be taken or skipped", () => {
  const rig = setUp(2);
  assertEquals(rig.lose(), []);
  assertEquals(rig.take(0), undefined);
  assertEquals(rig.take(LANE), "db");
  rig.plan.endRetries(0);
  assertEquals(rig.take(0), undefined);
  assertEquals([rig.stateOf("a"), rig.stateOf("b")], [TaskState.SKIPPED, TaskState.SKIPPED]);
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.take(LANE), "db (teardown)");
});

Deno.test("Plan restarts a resource that is lost before its set-up has settled", () => {
  const rig = new Rig(1);
  assertEquals(rig.take(LANE), "db");
  assertEquals(rig.lose(), []);
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.take(0), undefined);
  assertEquals(rig.take(LANE), "db");
  rig.settle(LANE, TaskState.PASSED);
  assertEquals([rig.take(0), rig.take(1)], ["a", "b"]);
});

Deno.test("Plan.take() skips no user of a resource that is lost before its set-up has ended", () => {
  const rig = setUp(1);
  assertEquals(rig.lose(), []);
  assertEquals(rig.take(LANE), "db"); // again, for the last time
  assertEquals(rig.lose(), []);
  assertEquals(rig.take(0), undefined);
  assertEquals([rig.stateOf("a"), rig.stateOf("b")], [TaskState.AWAITING, TaskState.AWAITING]);
  rig.settle(LANE, TaskState.PASSED);
  assertEquals(rig.take(0), undefined);
  assertEquals([rig.stateOf("a"), rig.stateOf("b")], [TaskState.SKIPPED, TaskState.SKIPPED]);
});
