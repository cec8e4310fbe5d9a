/** Resources of a plan that can outlive their run, and those that are bound to it. */
import { assertEquals } from "@std/assert";
import { Graph } from "../../src/graph/graph.ts";
import { withTearDowns } from "../../src/graph/resources.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { planResources } from "../../src/run/plan_options.ts";
import type { TaskSpec } from "../../src/task/task.ts";

const plain = { tags: [], withState: false };
const resource = (name: string, use: string[] = []): TaskSpec => {
  return { name, kind: "resource", ...plain, after: use, use };
};

/** A plan whose task `a` uses `api`, which uses `db`; both are set up. */
function setUp(): { plan: Plan; lose(): void; api: number; db: number } {
  const user: TaskSpec = { name: "a", ...plain, after: ["api"], use: ["api"] };
  const graph = withTearDowns(Graph.from([user, resource("api", ["db"]), resource("db")]), 1);
  const resources = planResources(graph, 1)!;
  const policies = graph.tasks.map(({ policy = {} }) => policy);
  const plan = Plan.create(graph, { lanes: 3, skipDependents: true, policies, resources }, 1);
  const laneOf = (name: string) => {
    return resources.nodes.find((it) => graph.names[it.setUp] === name)!.lane!;
  };
  const [api, db] = [laneOf("api"), laneOf("db")];
  for (const lane of [0, api, db]) plan.open(lane);
  for (const lane of [db, api]) plan.settle(lane, plan.take(lane, 0) as never, TaskState.PASSED, 0);
  const lose = () => {
    const node = resources.nodes.find(({ lane }) => lane === db)!;
    plan.loseResource(node, new Set([graph.idOf("api")!]), 0);
  };
  return { plan, lose, api, db };
}

Deno.test("Plan.keepBeyondRun() is true for resources that nothing binds to the run", () => {
  const { plan, api, db } = setUp();
  assertEquals([plan.keepBeyondRun(api), plan.keepBeyondRun(db)], [true, true]);
});

Deno.test("Plan.keepBeyondRun() is false for a resource that uses one bound to the run", () => {
  const { plan, api, db } = setUp();
  plan.bindToRun(db);
  assertEquals([plan.keepBeyondRun(api), plan.keepBeyondRun(db)], [false, false]);
});

Deno.test("Plan.keepBeyondRun() is true for a resource that is used by one bound to the run", () => {
  const { plan, api, db } = setUp();
  plan.bindToRun(api);
  assertEquals([plan.keepBeyondRun(api), plan.keepBeyondRun(db)], [false, true]);
});

Deno.test("Plan.keepBeyondRun() pins the resources that a resource uses", () => {
  const { plan, api, db } = setUp();
  assertEquals(plan.keepBeyondRun(api), true);
  plan.bindToRun(db); // later: the resource that uses it stays
  assertEquals(plan.keepBeyondRun(db), true);
});

Deno.test("Plan.keepBeyondRun() is false for a lost resource, and one that uses it", () => {
  const { plan, lose, api, db } = setUp();
  lose();
  assertEquals([plan.keepBeyondRun(api), plan.keepBeyondRun(db)], [false, false]);
});
