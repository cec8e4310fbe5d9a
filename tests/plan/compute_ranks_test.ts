/** The order of ready tasks. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { PlanPolicies } from "../../src/plan/policy_words.ts";
import { computeRanks, type RankOptions } from "../../src/plan/compute_ranks.ts";

const TASKS = 6;
const criticality = Float64Array.of(1, 3, 2, 3, 0, 0);

/** The tasks in the order of their ranks. */
function order(policies: PlanPolicies, options: RankOptions): number[] {
  const ranks = computeRanks(TASKS, policies, options);
  assert(ranks !== undefined, "nothing but the ids decides");
  return Array.from(ranks, (_, rank) => ranks.indexOf(rank));
}

Deno.test("computeRanks() returns undefined when ranks equal ids", () => {
  assertEquals(computeRanks(TASKS, [{ timeoutMs: 1 }], {}), undefined);
});

Deno.test("computeRanks() orders by priority, criticality or seed, and by id among equals", () => {
  assertEquals(order([, { priority: 1 }, { priority: -1 }], {}), [1, 0, 3, 4, 5, 2]);
  assertEquals(order([], { criticality }), [1, 3, 2, 0, 4, 5]);
  const [one, same, other] = [7, 7, 8].map((seed) => order([], { seed }));
  assertEquals(one, same);
  assertNotEquals(one, other);
  assertEquals(one!.toSorted(), [0, 1, 2, 3, 4, 5]);
});

Deno.test("computeRanks() prefers priority to criticality, and criticality to the seed", () => {
  assertEquals(order([{ priority: 1 }, { priority: 1 }], { criticality }), [1, 0, 3, 2, 4, 5]);
  const orders = [1, 2, 3, 4].map((seed) => order([], { seed, criticality }));
  for (const tasks of orders) {
    assertEquals(tasks.map((task) => criticality[task]), [3, 3, 2, 1, 0, 0]);
  }
  assert(new Set(orders.map(String)).size > 1);
});
